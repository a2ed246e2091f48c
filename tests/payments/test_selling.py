"""Selling at the gate: tickets for cash, and complimentary ones, by those who run the event."""

import pytest

from chalicelib.catalog import stock, takings
from chalicelib.catalog.models import Stock
from chalicelib.core.dynamo import ConditionFailed, StillColliding
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import audit, selling
from chalicelib.payments.models import LedgerLine, Payment


@pytest.fixture
def event(organizer):
    return organizer.event(available_tickets=10)


@pytest.fixture
def seller(town, organizer, event):
    """Somebody at the gate, who has no permission but to buy."""
    person = town.signs_up("kamau")
    put = organizer.asks("PUT", f"/events/{event['id']}/staff/{person.id}", {"role": "gate"})
    assert put.status == 200
    return person


def sells(who, event, n=1, payment_type="Cash", **more):
    return who.orders(event, n, **({"payment_type": payment_type, "phone": None} | more))


def seats(event) -> dict[str, int]:
    shard = Stock.get(f"{event['id']}#0", consistent_read=True)
    return {name: sum(getattr(shard, name).values()) for name in ("remaining", "held", "sold", "revenue")}


def drawers(who, event):
    return who.asks("GET", f"/events/{event['id']}/cash").body


def told():
    return sorted((one.kind, one.channel, one.which) for one in OutboxMessage.scan())


def test_a_cash_sale_is_complete_at_once(seller, event, safaricom):
    answer = sells(seller, event, 2)

    assert answer.status == 202
    said = {name: answer.body[name] for name in ("status", "payment_type", "amount", "payer_phone")}
    assert said == {"status": "Completed", "payment_type": "Cash", "amount": 4000, "payer_phone": ""}
    assert (answer.body["user_id"], answer.body["sold_by"]) == (seller.id, seller.id)
    assert (answer.body["receipt"], answer.body["notice"]) == (None, None)
    assert seats(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 4000}
    assert safaricom.prompts == []
    detail = seller.payment(answer.body)
    assert [ticket["status"] for ticket in detail["tickets"]] == ["valid", "valid"]
    assert all(ticket["code"] for ticket in detail["tickets"])
    assert detail["attempts"] == []
    (line,) = detail["ledger"]
    assert (line["kind"], line["amount"], line["attempt"], line["code"]) == ("received", 4000, 0, "Cash")
    assert audit.differences(Payment.scan()) == []


def test_a_cash_sale_counts_to_the_day_and_to_the_sellers_drawer(seller, event):
    sells(seller, event, 2)
    sells(seller, event, 1)

    (row,) = takings.read([stock.key(event["id"], 0)])
    assert (row.sold, row.revenue) == (3, 6000)
    (drawer,) = drawers(seller, event)
    assert drawer == {
        "seller_id": seller.id,
        "username": "kamau",
        "tickets": 3,
        "taken": 6000,
        "given_back": 0,
        "handed_over": 0,
        "in_hand": 6000,
        "cash_ups": 0,
        "currency": "KES",
    }


def test_organizers_and_admins_sell_too_and_nobody_else(seller, organizer, town, buyer, event):
    admin, other = town.admin(), town.organizer("njeri")

    said = {
        (name, kind): sells(who, event, payment_type=kind).status
        for name, who in {
            "the gate": seller,
            "its organizer": organizer,
            "an Admin": admin,
            "another organizer": other,
            "a buyer": buyer,
        }.items()
        for kind in ("Cash", "Complimentary")
    }

    assert {who for who, status in said.items() if status == 202} == {
        ("the gate", "Cash"),
        *((who, kind) for who in ("its organizer", "an Admin") for kind in ("Cash", "Complimentary")),
    }
    assert {status for status in said.values() if status != 202} == {403}


def test_who_may_not_sell_is_told_who_may(buyer, seller, event):
    assert "gate staff sell for cash" in sells(buyer, event).body["message"]
    assert (
        "organizers give tickets away" in sells(seller, event, payment_type="Complimentary").body["message"]
    )


def test_who_is_taken_off_the_gate_sells_no_more_at_once(seller, organizer, event):
    assert sells(seller, event).status == 202
    assert organizer.asks("DELETE", f"/events/{event['id']}/staff/{seller.id}").status == 204

    assert sells(seller, event).status == 403


def test_an_organizer_who_lost_the_role_gives_nothing_away_and_sees_no_cash_of_others(
    town, organizer, seller, event
):
    sells(seller, event)
    assert town.admin().asks("PATCH", f"/users/{organizer.id}", {"role_id": 3}).status == 200

    assert sells(organizer, event, payment_type="Complimentary").status == 403
    assert drawers(organizer, event) == []


def test_a_complimentary_ticket_costs_nothing_and_counts_nothing(organizer, event):
    answer = sells(organizer, event, 2, payment_type="Complimentary")

    assert (answer.status, answer.body["status"], answer.body["amount"]) == (202, "Completed", 0)
    assert [item["price"] for item in answer.body["items"]] == [0]
    assert seats(event) == {"remaining": 8, "held": 0, "sold": 2, "revenue": 0}
    assert drawers(organizer, event) == []
    assert [(line.kind, line.amount) for line in LedgerLine.scan()] == [("asked", 0)]
    assert len(organizer.payment(answer.body)["tickets"]) == 2
    assert audit.differences(Payment.scan()) == []


@pytest.mark.parametrize("kind", ["Cash", "Complimentary"])
def test_what_is_not_to_be_had_is_refused_as_ever(organizer, buyer, event, town, kind):
    draft = organizer.event(status="draft")
    cancelled = organizer.event()
    assert organizer.asks("POST", f"/events/{cancelled['id']}/cancel", {}).status == 200
    over = organizer.event(available_tickets=1)
    buyer.buys(over)

    answers = {
        "draft": sells(organizer, draft, payment_type=kind),
        "cancelled": sells(organizer, cancelled, payment_type=kind),
        "sold out": sells(organizer, over, payment_type=kind),
        "too many": sells(organizer, event, 11, payment_type=kind),
        "unknown type": sells(organizer, event, payment_type=kind, ticket_type="VIP"),
        "no event": sells(organizer, {"id": "nothing"}, payment_type=kind),
    }
    town.clock.passes(days=40)
    organizer.token = town.asks("POST", "/login", login("otieno")).body["token"]
    answers["over"] = sells(organizer, event, payment_type=kind)

    assert {why: (answer.status, answer.body["code"]) for why, answer in answers.items()} == {
        "draft": (404, "not_found"),
        "cancelled": (409, "sales_closed"),
        "sold out": (409, "sold_out"),
        "too many": (422, "validation_error"),
        "unknown type": (422, "validation_error"),
        "no event": (404, "not_found"),
        "over": (409, "sales_closed"),
    }
    assert answers["sold out"].body["available"] == {"regular": 0}


def test_early_booking_closes_for_cash_too(seller, event, town):
    assert sells(seller, event, ticket_type="early_booking").status == 202
    town.clock.passes(days=26)
    seller.token = town.asks("POST", "/login", login("kamau")).body["token"]

    answer = sells(seller, event, ticket_type="early_booking")

    assert (answer.status, answer.body["code"]) == (409, "sales_closed")
    assert sells(seller, event).status == 202


def login(name):
    return {"email": f"{name}@example.com", "_password_hash": "Tiketi@123"}


def test_m_pesas_limit_is_not_that_of_cash(organizer):
    dear = organizer.event(MVP_price=100_000, available_tickets=20)

    assert sells(organizer, dear, 9, ticket_type="MVP").body["amount"] == 900_000
    assert organizer.orders(dear, 9, ticket_type="MVP").status == 422


def test_a_key_sells_once_and_for_one_kind_of_payment(organizer, event):
    first = sells(organizer, event, 1, key="one", phone="0712345678")
    again = sells(organizer, event, 1, key="one", phone="0712345678")
    gift = sells(organizer, event, 1, "Complimentary", key="one", phone="0712345678")
    by_phone = organizer.orders(event, 1, key="one", phone="0712345678")

    assert first.body["id"] == again.body["id"]
    assert (gift.status, by_phone.status) == (422, 422)
    assert gift.body["code"] == by_phone.body["code"] == "idempotency_mismatch"
    assert seats(event)["sold"] == 1
    assert drawers(organizer, event)[0]["taken"] == 2000


def test_a_key_that_was_used_tells_of_its_sale_when_all_are_sold(organizer, seller):
    event = organizer.event(available_tickets=1)
    first = sells(organizer, event, key="one")

    assert sells(organizer, event, key="one").body["id"] == first.body["id"]
    assert sells(organizer, event, key="two").status == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"payment_type": "Card"}, "payment_type"),
        ({"payment_type": "cash"}, "payment_type"),
        ({"payment_type": None}, "payment_type"),
        ({"payment_type": "Cash", "phone": "12"}, "phone"),
        ({"payment_type": "Mpesa", "phone": None}, "phone"),
        ({"payment_type": "Mpesa", "phone": ""}, "phone"),
        ({"payment_type": "Cash", "quantity": -1}, "quantity"),
        ({"payment_type": "Cash", "quantity": 1.5}, "quantity"),
    ],
)
def test_a_wrong_field_is_named(organizer, event, body, field):
    answer = organizer.orders(event, **body)

    assert (answer.status, list(answer.body["fields"])) == (422, [field])
    assert seats(event)["sold"] == 0


def test_m_pesa_is_what_is_meant_where_nothing_is_said(buyer, event):
    answer = buyer.orders(event)

    assert (answer.body["payment_type"], answer.body["sold_by"]) == ("Mpesa", None)
    missing = buyer.asks("POST", "/payments", {"event_id": event["id"], "ticket_type": "MVP", "quantity": 1})
    assert missing.body["fields"] == {"phone": "This field is required."}


def test_nobody_can_ask_again_for_cash_or_cancel_it(seller, event, town):
    payment = sells(seller, event).body

    again = seller.asks("POST", "/lnmo", {"payment_id": payment["id"]})
    other_phone = seller.asks("POST", "/lnmo", {"payment_id": payment["id"], "phone": town.another_phone()})
    cancelled = seller.asks("DELETE", f"/payments/{payment['id']}")

    assert [one.body["code"] for one in (again, other_phone, cancelled)] == ["already_paid"] * 3
    assert seller.payment(payment)["status"] == "Completed"


def test_m_pesa_has_nothing_to_say_of_cash(seller, event, town):
    """Not even in a callback with a right token, which nobody was given."""
    from chalicelib.payments import settlement
    from chalicelib.payments.daraja.callbacks import Result

    payment = sells(seller, event).body
    before = Payment.get(payment["id"]).to_simple_dict()
    for attempt in (0, 1):
        result = Result(code="0", receipt="TKX1234567", amount=2000.0)
        settlement.settle(payment["id"], attempt, result, town.clock())
    town.clock.passes(minutes=10)
    town.reconciles()
    seller.payment(payment)

    assert Payment.get(payment["id"]).to_simple_dict() == before
    assert town.safaricom.queries == 0


def test_with_a_phone_each_ticket_goes_there_by_sms_and_the_seller_gets_no_mail(seller, event, town):
    town.post.sends_sms = True

    sells(seller, event, 2, phone="0733 000 111")
    town.posts()

    assert told() == [("tickets_issued", "sms", "1"), ("tickets_issued", "sms", "2")]
    letters = [one.letter for one in town.post.taken]
    assert [one.channel for one in town.post.taken] == ["sms", "sms"]
    assert {letter.phone for letter in letters} == {"254733000111"}
    assert sorted("Ticket 1 of 2" in letter.sms for letter in letters) == [False, True]
    assert all("/ticket.png?link=" in letter.sms for letter in letters)


def test_of_one_ticket_the_sms_says_just_that(seller, event, town):
    town.post.sends_sms = True

    sells(seller, event, phone="0733 000 111")
    town.posts()

    (one,) = town.post.taken
    assert "Your ticket: http" in one.letter.sms


def test_without_a_phone_nobody_is_told(seller, event):
    sells(seller, event, 2)

    assert told() == []


def test_without_a_way_to_send_sms_nothing_is_sent(seller, event, town):
    sells(seller, event, phone="0733 000 111")
    town.posts()

    assert town.post.taken == []
    assert [one.why for one in OutboxMessage.scan()] == ["no_way"]


def test_a_gift_can_go_by_sms_as_well(organizer, event, town):
    town.post.sends_sms = True

    sells(organizer, event, payment_type="Complimentary", phone="0733 000 111")
    town.posts()

    assert [one.letter.phone for one in town.post.taken] == ["254733000111"]


def test_a_seller_who_asks_for_the_tickets_gets_all_of_them_by_mail(seller, event, town):
    town.post.sends_sms = True
    payment = sells(seller, event, 2).body

    assert seller.asks("POST", f"/payments/{payment['id']}/messages").status == 202
    town.posts()

    (mail,) = town.post.taken
    assert (mail.channel, mail.letter.email) == ("email", "kamau@example.com")
    assert mail.letter.text.count("/ticket.png?link=") == 2


def test_lists_show_how_it_was_paid_and_organizers_see_the_phone_masked(seller, organizer, event, town):
    sells(seller, event, phone="0733000111")
    town.clock.passes(seconds=1)
    sells(seller, event)

    rows = organizer.asks("GET", "/payments").body
    assert [(row["payment_type"], row["payer_phone"], row["sold_by"]) for row in rows] == [
        ("Cash", "", seller.id),
        ("Cash", "2547•••••111", seller.id),
    ]
    assert [row["payer_phone"] for row in seller.asks("GET", "/payments").body] == ["", "2547•••••111"]


def test_the_csv_says_how_each_was_paid(seller, organizer, buyer, event, town):
    sells(seller, event)
    town.clock.passes(seconds=1)
    buyer.buys(event)

    rows = organizer.asks("GET", f"/events/{event['id']}/report.csv").raw.decode().splitlines()
    assert [row.rpartition(",")[2] for row in rows] == ["payment_type", "Cash", "Mpesa"]
    assert ",kamau,," in rows[1]


def test_a_free_ticket_may_be_handed_out_at_the_gate(town, organizer):
    free = organizer.event(regular_price=0)

    answer = sells(organizer, free)

    assert (answer.body["status"], answer.body["amount"]) == ("Completed", 0)
    (drawer,) = drawers(organizer, free)
    assert (drawer["tickets"], drawer["taken"]) == (1, 0)


def test_cash_is_sold_from_several_shards(organizer):
    event = organizer.sharded_event(3)

    assert sells(organizer, event, 2).status == 202
    assert sells(organizer, event, 1).status == 202
    assert sells(organizer, event, 1).body["code"] == "sold_out"
    assert drawers(organizer, event)[0]["taken"] == 6000


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets something happen between a seller's look at the stock and the sale."""

    def happens(what):
        look, left = selling.look_afresh, [what]

        def looked(*given):
            seen = look(*given)
            while left:
                left.pop()()
            return seen

        monkeypatch.setattr(selling, "look_afresh", looked)

    return happens


def test_the_last_seat_is_sold_once_to_whoever_was_first(seller, organizer, buyer, meanwhile):
    event = organizer.event(available_tickets=1)
    meanwhile(lambda: buyer.buys(event))

    answer = sells(organizer, event)

    assert (answer.status, answer.body["code"]) == (409, "sold_out")
    assert drawers(organizer, event) == []


def test_a_price_that_is_changed_meanwhile_counts(organizer, event, meanwhile):
    price = {"regular_price": 3000}
    meanwhile(lambda: organizer.asks("PATCH", f"/events/{event['id']}", price))

    assert sells(organizer, event).body["amount"] == 3000


def test_an_event_that_is_cancelled_meanwhile_sells_nothing(organizer, event, meanwhile):
    meanwhile(lambda: organizer.asks("POST", f"/events/{event['id']}/cancel", {}))

    assert sells(organizer, event).body["code"] == "sales_closed"


def test_one_key_sent_twice_at_once_sells_once(organizer, event, meanwhile):
    first = []
    meanwhile(lambda: first.append(sells(organizer, event, key="one").body["id"]))

    assert [sells(organizer, event, key="one").body["id"]] == first
    assert drawers(organizer, event)[0]["taken"] == 2000


def test_a_sale_that_was_written_though_its_answer_was_lost_is_told(organizer, event, monkeypatch):
    transact = selling.transact

    def loses_the_answer(fill, tries):
        transact(fill, tries)
        raise ConditionFailed

    monkeypatch.setattr(selling, "transact", loses_the_answer)

    assert sells(organizer, event).body["status"] == "Completed"
    assert drawers(organizer, event)[0]["taken"] == 2000


def test_the_last_seat_that_was_sold_after_all_is_not_sold_out_to_its_seller(organizer, monkeypatch):
    """DynamoDB was too busy, said so, and had written it."""
    event = organizer.event(available_tickets=1)
    transact, busy = selling.transact, [True]

    def says_that_it_is_busy(*given):
        transact(*given)
        if busy:
            busy.pop()
            raise StillColliding

    monkeypatch.setattr(selling, "transact", says_that_it_is_busy)

    assert sells(organizer, event).body["status"] == "Completed"
    assert drawers(organizer, event)[0]["taken"] == 2000
