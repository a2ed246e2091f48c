"""Edits while others edit and buy; each race stands beside a control that shows it can be lost."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.accounts.models import User
from chalicelib.catalog import editing, events, restocking, revising, stock
from chalicelib.catalog.editing_schemas import EventEdit
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.moves import HOLD
from chalicelib.catalog.problems import BelowTaken, WasSold
from chalicelib.catalog.schemas import NewEvent
from chalicelib.catalog.stock import Seats
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.problems import Busy
from chalicelib.web.caller import Caller, Identity
from tests.actors import event_form

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ORGANIZER = Caller(AT, identity=Identity("u1", (2,), frozenset({"events:write"}), "s", AT))
SEATS = 60


def an_event(**more) -> Event:
    User("u1", username="otieno", email="", phone_number="", created_at=AT).save()
    form = event_form(**({"available_tickets": SEATS} | more))
    return events.create(NewEvent.model_validate(form), ORGANIZER).event


def edit(event: Event, **fields) -> None:
    for _ in range(20):
        try:
            editing.edit(event.id, EventEdit.model_validate(fields), ORGANIZER)
        except Busy:
            continue
        return


def hold(event: Event) -> int:
    shard = random.choice(shards_of(event)).number
    try:
        transact(
            lambda writing: stock.move(writing, event.id, [Seats(shard, "regular", 1, "shared", 1)], HOLD, AT)
        )
    except (ConditionFailed, Busy):
        return 0
    return 1


def shards_of(event: Event) -> list[Stock]:
    return stock.read_stock(Event.get(event.id, consistent_read=True))


def books(event: Event) -> dict[str, int]:
    shards = shards_of(event)
    columns = {name: sum(restocking.totals(shards, name).values()) for name in ("remaining", "held", "sold")}
    return columns | {"capacity": int(Event.get(event.id, consistent_read=True).capacity)}


def a_rush(event: Event) -> int:
    """Forty buyers hold a seat each while an organizer adds seats and another moves the MVP quota about."""
    tasks = [lambda: hold(event)] * 40
    tasks += [lambda: edit(event, available_tickets=11, available_tickets_read=10)] * 10
    tasks += [lambda n=n: edit(event, quotas={"MVP": n} if n else {}) for n in (5, 9, 0, 7, 3)]
    random.Random(6).shuffle(tasks)
    with ThreadPoolExecutor(12) as threads:
        return sum(done or 0 for done in threads.map(lambda task: task(), tasks))


def slowly(restock):
    """The same, but sales surely come between looking and writing."""

    def after_a_while(writing, shards, change, version):
        time.sleep(0.02)
        restock(writing, shards, change, version)

    return after_a_while


@pytest.mark.stack
def test_no_sale_is_lost_when_the_capacity_changes_in_a_rush(emulator, monkeypatch):
    monkeypatch.setattr(revising, "restock", slowly(restocking.restock))
    event = an_event()

    held = a_rush(event)

    after = books(event)
    assert after == {"remaining": SEATS + 10 - held, "held": held, "sold": 0, "capacity": SEATS + 10}
    assert held > 0
    assert Event.get(event.id).version >= 14  # an edit that finds it as it wants it writes nothing


@pytest.mark.stack
def test_no_sale_is_lost_when_shards_are_added_in_a_rush(emulator, monkeypatch):
    """Each time ten seats more than fit into one shard, or two."""
    monkeypatch.setattr(revising, "restock", slowly(restocking.restock))
    for seats, shards in ((1245, 2), (2495, 3)):
        event = an_event(available_tickets=seats)

        held = a_rush(event)

        after = books(event)
        assert after == {"remaining": seats + 10 - held, "held": held, "sold": 0, "capacity": seats + 10}
        assert held > 0
        assert len(shards_of(event)) == shards


@pytest.mark.stack
@pytest.mark.parametrize("seats", [SEATS, 1245], ids=["one shard", "a shard is added"])
def test_an_edit_that_writes_what_it_read_loses_sales(emulator, monkeypatch, seats):
    """The control of the test above."""

    def carelessly(writing, shards, change, version):
        for shard in shards:
            pools = shard.remaining
            after = pools | {pool: int(pools.get(pool, 0)) + n for pool, n in change.pools.items()}
            writing.update(Stock(shard.key), actions=[Stock.remaining.set(after)])
            change = replace(change, pools={})  # the first shard gets all
        nothing = dict.fromkeys(shards[0].remaining, 0)
        for number in range(len(shards), len(shards) + change.new_shards):
            writing.save(stock.new_shard(shards[0].event_id, number, True, nothing))

    monkeypatch.setattr(revising, "restock", slowly(carelessly))

    for _ in range(5):  # a race may end well by luck; five do not
        event = an_event(available_tickets=seats)
        a_rush(event)
        after = books(event)
        if after["remaining"] + after["held"] != after["capacity"]:
            return
    pytest.fail("the race loses nothing even without care, so it proves nothing")


@pytest.mark.stack
def test_a_capacity_that_shrinks_in_a_rush_stops_at_what_is_held(emulator):
    event = an_event()

    def shrink() -> str:
        try:
            edit(event, available_tickets=7, available_tickets_read=10)
        except BelowTaken as too_few:
            return str(too_few.details["lowest"]["capacity"])
        return ""

    tasks = [lambda: str(hold(event))] * 50 + [shrink] * 20
    random.Random(7).shuffle(tasks)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda task: task(), tasks))
    lowest = shrink()
    while not lowest:
        lowest = shrink()

    after = books(event)
    assert after["remaining"] + after["held"] == after["capacity"]
    assert int(lowest) == after["held"]
    assert 0 <= after["remaining"] < 3


def between_look_and_write(monkeypatch, module, meanwhile):
    """Let something happen once, after an edit has looked and before it writes."""
    real = module._wrote

    def wrote(*given):
        monkeypatch.setattr(module, "_wrote", real)
        meanwhile()
        return real(*given)

    monkeypatch.setattr(module, "_wrote", wrote)


def test_two_edits_at_once_undo_nothing_of_one_another(store, monkeypatch):
    event = an_event()
    between_look_and_write(monkeypatch, revising, lambda: edit(event, location="KICC", labels={"MVP": "VIP"}))

    edit(event, description="New.", capacity=70, labels={"regular": "Grass"})

    after = Event.get(event.id, consistent_read=True)
    assert (after.location, after.description, after.capacity) == ("KICC", "New.", 70)
    assert after.labels == {"MVP": "VIP", "regular": "Grass"}
    assert after.version == 2


def test_saving_the_event_as_it_was_read_undoes_the_other_edit(store):
    """The control of the test above."""
    event = an_event()
    mine, theirs = (Event.get(event.id, consistent_read=True) for _ in range(2))
    mine.location, theirs.description = "KICC", "New."

    mine.save()
    theirs.save()

    assert Event.get(event.id, consistent_read=True).location != "KICC"


def test_two_edits_that_do_not_fit_together_are_not_both_written(store, monkeypatch):
    """Each is fine by itself: start after the old end's move would be no event at all."""
    from chalicelib.core.problems import Invalid

    event = an_event()
    between_look_and_write(monkeypatch, revising, lambda: edit(event, end_time="2026-12-24T17:00:00Z"))

    with pytest.raises(Invalid) as refused:
        editing.edit(event.id, EventEdit(start_time="2026-12-24T18:00:00Z"), ORGANIZER)

    assert set(refused.value.fields) == {"end_time"}


def test_a_sale_of_the_type_meanwhile_counts_for_its_new_quota(store, monkeypatch):
    event = an_event()

    def sale():
        seats = [Seats(0, "MVP", 4, "shared", 1)]
        transact(lambda writing: stock.move(writing, event.id, seats, HOLD, AT))

    between_look_and_write(monkeypatch, revising, sale)

    edit(event, quotas={"MVP": 5})

    assert Stock.get(stock.key(event.id, 0)).remaining == {"shared": SEATS - 5, "MVP": 1}


def test_a_sale_meanwhile_keeps_the_capacity_above_what_is_held(store, monkeypatch):
    event = an_event()
    between_look_and_write(monkeypatch, revising, lambda: hold(event) + hold(event))

    with pytest.raises(BelowTaken):
        editing.edit(event.id, EventEdit(capacity=1), ORGANIZER)

    assert books(event) == {"remaining": SEATS - 2, "held": 2, "sold": 0, "capacity": SEATS}


def test_a_sale_meanwhile_keeps_the_event_from_being_a_draft(store, monkeypatch):
    event = an_event()
    between_look_and_write(monkeypatch, revising, lambda: hold(event))

    with pytest.raises(WasSold):
        editing.edit(event.id, EventEdit(status="draft"), ORGANIZER)

    assert Event.get(event.id).status == "published"


def test_a_purchase_that_saw_the_event_before_it_was_a_draft_finds_it_closed(store):
    event = an_event()

    edit(event, status="draft")

    assert hold(event) == 0


def test_a_stock_that_was_read_before_the_event_is_not_trusted(store):
    """One read of two tables is no snapshot: another edit may come between its two halves."""
    event = an_event()
    old = events.find(event.id, ORGANIZER)
    edit(event, capacity=SEATS + 10)
    torn = replace(events.find(event.id, ORGANIZER), shards=old.shards)

    change = restocking.Restock({"shared": 1})
    with pytest.raises(ConditionFailed):
        transact(lambda writing: restocking.restock(writing, torn.shards, change, 2))


def test_several_shards_give_and_get_together(store):
    event = an_event()
    Event(event.id).update(actions=[Event.shards.set(2)])
    nothing = {"early_booking": 0, "regular": 0, "MVP": 0}
    columns = {name: dict(nothing) for name in ("held", "sold", "revenue")}
    Stock(stock.key(event.id, 1), on_sale=True, remaining={"shared": 5}, **columns).save()
    Event(event.id).update(actions=[Event.capacity.set(SEATS + 5)])

    edit(event, capacity=3, quotas={"MVP": 2})

    shards = events.find(event.id, replace(ORGANIZER)).shards
    assert restocking.totals(shards, "remaining") == {"shared": 1, "MVP": 2}
