"""A use case that is killed at some call to the outside, and what must come of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.faults.crashing import Crash
from tests.faults.promises import broken
from tests.faults.world import World, a_world

Step = Callable[[World], Any]


@dataclass(frozen=True)
class UseCase:
    """What goes before, what is killed, and what the customer does afterwards until they are content."""

    name: str
    before: Step
    act: Step
    tries_again: Callable[[World], bool] = lambda world: True

    def run(self, crash: Crash) -> tuple[Crash, int]:
        """Run it with a crash in a world of its own; returns the crash and the seconds until rest."""
        random.seed(self.name)  # the same shards each time, so that each run makes the same calls
        with a_world() as world:
            self.before(world)
            with world.outside.dying(crash):
                self.act(world)
            wrong = broken(world.bank, settled=False)
            assert not wrong, f"{crash}: right after it: {wrong}"
            try:
                seconds = world.is_left_alone(lambda: self.tries_again(world))
            except AssertionError as stuck:
                raise AssertionError(f"{crash}: {stuck}") from None
            return crash, seconds
