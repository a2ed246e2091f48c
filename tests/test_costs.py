"""What journeys and routes cost does not change unnoticed: counts of calls, units and messages, not times."""

import pytest

from bench import costs
from bench.costs import Cost

ADVICE = """
If it is meant, say in the commit why, and record it anew: `python -m bench costs --record`
(it writes bench/costs.json and docs/performance.md)."""


@pytest.mark.slow
def test_every_journey_and_route_costs_what_is_recorded():
    found = costs.changes(costs.counted(), costs.recorded())

    assert not found, "\n".join(["What costs changed:", *found]) + ADVICE


def test_what_costs_more_less_or_is_new_would_be_told():
    before = {"a sale": {"order": Cost(4, 4, 15, 0), "gone": Cost(1, 1, 0, 0)}}
    now = {"a sale": {"order": Cost(4, 4, 16, 0), "new": Cost(0, 0, 0, 1)}}

    assert costs.changes(now, before) == [
        "a sale, order: 4 calls, 4 read and 15 write units, 0 messages "
        "→ 4 calls, 4 read and 16 write units, 0 messages",
        "a sale, gone: 1 calls, 1 read and 0 write units, 0 messages → nothing",
        "a sale, new: nothing → 0 calls, 0 read and 0 write units, 1 messages",
    ]
    assert costs.changes(before, before) == []


def test_money_is_units_and_messages_by_the_price_list():
    assert Cost(1, 8_000_000, 0, 0).usd == 1.0
    assert Cost(1, 0, 1_600_000, 0).usd == 1.0
    assert round(Cost(0, 0, 0, 1_000_000).usd, 6) == 1.2  # sent, received, deleted
