"""Events whose stock lies in several shards: making, growing, closing, deleting, showing and listing them."""

import pytest

from chalicelib.catalog import known_shards, stock
from chalicelib.catalog.models import Event, Stock, StockCopy
from tests.payments.test_round_trips import counted


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(known_shards, "_known", {})


def shards_of(event) -> list[Stock]:
    return stock.read_stock(Event.get(event["id"], consistent_read=True))


def lie(event, pool: str = "shared") -> list[int]:
    return [shard.remaining.get(pool, 0) for shard in shards_of(event)]


def edits(organizer, event, **fields):
    answer = organizer.asks("PATCH", f"/events/{event['id']}", fields)
    assert answer.status == 200, answer.body
    return answer.body


def availability(town, event):
    return town.asks("GET", f"/events/{event['id']}/availability").body


def test_a_large_event_has_its_seats_in_shards_and_nobody_sees_it(town, organizer):
    event = organizer.event(available_tickets=20_000, quotas={"MVP": 120})

    assert lie(event) == [1242] * 12 + [1243] * 4 or sum(lie(event)) == 19_880
    assert len(lie(event)) == 16
    assert sorted(n for n in lie(event, "MVP") if n) == [40, 40, 40]  # a small pool in few shards
    assert event["available_tickets"] == event["capacity"] == 20_000
    assert town.asks("GET", f"/events/{event['id']}").body == event
    assert availability(town, event)["ticket_types"]["MVP"]["available"] == 120
    assert not any("shard" in name for name in event)


def test_a_growing_event_gets_shards_and_new_seats_go_where_they_are_fewest(town, organizer, buyer):
    event = organizer.event(available_tickets=1200)
    buyer.buys(event, 10)

    grown = edits(organizer, event, capacity=10_000)

    assert grown["available_tickets"] == 9990
    assert len(lie(event)) == 8
    assert max(lie(event)) - min(lie(event)) <= 1
    assert all(shard.on_sale for shard in shards_of(event))
    assert availability(town, event)["available_tickets"] == 9990
    assert sum(int(shard.version) for shard in shards_of(event)) == 1


def test_a_shrinking_event_keeps_its_shards(organizer):
    event = organizer.sharded_event(12)

    assert sorted(lie(event)) == [1, 1, 1, 1, 2, 2, 2, 2]


def test_a_draft_that_grows_gets_closed_shards_that_open_with_it(organizer):
    event = organizer.event(available_tickets=100, status="draft")
    edits(organizer, event, capacity=5000)
    assert [shard.on_sale for shard in shards_of(event)] == [False] * 4

    edits(organizer, event, capacity=10_000, status="published")

    assert [shard.on_sale for shard in shards_of(event)] == [True] * 8


def test_the_version_only_grows_also_when_shards_are_added(town, organizer, buyer):
    event = organizer.event(available_tickets=100)
    buyer.buys(event, 2)
    versions = [availability(town, event)["version"]]
    for capacity in (2000, 1000, 10_000, 20_000):
        edits(organizer, event, capacity=capacity)
        versions.append(availability(town, event)["version"])
        buyer.buys(event)
        versions.append(availability(town, event)["version"])

    assert versions == sorted(set(versions))


def test_a_quota_moves_seats_between_pools_of_several_shards(town, organizer):
    event = organizer.sharded_event(100)

    edits(organizer, event, quotas={"MVP": 60})
    assert (sum(lie(event)), sum(lie(event, "MVP"))) == (40, 60)

    edits(organizer, event, quotas={})
    assert (sum(lie(event)), sum(lie(event, "MVP"))) == (100, 0)
    assert availability(town, event)["ticket_types"]["MVP"]["available"] == 100


def test_calling_off_closes_every_shard(organizer, buyer):
    event = organizer.sharded_event(12)

    assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200

    assert [shard.on_sale for shard in shards_of(event)] == [False] * 8
    assert buyer.orders(event).body["code"] == "sales_closed"


@pytest.mark.parametrize("first", ["the growth", "the calling off"])
def test_calling_off_while_it_grows_closes_the_new_shards_too(organizer, monkeypatch, first):
    """Both move the event's version: whoever comes second looks again."""
    from chalicelib.catalog import revising

    event, transact = organizer.event(available_tickets=100), revising.transact

    def grows():
        return organizer.asks("PATCH", f"/events/{event['id']}", {"capacity": 10_000})

    def calls_off():
        return organizer.asks("POST", f"/events/{event['id']}/cancel")

    quick, slow = (grows, calls_off) if first == "the growth" else (calls_off, grows)

    def after_the_other(fill):
        monkeypatch.setattr(revising, "transact", transact)
        assert quick().status == 200
        transact(fill)

    monkeypatch.setattr(revising, "transact", after_the_other)
    answer = slow()

    assert not any(shard.on_sale for shard in shards_of(event))
    assert Event.get(event["id"]).status == "cancelled"
    assert (answer.status, len(shards_of(event))) == ((200, 8) if first == "the growth" else (409, 1))


def test_deleting_deletes_every_shard(organizer):
    event = organizer.sharded_event(12)

    assert organizer.asks("DELETE", f"/events/{event['id']}").status == 204

    assert list(Stock.scan()) == []


def test_a_sale_in_any_shard_keeps_an_event_from_being_deleted(organizer, buyer):
    event = organizer.sharded_event(12)
    buyer.buys(event)

    assert organizer.asks("DELETE", f"/events/{event['id']}").body["code"] == "in_use"


def test_one_event_is_read_in_one_round_trip_once_its_shards_are_known(town, organizer, monkeypatch):
    event = organizer.sharded_event(12)
    for path in (f"/events/{event['id']}", f"/events/{event['id']}/availability"):
        known_shards._known.clear()
        with counted(monkeypatch) as cold:
            town.asks("GET", path)
        with counted(monkeypatch) as warm:
            town.asks("GET", path)
        assert (cold, warm) == (["BatchGetItem"] * 2, ["BatchGetItem"])


def test_a_container_that_knows_too_few_shards_finds_out(town, organizer):
    event = organizer.sharded_event(12)
    availability(town, event)
    known_shards._known[event["id"]] = 3

    assert availability(town, event)["available_tickets"] == 12
    assert known_shards.number_of(event["id"]) == 8


def test_a_container_remembers_so_many_events_and_no_more():
    for number in range(1500):
        known_shards.learn(Event(id=f"e{number}", shards=2))
    known_shards.learn(Event(id="small", shards=1))

    assert len(known_shards._known) == 1000
    assert [known_shards.number_of(one) for one in ("e0", "e1499", "small")] == [1, 2, 1]


def listed(town, event, path: str) -> int:
    (found,) = [one for one in town.asks("GET", path).body if one["id"] == event["id"]]
    return int(found["available_tickets"])


@pytest.mark.parametrize("path", ["/events", "/search", "/events?user_id={organizer}"])
def test_lists_show_a_copy_that_is_ten_seconds_old_at_most(town, organizer, buyer, clock, path):
    path = path.format(organizer=organizer.id)
    event, small = organizer.sharded_event(12), organizer.event(available_tickets=5)
    town.indexes()
    assert listed(town, event, path) == 12
    buyer.buys(event, 2)
    buyer.buys(small, 2)

    assert listed(town, small, path) == 3  # one shard is read as it is
    assert listed(town, event, path) == 12
    clock.passes(seconds=8)
    assert listed(town, event, path) == 12
    clock.passes(seconds=1)
    assert listed(town, event, path) == 10
    assert town.asks("GET", f"/events/{event['id']}").body["available_tickets"] == 10


@pytest.mark.parametrize("path", ["/events", "/search"])
def test_a_copy_costs_a_list_nothing_and_counting_anew_two_round_trips(
    town, organizer, clock, monkeypatch, path
):
    for _ in range(3):
        organizer.sharded_event(12)
    town.indexes()
    town.asks("GET", path)
    with counted(monkeypatch) as fresh:
        town.asks("GET", path)
    clock.passes(seconds=9)
    with counted(monkeypatch) as old:
        town.asks("GET", path)

    assert fresh[-2:] == ["Query", "BatchGetItem"]
    assert old == [*fresh, "BatchGetItem", "BatchWriteItem"]


def test_a_copy_of_an_event_that_is_gone_lapses_by_itself(town, organizer, clock):
    event = organizer.sharded_event(12)
    town.asks("GET", "/events")
    organizer.asks("DELETE", f"/events/{event['id']}")

    assert town.asks("GET", "/events").body == []
    (copy,) = StockCopy.scan()
    assert copy.lapses_at == int(clock().timestamp()) + 24 * 3600
