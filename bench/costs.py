"""What each journey and each route costs: calls to DynamoDB, units by AWS's rules, messages, money.

The counts are recorded in `bench/costs.json`, and a test compares: what costs more, or less, than it did is
either mended or recorded anew with `python -m bench costs --record`.
"""

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from bench import prices
from bench.capacity import Meter, metered
from bench.journeys import JOURNEYS, a_town, walked
from bench.page import show

RECORDED: Final = Path(__file__).with_name("costs.json")


class Cost(NamedTuple):
    """Round trips to DynamoDB, read and write units, messages sent to queues."""

    calls: int
    reads: float
    writes: float
    messages: int

    @classmethod
    def of(cls, meter: Meter) -> "Cost":
        """What a meter counted."""
        return cls(len(meter.calls), meter.units, meter.write_units, meter.sent)

    @property
    def usd(self) -> float:
        """Its price in USD."""
        return prices.usd(self.reads, self.writes, self.messages)


#: Routes whose scene is a refusal; they are counted in a journey.
_IN_JOURNEYS: Final = frozenset(
    {
        "POST /lnmo",
        "POST /lnmo/{payment_id}/{attempt}/{token}",
        "POST /lnmo/{payment_id}/{attempt}/{token}/reversal",
    }
)

Costs = dict[str, dict[str, Cost]]


def counted() -> Costs:
    """The cost of each step of each journey, and under "routes" of each route."""
    # The same ids each time: by them payments fall into buckets, and a bucket is rounded as a whole.
    chance = Random(0)  # noqa: S311 - the same ids each time
    random.seed(0)
    with patch("os.urandom", chance.randbytes):
        journeys = {
            name: {step: Cost.of(meter) for step, meter in walked(journey).items()}
            for name, journey in JOURNEYS.items()
        }
        return {**journeys, "routes": _routes()}


def _routes() -> dict[str, Cost]:
    """Each route, asked as its authorization test asks it, by somebody who may; the thing is made before."""
    from chalicelib.web.endpoint import ROUTES
    from tests.callers import CALLERS, expected
    from tests.scenes import SCENES, World

    found = {}
    with a_town() as town:
        world = World(town)
        world.people = {
            "a user": town.signs_up("user"),
            "the event's organizer": town.organizer("organizer"),
            "the owner": town.signs_up("owner"),
            "the gate": town.signs_up("gate"),
            "an Admin": town.admin(),
        }
        buyer = world.people["the owner"]
        for name, scene in SCENES.items():
            if name in _IN_JOURNEYS:
                continue
            route = ROUTES[name.split(" ")[0], name.split(" ")[1]]
            who = next(
                one for one in CALLERS if one in {*world.people, "nobody"} and expected(route, one) == 200
            )
            world.people["the owner"] = buyer
            wanted = scene(world)
            asker = town if who == "nobody" else world.people[who]
            if name == "DELETE /logout":
                asker = town.signs_up("leaver")
            with metered() as meter:
                answer = asker.asks(route.method, wanted.path, wanted.body)
            assert answer.status < 300 or answer.status == route.gives[0], (name, answer.raw)
            found[name] = Cost.of(meter)
    return found


def recorded() -> Costs:
    """The costs that were recorded."""
    stored: dict[str, dict[str, list[Any]]] = json.loads(RECORDED.read_text())
    return {name: {step: Cost(*cost) for step, cost in steps.items()} for name, steps in stored.items()}


def record(costs: Costs) -> None:
    """Write the costs down, a step a line, so that a change can be read."""
    blocks = []
    for name, steps in costs.items():
        lines = ",\n".join(f"  {json.dumps(step)}: {json.dumps(cost)}" for step, cost in steps.items())
        blocks.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
    RECORDED.write_text("{\n" + ",\n".join(blocks) + "\n}\n")


def changes(now: Costs, before: Costs) -> list[str]:
    """What costs more or less than before, or was not counted before, in words."""
    found = []
    for name in {**before, **now}:
        then, here = before.get(name, {}), now.get(name, {})
        found += [
            f"{name}, {step}: {_said(then.get(step))} → {_said(here.get(step))}"
            for step in {**then, **here}
            if then.get(step) != here.get(step)
        ]
    return found


def _said(cost: Cost | None) -> str:
    if cost is None:
        return "nothing"
    return (
        f"{cost.calls} calls, {cost.reads:g} read and {cost.writes:g} write units, {cost.messages} messages"
    )


def total(costs: Iterable[Cost]) -> Cost:
    """All of them together."""
    return Cost(*(sum(column) for column in zip(*costs, strict=True)))


def _journeys(costs: Costs) -> list[str]:
    lines = [
        "| journey | step | calls | read units | write units | messages | USD for 1,000 | KES for 1,000 |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, steps in costs.items():
        if name != "routes":
            lines.append(_row(f"**{name}**", "", total(steps.values())))
            lines += [_row("", _code(step), cost) for step, cost in steps.items()]
    return lines


def _route_table(routes: Mapping[str, Cost]) -> list[str]:
    lines = [
        "| route | calls | read units | write units | messages | USD for 1,000 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in routes.items():
        units = f"{cost.calls} | {cost.reads:g} | {cost.writes:g} | {cost.messages}"
        lines.append(f"| `{name}` | {units} | {1000 * cost.usd:.4f} |")
    return lines


def _row(name: str, step: str, cost: Cost) -> str:
    money = 1000 * cost.usd
    return (
        f"| {name} | {step} | {cost.calls} | {cost.reads:g} | {cost.writes:g} | {cost.messages} "
        f"| {money:.4f} | {money * prices.KES_PER_USD:.2f} |"
    )


def _code(step: str) -> str:
    return f"`{step}`" if "/" in step else step


def main(arguments: list[str]) -> None:
    """Count and show; with `--record`, write the counts down."""
    costs = counted()
    if "--record" in arguments:
        record(costs)
    show("journeys", _journeys(costs))
    show("routes", _route_table(costs["routes"]))
    print("\n".join(changes(costs, recorded())) or "As recorded.")
