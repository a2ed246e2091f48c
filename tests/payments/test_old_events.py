"""Orders by an event that this container read some seconds ago: what is sold is sold as the event is now."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import botocore.client
import pytest

from chalicelib.catalog import known_events, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.core.problems import Busy
from chalicelib.core.settings import settings
from chalicelib.payments import attempts, looking, purchase
from chalicelib.payments.daraja.answers import Accepted
from chalicelib.payments.models import Payment
from chalicelib.payments.schemas import Purchase
from chalicelib.payments.till import Till
from tests.catalog.test_edits_at_once import an_event, edit
from tests.payments.test_round_trips import counted

KEPT = known_events.KEPT_SECONDS


@pytest.fixture(params=["one shard", "eight shards"])
def event(request, town, buyer, organizer):
    """An event that the container has read, since somebody has just bought a ticket."""
    made = organizer.event() if request.param == "one shard" else organizer.sharded_event(80)
    buyer.buys(made)
    return made


def edits(organizer, event, **fields) -> None:
    """As in another container: what orders know here stays as it is."""
    answer = organizer.asks("PATCH", f"/events/{event['id']}", fields)
    assert answer.status == 200, answer.body


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The tables of which something is read together, one entry for each item."""
    tables: list[str] = []
    call = botocore.client.BaseClient._make_api_call

    def asking(self, operation, parameters):
        if operation == "BatchGetItem":
            for name, wanted in parameters["RequestItems"].items():
                tables.extend([name.rpartition("-")[2]] * len(wanted["Keys"]))
        return call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", asking)
    return tables


def test_the_orders_of_some_seconds_read_the_event_once(buyer, event, asked, clock):
    for seconds, read in ((0, 0), (KEPT - 1, 0), (1, 1), (0, 0)):
        clock.passes(seconds=seconds)
        asked.clear()
        buyer.buys(event)
        assert asked.count("events") == read


def test_an_order_after_a_new_price_pays_the_new_price(buyer, organizer, event, safaricom, monkeypatch):
    edits(organizer, event, regular_price=2500)

    with counted(monkeypatch) as calls:
        payment = buyer.buys(event, 2)

    assert calls == ["GetItem", "BatchGetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert (payment["amount"], safaricom.prompts[-1].amount) == (5000, 5000)


def quota(organizer, event):
    edits(organizer, event, quotas={"regular": 1})  # which is held


def end_of_early_booking(organizer, event):
    edits(organizer, event, early_booking_ends="2026-11-01T00:00:00Z")


def cancelling(organizer, event):
    assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200


def type_withdrawn(organizer, event):
    edits(organizer, event, MVP_price="")


@pytest.mark.parametrize(
    ("edit_of", "order", "told"),
    [
        (quota, {}, "sold_out"),
        (end_of_early_booking, {"ticket_type": "early_booking"}, "sales_closed"),
        (cancelling, {}, "sales_closed"),
        (type_withdrawn, {"ticket_type": "MVP"}, "validation_error"),
    ],
)
def test_what_an_edit_has_ended_is_not_sold(buyer, organizer, event, edit_of, order, told):
    edit_of(organizer, event)

    assert buyer.orders(event, **order).body["code"] == told


def test_an_event_that_is_over_by_now_is_not_sold(buyer, organizer, event, clock):
    now = clock()
    edits(
        organizer,
        event,
        start_time=(now - timedelta(hours=1)).isoformat(),
        end_time=(now + timedelta(seconds=2)).isoformat(),
    )
    clock.passes(seconds=3)

    assert buyer.orders(event).body["code"] == "sales_closed"


def test_what_an_edit_has_opened_is_sold(buyer, organizer):
    event = organizer.event(available_tickets="1", MVP_price="")
    buyer.buys(event)
    assert buyer.orders(event).body["code"] == "sold_out"

    edits(organizer, event, MVP_price=7000, capacity=10_000)

    assert buyer.buys(event, 3, ticket_type="MVP")["amount"] == 21_000


def test_an_event_that_is_gone_or_a_draft_again_is_not_found(buyer, organizer):
    gone, draft = organizer.event(), organizer.event()
    for event in (gone, draft):
        assert buyer.orders(event, 11).status in (409, 422)  # read, and nothing held
    assert organizer.asks("DELETE", f"/events/{gone['id']}").status == 204
    edits(organizer, draft, status="draft")

    assert [buyer.orders(event).status for event in (gone, draft)] == [404, 404]


def test_an_order_belongs_to_the_organizer_of_now(town, buyer, organizer, event):
    njeri = town.organizer("njeri")
    assert town.admin().asks("PATCH", f"/events/{event['id']}", {"user_id": njeri.id}).status == 200
    first = buyer.buys(event)
    staff = f"/events/{event['id']}/staff"
    assert organizer.asks("DELETE", f"{staff}/{njeri.id}").status == 204
    second = buyer.buys(event)

    assert [Payment.get(one["id"]).seller.partition("#")[0] for one in (first, second)] == [
        njeri.id,
        organizer.id,
    ]


def test_only_the_words_on_an_order_may_be_some_seconds_old(buyer, organizer, event, clock):
    edits(organizer, event, event_name="Koroga", labels={"regular": "Grass"})

    at_once = buyer.buys(event)
    clock.passes(seconds=KEPT)
    later = buyer.buys(event)

    assert (at_once["event_name"], at_once["items"][0]["label"]) == ("Blankets & Wine", "Regular")
    assert (later["event_name"], later["items"][0]["label"]) == ("Koroga", "Grass")


@pytest.mark.parametrize("order", [{}, {"ticket_type": "MVP"}], ids=["paid", "free"])
def test_an_order_uses_nothing_of_an_event_that_it_would_not_be_told_of(buyer, organizer, order):
    """Whatever orders read besides has to be told to the shards, too: `MATTERS_TO_SALES`."""
    event, used = organizer.event(MVP_price=0), set()
    payment = buyer.buys(event)
    (read_at, known) = known_events._known[event["id"]]

    class Watched:
        def __getattr__(self, name):
            used.add(name)
            return getattr(known, name)

    known_events._known[event["id"]] = (read_at, Watched())
    buyer.buys(event, **order)
    assert buyer.orders(event, 50).status in (409, 422)
    buyer.asks("DELETE", f"/payments/{payment['id']}")
    buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})

    words, fixed = {"name", "labels"}, {"id", "version"}
    assert {"prices", "status", "ends_at"} <= used
    assert used - words - fixed - {"shards"} <= known_events.MATTERS_TO_SALES  # shards follow the capacity


@pytest.mark.parametrize("room", [purchase, attempts])
def test_an_edit_between_the_look_and_the_sale_is_seen(buyer, organizer, safaricom, monkeypatch, room):
    """The look was right, and the transaction still notices."""
    event = organizer.event()
    payment = buyer.buys(event, phone="254712345678")
    safaricom.calls_back(1032)
    transact = room.transact

    def after_an_edit(fill, tries):
        monkeypatch.setattr(room, "transact", transact)
        edits(organizer, event, regular_price=2500, end_time="2026-12-24T23:00:00Z")
        seen.append(int(Stock.get(f"{event['id']}#0").edits))
        transact(fill, tries)

    seen: list[int] = []
    looks = []
    look = looking.look
    monkeypatch.setattr(room, "look", lambda *given: looks.append(given) or look(*given))
    monkeypatch.setattr(room, "transact", after_an_edit)
    if room is purchase:
        assert buyer.buys(event)["amount"] == 2500
    else:
        again = buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]})
        assert (again.status, again.body["amount"]) == (202, 2000)  # the price that was agreed

    assert (seen, len(looks)) == ([1], 2)


def test_a_container_keeps_so_many_events_and_no_more(clock, monkeypatch):
    monkeypatch.setattr(known_events, "_known", {})
    for number in range(150):
        known_events.learn(Event(id=f"e{number}"), clock())

    assert len(known_events._known) == 100
    assert known_events.recall("e0", clock()) is None
    assert known_events.recall("e149", clock()).id == "e149"


def a_sale_while_the_price_rises() -> int:
    """Eight buy while somebody raises the price; how many paid less than what stood when they ordered."""
    event = an_event(available_tickets=1000)
    takes_all = SimpleNamespace(push=lambda prompt: Accepted(f"ws-{prompt.reference}", "1"))
    always = SimpleNamespace(take=lambda: True, put_back=lambda: None)
    till = Till(takes_all, settings(), always)

    def asks_for_more() -> None:
        for step in range(1, 25):
            edit(event, regular_price=2000 + step)

    def price_now() -> int:
        return int(Event.get(event.id, consistent_read=True).prices["regular"])

    def buys(number: int) -> int:
        phone, before = f"2547{number:08d}", price_now()
        form = {"event_id": event.id, "ticket_type": "regular", "quantity": 1, "phone": phone}
        try:
            payment = purchase.start(Purchase.model_validate(form), f"b{number}", None, till)
        except Busy:
            return 0
        return int(int(payment.amount) < before)

    with ThreadPoolExecutor(9) as threads:
        rising = threads.submit(asks_for_more)
        too_cheap = sum(threads.map(buys, range(random.randrange(10**6), 10**8, 10**6)))
        rising.result()
    assert price_now() == 2024
    return too_cheap


@pytest.mark.stack
def test_nobody_pays_less_than_the_price_when_they_ordered(emulator):
    assert a_sale_while_the_price_rises() == 0


@pytest.mark.stack
def test_who_trusts_what_they_knew_pays_too_little(emulator, monkeypatch):
    """The control of the test above."""
    move = stock.move
    monkeypatch.setattr(known_events, "is_current", lambda *_: True)
    monkeypatch.setattr(stock, "move", lambda *given: move(*given[:5]))  # without `known`

    assert a_sale_while_the_price_rises() > 0
