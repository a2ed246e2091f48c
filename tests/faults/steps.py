"""Steps that a history is made of, how often each comes, and what all of them together did."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from chalicelib.payments.states import TRANSITIONS
from tests.faults import ways

#: The name of a step, and what it is called with.
Step = tuple[str, dict[str, Any]]

_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {}
_OFTEN: list[str] = []


class NothingToDo(Exception):
    """A step found nothing that it could happen to."""


def step(often: int, **arguments: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Make a method a step, which comes so many times as often as others."""

    def add(method: Any) -> Any:
        _ARGUMENTS[method.__name__] = st.fixed_dictionaries(arguments)
        _OFTEN.extend([method.__name__] * often)
        return method

    return add


def any_step() -> st.SearchStrategy[Step]:
    """One of all steps, by how often each comes."""
    return st.deferred(lambda: one_of(*_OFTEN))


def one_of(*names: str) -> st.SearchStrategy[Step]:
    """One of these steps."""
    return st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just(name), st.deferred(lambda: _ARGUMENTS[name]))
    )


@dataclass
class Record:
    """What all runs did: steps, those that found nothing to do, payments by their end, ways taken."""

    steps: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    taken: Counter[ways.Way] = field(default_factory=Counter)

    def clear(self) -> None:
        """Begin anew."""
        for counter in (self.steps, self.idle, self.ended, self.taken):
            counter.clear()

    def __str__(self) -> str:
        lines = [f"{self.steps.total()} steps, {self.idle.total()} of them with nothing to do"]
        lines += [f"  {n:5} {name}" for name, n in self.steps.most_common()]
        lines += [f"{self.ended.total()} payments: {dict(self.ended.most_common())}"]
        lines += [f"{self.taken.total()} times one of {len(self.taken)} of {len(TRANSITIONS)} ways was taken"]
        lines += [f"  {n:5} {state}, {happening}" for (state, happening), n in self.taken.most_common()]
        return "\n".join(lines)


RECORD = Record()
