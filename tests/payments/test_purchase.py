"""Buying: seats are held, a prompt is sent, and what the buyer is told when it cannot be."""

import pytest

from chalicelib.payments.daraja.answers import NotSent, Unknown, Why
from tests.actors import PHONE


def stock_of(town, event) -> dict[str, int]:
    from chalicelib.catalog.models import Stock

    shard = Stock.get(f"{event['id']}#0", consistent_read=True)
    return {name: sum(getattr(shard, name).values()) for name in ("remaining", "held", "sold", "revenue")}


def test_a_purchase_holds_the_seats_and_prompts_the_phone(town, buyer, organizer, safaricom):
    event = organizer.event()

    answer = buyer.orders(event, 2, phone="0712 345 678")

    assert answer.status == 202
    assert answer.body | {"id": "", "expires_at": ""} == {
        "id": "",
        "event_id": event["id"],
        "event_name": "Blankets & Wine",
        "amount": 4000,
        "currency": "KES",
        "payment_type": "Mpesa",
        "payer_phone": "254712345678",
        "payment_date": "2026-11-24 12:00:00+03:00",
        "status": "Pending",
        "user_id": buyer.id,
        "sold_by": None,
        "items": [{"ticket_type": "regular", "label": "Regular", "quantity": 2, "price": 2000}],
        "receipt": None,
        "expires_at": "",
        "notice": "Enter your M-Pesa PIN on your phone to pay.",
        "refunded_amount": 0,
        "promo_code": None,
        "discount": 0,
    }
    assert answer.body["expires_at"] == "2026-11-24 12:05:00+03:00"
    assert stock_of(town, event) == {"remaining": 8, "held": 2, "sold": 0, "revenue": 0}
    (prompt,) = safaricom.prompts
    assert (prompt.phone, prompt.amount) == ("254712345678", 4000)
    assert len(prompt.reference) <= 12
    assert len(prompt.description) <= 13


def test_several_types_in_one_order(town, buyer, organizer, safaricom):
    event = organizer.event()
    items = [
        {"ticket_type": "regular", "quantity": "2"},
        {"ticket_type": "MVP", "quantity": 1},
        {"ticket_type": "regular", "quantity": 1},
    ]

    payment = buyer.buys(event, items=items, ticket_type=None, quantity=None)

    assert payment["amount"] == 3 * 2000 + 5000
    assert {item["ticket_type"]: item["quantity"] for item in payment["items"]} == {"regular": 3, "MVP": 1}
    assert stock_of(town, event)["held"] == 4


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"event_id": ""}, {"event_id"}),
        ({"ticket_type": "gold"}, {"ticket_type"}),
        ({"quantity": 0}, {"quantity"}),
        ({"quantity": -1}, {"quantity"}),
        ({"quantity": "1.5"}, {"quantity"}),
        ({"quantity": 11}, {"quantity"}),
        ({"phone": "12345"}, {"phone"}),
        ({"phone": None, "quantity": "x", "ticket_type": 5}, {"phone", "quantity", "ticket_type"}),
        ({"ticket_type": None, "quantity": None}, {"ticket_type", "quantity"}),
        ({"items": []}, {"items"}),
        ({"items": [{"ticket_type": "regular", "quantity": 11}]}, {"items"}),
        ({"items": [{"ticket_type": "regular"}]}, {"items.0.quantity"}),
        ({"items": "all"}, {"items"}),
    ],
)
def test_a_wrong_order_is_refused_and_nothing_changes(town, buyer, organizer, safaricom, wrong, fields):
    event = organizer.event()

    answer = buyer.orders(event, **wrong)

    assert answer.status == 422
    assert answer.body["code"] == "validation_error"
    assert set(answer.body["fields"]) == fields
    assert stock_of(town, event)["held"] == 0
    assert safaricom.prompts == []


def test_a_type_that_is_not_sold_is_a_wrong_field(buyer, organizer):
    answer = buyer.orders(organizer.event(MVP_price=""), ticket_type="MVP")

    assert (answer.status, set(answer.body["fields"])) == (422, {"ticket_type"})


def test_more_than_m_pesa_takes_at_once_is_a_wrong_field(buyer, organizer, safaricom):
    answer = buyer.orders(organizer.event(regular_price=200_000), 2)

    assert (answer.status, set(answer.body["fields"])) == (422, {"quantity"})
    assert safaricom.prompts == []


def test_an_unknown_event_and_a_draft_are_not_found(buyer, organizer):
    assert buyer.orders({"id": "abc"}).status == 404
    assert buyer.orders(organizer.event(status="draft")).status == 404


def test_sold_out_says_what_is_left(town, buyer, organizer, safaricom):
    event = organizer.event(available_tickets=3, quotas={"MVP": 1})

    answer = buyer.orders(event, 3)

    assert answer.status == 409
    assert answer.body["code"] == "sold_out"
    assert answer.body["available"] == {"regular": 2}
    assert stock_of(town, event)["held"] == 0
    assert safaricom.prompts == []


def test_early_booking_closes_and_the_event_ends(buyer, organizer, clock):
    event = organizer.event()
    clock.at = clock.at.replace(month=12, day=17, hour=16)

    closed = buyer.asks("GET", "/tickets")
    assert closed.status == 401  # the token has run out meanwhile; log in again
    buyer.token = buyer.town.asks(
        "POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}
    ).body["token"]

    assert buyer.orders(event, ticket_type="early_booking").body["code"] == "sales_closed"
    assert buyer.orders(event).status == 202


def test_a_cancelled_event_sells_nothing(buyer, organizer):
    from chalicelib.catalog.models import Stock

    event = organizer.event()
    Stock(f"{event['id']}#0").update(actions=[Stock.on_sale.set(False)])

    assert (buyer.orders(event).status, buyer.orders(event).body["code"]) == (409, "sales_closed")


def test_a_free_ticket_completes_at_once_without_a_prompt(town, buyer, organizer, safaricom):
    event = organizer.event(regular_price=0)

    payment = buyer.buys(event, 2)

    assert payment["status"] == "Completed"
    assert len(buyer.tickets()) == 2
    assert safaricom.prompts == []
    assert stock_of(town, event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 0}


@pytest.mark.parametrize(
    ("why", "status", "code", "failure"),
    [
        (Why.REFUSED, 502, "payment_refused", "not_sent"),
        (Why.OUR_FAULT, 502, "payment_refused", "not_sent"),
        (Why.UNREACHABLE, 502, "payment_refused", "not_sent"),
        (Why.PHONE_BUSY, 502, "payment_refused", "phone_busy"),
        (Why.M_PESA_BUSY, 503, "busy", "not_sent"),
    ],
)
def test_a_push_that_was_not_sent_frees_the_seats_at_once(
    town, buyer, organizer, safaricom, why, status, code, failure
):
    event = organizer.event()
    safaricom.next_pushes = [NotSent(why, "the reason for our logs")]

    answer = buyer.orders(event, 2)

    assert (answer.status, answer.body["code"]) == (status, code)
    assert (answer.header("Retry-After") is not None) == (why in (Why.M_PESA_BUSY, Why.PHONE_BUSY))
    payment = buyer.payment({"id": answer.body["payment_id"]})
    assert payment["status"] == "Failed"
    assert payment["failure"]["code"] == failure
    assert [line["kind"] for line in payment["ledger"]] == ["asked", "not_sent"]
    assert stock_of(town, event) == {"remaining": 10, "held": 0, "sold": 0, "revenue": 0}
    assert b"the reason for our logs" not in answer.raw


def test_a_push_with_an_unknown_end_stays_pending_and_is_not_sent_again(
    town, buyer, organizer, safaricom, clock
):
    event = organizer.event()
    safaricom.next_pushes = [Unknown("time-out")]

    payment = buyer.buys(event)
    assert payment["status"] == "Pending"
    assert buyer.payment(payment)["attempts"][0]["outcome"] == "unknown"

    clock.passes(seconds=299)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Pending"
    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"
    assert len(safaricom.prompts) == 1


def test_the_same_key_and_order_return_the_same_payment_without_a_new_prompt(
    town, buyer, organizer, safaricom
):
    event = organizer.event()

    first = buyer.orders(event, 2, key="k1", phone="0712 345 678")
    again = buyer.orders(event, "2", key="k1", phone="+254 712 345 678")

    assert (first.status, again.status) == (202, 202)
    assert again.body == first.body
    assert len(safaricom.prompts) == 1
    assert stock_of(town, event)["held"] == 2


def test_the_same_key_with_another_order_is_a_mismatch(town, buyer, organizer, safaricom):
    event = organizer.event()
    buyer.orders(event, 2, key="k1", phone=PHONE)

    answer = buyer.orders(event, 1, key="k1", phone=PHONE)

    assert (answer.status, answer.body["code"]) == (422, "idempotency_mismatch")
    assert stock_of(town, event)["held"] == 2


def test_a_key_belongs_to_one_user_and_lapses_after_a_day(town, buyer, organizer, clock):
    event = organizer.event()
    first = buyer.buys(event, key="k1", phone=PHONE)

    assert town.signs_up("zuhura").buys(event, key="k1")["id"] != first["id"]
    clock.passes(hours=11)
    assert buyer.buys(event, key="k1", phone=PHONE)["id"] == first["id"]


def test_a_key_whose_first_request_is_still_sending_is_a_conflict(town, buyer, organizer, safaricom, clock):
    from chalicelib.payments.models import Payment

    event = organizer.event()
    payment = buyer.buys(event, key="k1", phone=PHONE)
    # As if the first request had died, or not yet come back, between the transaction and the push's answer.
    Payment(payment["id"]).update(actions=[Payment.attempts[0]["outcome"].remove()])

    answer = buyer.orders(event, key="k1", phone=PHONE)
    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert answer.header("Retry-After") == "3"

    clock.passes(seconds=30)
    assert buyer.buys(event, key="k1", phone=PHONE)["id"] == payment["id"]


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(buyer, organizer, key):
    answer = buyer.asks("POST", "/payments", {}, {"Idempotency-Key": key})

    assert (answer.status, set(answer.body["fields"])) == (422, {"Idempotency-Key"})


def test_who_may_see_a_payment(town, buyer, organizer):
    payment = buyer.buys(organizer.event(), phone=PHONE)
    path = f"/payments/{payment['id']}"

    assert town.asks("GET", path).status == 401
    assert town.signs_up("zuhura").asks("GET", path).status == 404
    assert town.organizer("mutua").asks("GET", path).status == 404
    assert buyer.asks("GET", path).body["payer_phone"] == "254712345678"
    seen = organizer.asks("GET", path).body
    assert seen["payer_phone"] == seen["attempts"][0]["phone"] == "2547•••••678"
    assert town.admin().asks("GET", path).status == 200


def test_the_codes_of_tickets_are_their_buyers_alone(town, buyer, organizer, safaricom):
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)

    assert buyer.payment(payment)["tickets"][0]["code"].startswith("T1.")
    for other in (organizer, town.admin()):
        assert other.payment(payment)["tickets"][0].get("code") is None


def test_a_persons_payments_newest_first(buyer, organizer, clock):
    event = organizer.event()
    first = buyer.buys(event)
    clock.passes(seconds=1)
    second = buyer.buys(event)

    assert [payment["id"] for payment in buyer.asks("GET", "/payments").body] == [second["id"], first["id"]]


def test_the_same_key_after_a_push_that_was_not_sent_returns_the_failed_payment(buyer, organizer, safaricom):
    event = organizer.event()
    safaricom.next_pushes = [NotSent(Why.M_PESA_BUSY, "spike arrest")]
    first = buyer.orders(event, key="k1", phone=PHONE)

    again = buyer.orders(event, key="k1", phone=PHONE)

    assert again.status == 202
    assert (again.body["id"], again.body["status"]) == (first.body["payment_id"], "Failed")
    assert len(safaricom.prompts) == 1


def test_a_push_said_not_sent_that_was_paid_meanwhile_is_no_refusal(buyer, organizer, safaricom, monkeypatch):
    event = organizer.event()

    def paid_before_the_refusal(self, prompt):
        self.prompts.append(prompt)
        self.calls_back(0)
        return NotSent(Why.UNREACHABLE, "so it seemed")

    monkeypatch.setattr(type(safaricom), "push", paid_before_the_refusal)

    answer = buyer.orders(event)

    assert (answer.status, answer.body["status"]) == (202, "Completed")


def test_an_answer_that_cannot_be_saved_is_no_failed_purchase(town, buyer, organizer, safaricom, monkeypatch):
    from chalicelib.payments import prompting

    def broken(*given):
        raise ConnectionError

    event = organizer.event()
    monkeypatch.setattr(prompting, "update", broken)

    assert buyer.orders(event).status == 202
    safaricom.calls_back(0)
    assert len(buyer.tickets()) == 1


def test_a_free_order_is_one_transaction_and_can_be_repeated(buyer, organizer):
    event = organizer.event(regular_price=0)

    first = buyer.buys(event, key="k1", phone=PHONE)
    again = buyer.buys(event, key="k1", phone=PHONE)

    assert first == again
    assert [line["kind"] for line in buyer.payment(first)["ledger"]] == ["asked"]
    assert len(buyer.tickets()) == 1


def test_seats_that_others_took_meanwhile_are_sold_out_not_oversold(
    town, buyer, organizer, safaricom, monkeypatch
):
    from chalicelib.payments import purchase

    event, transact = organizer.event(available_tickets=2), purchase.transact
    other = town.signs_up("zuhura")

    def after_somebody_else(fill, *tries):
        monkeypatch.setattr(purchase, "transact", transact)
        other.buys(event, 2)
        transact(fill, *tries)

    monkeypatch.setattr(purchase, "transact", after_somebody_else)

    answer = buyer.orders(event, 1)

    assert (answer.status, answer.body["code"], answer.body["available"]) == (409, "sold_out", {"regular": 0})
    assert stock_of(town, event) == {"remaining": 0, "held": 2, "sold": 0, "revenue": 0}
    assert len(safaricom.prompts) == 1


def test_a_race_that_is_always_lost_is_busy(town, buyer, organizer, monkeypatch):
    from chalicelib.core.dynamo import ConditionFailed
    from chalicelib.payments import purchase

    def lost(fill, *tries):
        raise ConditionFailed

    event = organizer.event()
    monkeypatch.setattr(purchase, "transact", lost)

    answer = buyer.orders(event)

    assert (answer.status, answer.body["code"], answer.header("Retry-After")) == (503, "busy", "2")


@pytest.mark.parametrize("key", [None, "k1"])
def test_a_transaction_whose_answer_was_lost_and_whose_repeat_fails_had_succeeded(
    town, buyer, organizer, safaricom, monkeypatch, key
):
    from chalicelib.core.dynamo import ConditionFailed
    from chalicelib.payments import purchase

    event, transact = organizer.event(), purchase.transact

    def unheard(fill, *tries):
        transact(fill, *tries)
        raise ConditionFailed

    monkeypatch.setattr(purchase, "transact", unheard)

    assert buyer.orders(event, 2, key=key).status == 202
    assert stock_of(town, event)["held"] == 2
    assert len(safaricom.prompts) == 1


def test_the_same_key_twice_at_the_same_moment_makes_one_payment(
    town, buyer, organizer, safaricom, monkeypatch
):
    from chalicelib.payments import purchase

    event, transact, twins = organizer.event(), purchase.transact, []

    def after_the_twin(fill, *tries):
        monkeypatch.setattr(purchase, "transact", transact)
        twins.append(buyer.buys(event, key="k1", phone=PHONE))
        transact(fill, *tries)

    monkeypatch.setattr(purchase, "transact", after_the_twin)

    answer = buyer.orders(event, key="k1", phone=PHONE)

    assert (answer.status, answer.body["id"]) == (202, twins[0]["id"])
    assert stock_of(town, event)["held"] == 1
    assert len(safaricom.prompts) == 1
