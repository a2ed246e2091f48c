"""Every model keeps what it is given, and is found through its indexes; on moto and on ministack."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.accounts.models import AuditLine, Role, User
from chalicelib.catalog.index_models import Entry, Posting, Term
from chalicelib.catalog.models import (
    LISTED,
    UNWINDING,
    Category,
    CoOrganizer,
    Event,
    GateDuty,
    Stock,
    StockCopy,
    Takings,
)
from chalicelib.core.counters import Counter
from chalicelib.core.guards import Guard
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.shared import Shared
from chalicelib.live.models import Connection, Subscription, Watched
from chalicelib.offers.models import Count, PromoCode
from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.difference_models import OPEN, Difference
from chalicelib.payments.models import Attempt, Hold, Item, LedgerLine, Payment, Refund
from chalicelib.privacy.models import Erasure
from chalicelib.reports.models import Payout, PayoutAccount
from chalicelib.tables import TABLES
from chalicelib.tickets.models import Scan, Ticket, at_gate

AT = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)


def event(**more) -> Event:
    given = {
        "id": "e1",
        "user_id": "u1",
        "organizer_ids": ["u1", "u2"],
        "gate_ids": ["u3"],
        "name": "Tamasha",
        "description": "",
        "tags": ["muziki"],
        "location": "Lamu",
        "images": "",
        "starts_at": AT,
        "ends_at": AT + timedelta(hours=3),
        "early_booking_ends_at": AT,
        "timezone": "Africa/Nairobi",
        "prices": {"regular": 100},
        "labels": {"regular": "Kawaida"},
        "quotas": {},
        "capacity": 10,
        "category_id": 1,
        "status": "published",
        "listing": LISTED,
        "created_at": AT,
    }
    return Event(**(given | more))


def payment(**more) -> Payment:
    given = {
        "id": "p1",
        "status": "Pending",
        "user_id": "u1",
        "seller": "o#1",
        "sale": "e1#1",
        "month": "2026-11#1",
        "event_id": "e1",
        "event_name": "Tamasha",
        "amount": 200,
        "items": [Item(ticket_type="regular", label="Regular", quantity=2, price=100)],
        "holds": [Hold(shard=0, type="regular", n=2, pool="shared", price=100, share=1)],
        "promo_code": "JAZZ-20",
        "discount": 50,
        "counted": ["e1#JAZZ-20#by#u1"],
        "attempts": [Attempt(number=1, phone="254712345678", asked_at=AT)],
        "attempt_count": 1,
        "version": 1,
        "payer_phone": "254712345678",
        "created_at": AT,
        "expires_at": AT,
        "pending": "pending#1",
        "due_at": AT,
    }
    return Payment(**(given | more))


def refund(**more) -> Refund:
    given = {
        "payment_id": "p1",
        "number": 1,
        "of": "whole",
        "state": "asked",
        "event_id": "e1",
        "sale": "e1#1",
        "place": "asked#p1#1",
        "amount": 200,
        "received": 200,
        "attempt": 1,
        "receipt": "TKX1234567",
        "tickets": ["p101", "p102"],
        "created_at": AT,
        "moved_at": AT,
        "watched": "refunds#1",
        "look_at": AT,
    }
    return Refund(**(given | more))


def ticket(**more) -> Ticket:
    given = {"payment_id": "p1", "event_id": "e1", "user_id": "u1", "ticket_type": "MVP", "label": "MVP"}
    return Ticket(**({"id": "p101", "issued_at": AT} | given | more))


def scan(**more) -> Scan:
    given = {
        "ticket_id": "p101",
        "event_id": "e1",
        "user_id": "u1",
        "outcome": "admitted",
        "device": "Gate A",
    }
    return Scan(**({"id": "p101#1", "at": AT, "came_at": AT, "scanned_at": AT} | given | more))


def difference(**more) -> Difference:
    given = {
        "about": "TKX1234567",
        "kind": "paid_but_unknown",
        "theirs": 50,
        "at": AT,
        "reference": "chama",
        "why": "it names none of our payments",
        "first_seen_at": AT,
        "last_seen_at": AT,
        "open": OPEN,
    }
    return Difference(**(given | more))


def message(**more) -> OutboxMessage:
    given = {"id": "m1", "kind": "refund_due", "user_id": "u", "payment_id": "p1", "created_at": AT}
    return OutboxMessage(**(given | more))


SAMPLES = {
    PayoutAccount: lambda: PayoutAccount("e1", paid_out=500, version=2),
    Payout: lambda: Payout(
        "e1",
        "x1",
        amount=300,
        reference="FT26331XK9P2",
        note="First half.",
        paid_to="u1",
        recorded_by="u9",
        at=AT,
    ),
    Role: lambda: Role(id=4, name="Gate", permissions=["tickets:checkin"]),
    User: lambda: User(
        id="u1",
        username="amina",
        email="amina@example.com",
        phone_number="254712345678",
        password_hash="hash",
        role_ids=[3, 2],
        revoked={"jti": 5},
        language="sw",
        created_at=AT,
    ),
    AuditLine: lambda: AuditLine(
        "2026-11",
        "2026-11-24#1",
        at=AT,
        by="u1",
        what="user.changed",
        on="user#u2",
        details={"roles": "3 to 2"},
    ),
    Category: lambda: Category(id=1, name="Muziki"),
    Event: event,
    GateDuty: lambda: GateDuty("u2", "e1"),
    CoOrganizer: lambda: CoOrganizer("u2", "2026-11-24T09:00:00Z#e1", event_id="e1"),
    Stock: lambda: Stock("e1#0", on_sale=True, remaining={"shared": 1}, held={}, sold={"MVP": 2}, revenue={}),
    StockCopy: lambda: StockCopy("e1", left=3, counted_at=AT, lapses_at=1_800_000_000),
    Takings: lambda: Takings("e1#0", "2026-12-24#MVP", sold=2, refunded=1, revenue=1_500),
    Posting: lambda: Posting(
        "ng#2026-12",
        "2026-12-24T16:00:00.000000Z#e1",
        ends_at=AT,
        words="ng ngombe ombe",
        tags="ngombe",
        location="",
        category="",
        category_id=3,
        price=0,
        lapses_at=5,
    ),
    Term: lambda: Term("ng", months={"2026-12"}, events=2),
    Entry: lambda: Entry(
        "e1",
        changes=2,
        posted={"2026-12-24T16:00:00.000000Z#e1": ["ng", "ngo"]},
        digest="d",
        claim="c",
        claimed_until=1.5,
        due="due",
        due_at=AT,
    ),
    PromoCode: lambda: PromoCode(
        "e1",
        "JAZZ-20",
        percent_off=20,
        max_tickets=100,
        max_per_customer=2,
        ticket_types=["regular"],
        starts_at=AT,
        ends_at=AT + timedelta(days=1),
        shares=2,
        created_by="u1",
        created_at=AT,
    ),
    Count: lambda: Count("e1#JAZZ-20#0", used=3),
    Payment: payment,
    LedgerLine: lambda: LedgerLine("p1", 1, kind="asked", at=AT, attempt=1, amount=200),
    Refund: refund,
    CashDrawer: lambda: CashDrawer(
        "e1", "u1", tickets=3, taken=600, given_back=200, handed_over=300, cash_ups=1, version=5
    ),
    CashUp: lambda: CashUp(
        "e1",
        "c1",
        seller_id="u1",
        amount=300,
        expected=400,
        counted_by="u2",
        note="First evening",
        counted_at=AT,
    ),
    Difference: lambda: difference(),
    Ticket: ticket,
    Scan: scan,
    OutboxMessage: lambda: message(address="amina@example.com"),
    Erasure: lambda: Erasure(
        "u1", user_id="u1", asked_by="u1", asked_at=AT, place="p1", left=1, erased=3, due="due", due_at=AT
    ),
    Connection: lambda: Connection("c=", address="f0", events={"e1"}, asked=3, lapses_at=5),
    Subscription: lambda: Subscription("e1", "c=", lapses_at=5),
    Watched: lambda: Watched(
        "e1",
        lapses_at=5,
        turns=3,
        next_at=1_700,
        pause=500,
        expected_until=2_000,
        waiter="w",
        waits_until=2_000,
        version=9,
    ),
    Guard: lambda: Guard("email#a@b.c", owner="u1", fingerprint="f", lapses_at=5),
    Counter: lambda: Counter("orders#5#ab", used=3, lapses_at=5),
    Shared: lambda: Shared("role", number=4),
}


def test_there_is_a_sample_of_every_table():
    assert set(SAMPLES) == set(TABLES)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_an_item_comes_back_as_it_was_given(store, model):
    sample = SAMPLES[model]()
    keys = [getattr(sample, name) for name in (model._hash_keyname, model._range_keyname) if name]

    sample.save()

    assert model.get(*keys, consistent_read=True).to_simple_dict(force=True) == sample.to_simple_dict(
        force=True
    )


def ids(found) -> list[str]:
    return [item.id for item in found]


def test_listed_events_are_found_by_start_and_drafts_are_not(store):
    event(id="late", starts_at=AT + timedelta(days=2)).save()
    event(id="soon", starts_at=AT + timedelta(days=1)).save()
    event(id="draft", listing=None).save()

    assert ids(Event.listed.query(LISTED)) == ["soon", "late"]
    assert ids(Event.by_organizer.query("u1")) == ["draft", "soon", "late"]


def test_cancelled_events_are_found_while_they_are_unwound(store):
    event(id="e1", unwinding=UNWINDING, look_at=AT + timedelta(seconds=1)).save()
    event(id="e2", unwinding=UNWINDING, look_at=AT).save()
    event(id="e3").save()

    assert ids(Event.by_look.query(UNWINDING, Event.look_at <= AT)) == ["e2"]

    Event("e2").update(actions=[Event.unwinding.remove(), Event.look_at.remove()])
    assert ids(Event.by_look.query(UNWINDING)) == ["e1"]


def test_payments_are_found_by_buyer_seller_month_and_due_time_while_pending(store):
    payment(id="p1", due_at=AT).save()
    payment(id="p2", due_at=AT + timedelta(seconds=1), user_id="u2").save()
    payment(id="p3", pending=None, due_at=None, event_id="e2").save()

    assert ids(Payment.by_buyer.query("u1")) == ["p1", "p3"]
    assert ids(Payment.by_seller.query("o#1")) == ["p1", "p2", "p3"]
    assert ids(Payment.by_event.query("e1#1")) == ["p1", "p2", "p3"]
    assert ids(Payment.by_month.query("2026-11#1")) == ["p1", "p2", "p3"]
    assert ids(Payment.by_due.query("pending#1", Payment.due_at <= AT)) == ["p1"]
    assert ids(Payment.by_due.query("pending#1")) == ["p1", "p2"]


def test_a_settled_payment_leaves_the_index_of_pending_ones(store):
    kept = payment()
    kept.save()

    kept.update(actions=[Payment.pending.remove(), Payment.due_at.remove()])

    assert ids(Payment.by_due.query("pending#1")) == []


def test_refunds_are_found_by_event_and_state_and_while_they_are_watched(store):
    refund().save()
    refund(number=2, place="due#p1#2", amount=50, watched=None, look_at=None).save()
    refund(payment_id="p2", sale="e2#1", place="due#p2#1", look_at=AT + timedelta(seconds=1)).save()

    due = list(Refund.by_event.query("e1#1", Refund.place.startswith("due#")))
    assert [(one.payment_id, one.number, one.amount) for one in due] == [("p1", 2, 50)]
    assert len(list(Refund.by_event.query("e1#1"))) == 2
    assert [one.payment_id for one in Refund.by_look.query("refunds#1", Refund.look_at <= AT)] == ["p1"]


def test_a_persons_tickets_are_found(store):
    ticket(id="p101").save()
    ticket(id="p102").save()
    ticket(id="p103", user_id="u2").save()

    assert ids(Ticket.by_owner.query("u1")) == ["p101", "p102"]


def test_only_tickets_that_let_nobody_in_are_found_by_their_event(store):
    ticket(id="p101").save()
    ticket(id="p102", status="admitted", at_gate=at_gate("e1", "admitted")).save()
    ticket(id="p103", status="revoked", at_gate=at_gate("e1", "revoked")).save()

    assert ids(Ticket.gate.query(at_gate("e1", "admitted"))) == ["p102"]
    assert ids(Ticket.gate.query(at_gate("e1", "revoked"))) == ["p103"]


def test_contested_scans_are_found_by_time_and_plain_ones_are_not(store):
    scan(id="p101#1").save()
    scan(id="p101#3", contested="e1", at=AT + timedelta(seconds=1, microseconds=5)).save()
    scan(id="p101#2", contested="e1").save()

    assert ids(Scan.contests.query("e1")) == ["p101#2", "p101#3"]


def test_messages_are_found_by_payment_when_they_are_due_and_in_trouble(store):
    message(id="m1", due="due#1", due_at=AT).save()
    message(id="m2", created_at=AT + timedelta(seconds=1), due="due#1", due_at=AT + timedelta(days=1)).save()
    message(id="m3", payment_id=None, trouble="unknown", trouble_at=AT).save()

    assert ids(OutboxMessage.by_payment.query("p1", scan_index_forward=False)) == ["m2", "m1"]
    assert ids(OutboxMessage.by_due.query("due#1", OutboxMessage.due_at <= AT)) == ["m1"]
    assert ids(OutboxMessage.in_trouble.query("unknown")) == ["m3"]


def test_an_attempt_is_changed_in_place(store):
    kept = payment()
    kept.save()

    kept.update(actions=[Payment.attempts[0]["outcome"].set("accepted")])

    assert Payment.get("p1").attempts[0].outcome == "accepted"
    assert Payment.get("p1").attempts[0].phone == "254712345678"


def test_differences_are_found_while_they_stand(store):
    difference().save()
    difference(about="p1#1", kind="known_but_unpaid", open=None, resolved_at=AT).save()

    assert [one.about for one in Difference.by_open.query(OPEN)] == ["TKX1234567"]
