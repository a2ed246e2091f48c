"""Orders with a promo code, and of events that have limits."""

import pytest

from chalicelib.catalog.models import Event
from chalicelib.core.dynamo import StillColliding
from chalicelib.offers import terms
from chalicelib.offers.models import PromoCode
from chalicelib.payments import purchase
from chalicelib.payments.models import Payment
from tests.actors import PHONE
from tests.offers.shop import CODE, counts, made, seen
from tests.payments.test_round_trips import counted


@pytest.fixture
def event(organizer):
    return organizer.event(regular_price=2000, MVP_price=5000, available_tickets=50)


def by_code(person, event, n=1, **more):
    return person.orders(event, n, **{"promo_code": CODE} | more)


# What it costs


def test_a_code_makes_each_ticket_cheaper_and_counts_it(town, buyer, organizer, event, safaricom):
    made(organizer, event, amount_off=500, max_tickets=10)

    payment = by_code(buyer, event, 2).body

    assert (payment["amount"], payment["discount"], payment["promo_code"]) == (3000, 1000, CODE)
    assert payment["items"][0]["price"] == 1500
    assert safaricom.prompts[-1].amount == 3000
    assert seen(organizer, event) == (2, 8)
    safaricom.calls_back(0)
    assert buyer.payment(payment)["status"] == "Completed"
    assert seen(organizer, event) == (2, 8)


def test_a_code_may_be_written_in_any_case(buyer, organizer, event):
    made(organizer, event)

    assert by_code(buyer, event, promo_code=" jazz-20 ").body["promo_code"] == CODE


@pytest.mark.parametrize("code", ["", None])
def test_an_empty_code_is_none(buyer, event, code):
    payment = by_code(buyer, event, promo_code=code).body

    assert (payment["amount"], payment["discount"], payment["promo_code"]) == (2000, 0, None)


def test_a_code_is_for_its_types_only_and_counts_no_others(buyer, organizer, event):
    made(organizer, event, percent_off=10, max_tickets=10, ticket_types=["regular"])
    items = [{"ticket_type": "regular", "quantity": 3}, {"ticket_type": "MVP", "quantity": 2}]

    payment = by_code(buyer, event, items=items).body

    assert (payment["amount"], payment["discount"]) == (3 * 1800 + 2 * 5000, 600)
    assert seen(organizer, event) == (3, 7)


def test_nothing_left_to_pay_completes_at_once(buyer, organizer, event, safaricom):
    made(organizer, event, amount_off=9000, max_tickets=10)

    payment = by_code(buyer, event, 2).body

    assert (payment["status"], payment["amount"], payment["discount"]) == ("Completed", 0, 4000)
    assert safaricom.prompts == []
    assert len(buyer.tickets()) == 2
    assert seen(organizer, event) == (2, 8)


def test_an_order_too_dear_for_m_pesa_may_be_cheap_enough_with_a_code(buyer, organizer):
    event = organizer.event(regular_price=200_000)
    made(organizer, event, percent_off=30)

    assert by_code(buyer, event, 2, promo_code=None).status == 422
    assert by_code(buyer, event, 1).body["amount"] == 140_000


# What a buyer is told


def refused(answer, status, code):
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body["fields"]["promo_code"]


@pytest.mark.parametrize("code", ["NONE-SUCH", "x", "ß" * 5, "JAZZ#20#0", "a" * 60])
def test_a_code_that_is_not_there_tells_nothing_else(buyer, organizer, event, code):
    made(organizer, organizer.event(), "NONE-SUCH")  # of another event

    told = refused(by_code(buyer, event, promo_code=code), 422, "validation_error")

    assert told == "There is no such code for this event."
    assert counts() == {}


@pytest.mark.parametrize("code", [7, ["JAZZ-20"], "a" * 65])
def test_what_cannot_be_a_code_is_a_wrong_field(buyer, event, code):
    refused(by_code(buyer, event, promo_code=code), 422, "validation_error")


def test_a_code_counts_in_its_time(buyer, organizer, event, clock):
    times = {"starts_at": "2026-11-24T10:00:00Z", "ends_at": "2026-11-24T11:00:00Z"}
    made(organizer, event, **times)

    early = refused(by_code(buyer, event), 422, "validation_error")
    clock.passes(hours=1)
    assert by_code(buyer, event).status == 202
    clock.passes(hours=1)
    late = refused(by_code(buyer, event), 422, "validation_error")

    assert "from 2026-11-24 13:00:00+03:00" in early
    assert "until 2026-11-24 14:00:00+03:00" in late


def test_a_code_that_has_ended_counts_no_more_and_what_it_sold_stays(buyer, organizer, event, safaricom):
    made(organizer, event)
    payment = by_code(buyer, event).body
    organizer.asks("DELETE", f"/events/{event['id']}/promo-codes/{CODE}")

    told = refused(by_code(buyer, event), 422, "validation_error")
    safaricom.calls_back(0)

    assert "does not count any more" in told
    assert buyer.payment(payment)["status"] == "Completed"
    assert seen(organizer, event) == (1, None)


def test_a_code_for_other_types_says_which(buyer, organizer, event):
    made(organizer, event, ticket_types=["MVP"])

    assert "for MVP tickets" in refused(by_code(buyer, event), 422, "validation_error")


def test_a_code_is_used_up_after_so_many_tickets(buyer, organizer, event):
    made(organizer, event, max_tickets=5)
    by_code(buyer, event, 3)

    answer = by_code(buyer, event, 3)
    told = refused(answer, 409, "conflict")
    assert by_code(buyer, event, 2).status == 202
    gone = refused(by_code(buyer, event), 409, "conflict")

    assert (told[:27], answer.body["left"]) == ("Only 2 tickets are left by ", 2)
    assert gone == "No tickets are left by this code; choose fewer, or order without it."
    assert seen(organizer, event) == (5, 0)


def test_a_code_is_used_up_for_one_and_not_for_others(town, buyer, organizer, event):
    made(organizer, event, max_per_customer=2, ticket_types=["regular"])
    by_code(buyer, event, 1)
    items = [{"ticket_type": "regular", "quantity": 1}, {"ticket_type": "MVP", "quantity": 4}]

    answer = by_code(buyer, event, 2)
    told = refused(answer, 409, "conflict")
    assert by_code(buyer, event, items=items).status == 202  # only the regular one counts
    assert by_code(town.signs_up("zuhura"), event, 2).status == 202

    assert (told[:16], answer.body["left"]) == ("Only 1 tickets m", 1)
    assert counts() == {CODE: 4, f"{CODE} by": 4}


# Idempotency


def test_the_code_is_part_of_the_request_that_a_key_is_for(buyer, organizer, event):
    made(organizer, event)
    made(organizer, event, "OTHER")
    first = by_code(buyer, event, key="k", phone=PHONE).body

    same = by_code(buyer, event, key="k", phone=PHONE, promo_code="jazz-20")
    without = by_code(buyer, event, key="k", phone=PHONE, promo_code=None)
    other = by_code(buyer, event, key="k", phone=PHONE, promo_code="OTHER")

    assert same.body["id"] == first["id"]
    assert {without.body["code"], other.body["code"]} == {"idempotency_mismatch"}
    assert seen(organizer, event) == (1, None)


# Shares


def test_a_code_of_an_event_in_shards_lies_in_shares_and_the_last_ticket_is_found(buyer, organizer):
    event = organizer.sharded_event(800)
    made(organizer, event, max_tickets=104)
    code = PromoCode.get(event["id"], CODE)
    assert code.shares == 3

    for _ in range(13):
        assert by_code(buyer, event, 8).status == 202

    assert seen(organizer, event) == (104, 0)
    assert by_code(buyer, event).status == 409
    used = {one: n for one, n in counts().items() if one == CODE}
    assert used == {CODE: 104}


def test_orders_from_other_shards_are_counted_in_other_shares(buyer, organizer):
    event = organizer.sharded_event(800)
    made(organizer, event)

    shares = set()
    for _ in range(30):
        (hold,) = Payment.get(by_code(buyer, event).body["id"]).holds
        assert hold.share == hold.shard % 5
        shares.add(int(hold.share))

    assert len(shares) > 2


def test_two_who_want_the_last_ticket_at_once(town, buyer, organizer, event, monkeypatch):
    """The second one's count was read before the first had ordered."""
    made(organizer, event, max_tickets=1)
    agree, others = terms.agree, [town.signs_up("zuhura")]
    first = []

    def late(*given):
        agreed = agree(*given)
        if others:
            first.append(by_code(others.pop(), event))
        return agreed

    monkeypatch.setattr(terms, "agree", late)
    answer = by_code(buyer, event)

    assert (first[0].status, answer.status) == (202, 409)
    assert seen(organizer, event) == (1, 0)


@pytest.mark.parametrize("few", [{"max_per_customer": 2}, {"available_tickets": 2}])
def test_an_order_that_was_written_after_all_does_not_stand_in_its_own_way(
    buyer, organizer, monkeypatch, few
):
    """DynamoDB was too busy, said so, and had written it; nothing tells but the payment: it is free."""
    event = organizer.event(regular_price=0, **few)
    transact, busy = purchase.transact, [True]

    def says_that_it_is_busy(*given):
        transact(*given)
        if busy:
            busy.pop()
            raise StillColliding

    monkeypatch.setattr(purchase, "transact", says_that_it_is_busy)

    answer = buyer.orders(event, 2)

    assert (answer.status, answer.body.get("status")) == (202, "Completed")
    assert len(buyer.tickets()) == 2
    assert counts() == ({"customer": 2} if "max_per_customer" in few else {})
    assert buyer.orders(event, 1).status == 409


# Limits of an event


def test_one_person_may_have_so_many_tickets_of_an_event(town, buyer, organizer, event):
    limited = organizer.event(max_per_customer=3)
    buyer.buys(limited, 2)

    answer = buyer.orders(limited, 2)
    assert buyer.orders(limited, 1).status == 202
    assert town.signs_up("zuhura").orders(limited, 3).status == 202
    assert buyer.orders(event, 5).status == 202  # another event

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert answer.body["fields"] == {
        "quantity": "One person may have 3 tickets of this event; you can have 1 more."
    }
    assert counts() == {"customer": 6}


def test_one_phone_may_pay_for_so_many_tickets_whoever_buys(town, buyer, organizer, clock):
    limited = organizer.event(max_per_phone=3)
    buyer.buys(limited, 2, phone=PHONE)
    clock.passes(seconds=400)

    answer = town.signs_up("zuhura").orders(limited, 2, phone="+254 712 345 678")

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert set(answer.body["fields"]) == {"phone"}
    assert " 1 " not in answer.body["message"]  # what a stranger bought is nobody else's business
    assert counts() == {"phone": 2}


def test_a_phone_that_is_asked_for_nothing_is_not_counted(organizer, buyer, event):
    """Else anybody could use a stranger's number up, by free orders."""
    free = organizer.event(regular_price=0, MVP_price=500, max_per_phone=2)

    buyer.buys(free, 2, phone="254712000009")
    buyer.buys(free, 2, phone="254712000009")

    assert buyer.orders(free, 2, ticket_type="MVP", phone="254712000009").status == 202


def test_both_limits_are_told_at_once(buyer, organizer):
    limited = organizer.event(max_per_customer=3, max_per_phone=2)

    answer = buyer.orders(limited, 4)

    assert (answer.status, set(answer.body["fields"])) == (409, {"quantity", "phone"})


def test_an_order_with_a_code_counts_for_the_events_limits_too(buyer, organizer):
    limited = organizer.event(max_per_customer=3, max_per_phone=9)
    made(organizer, limited, max_tickets=10, max_per_customer=5)

    by_code(buyer, limited, 2)

    assert counts() == {CODE: 2, f"{CODE} by": 2, "customer": 2, "phone": 2}
    assert by_code(buyer, limited, 2).body["fields"].keys() == {"quantity"}


@pytest.mark.parametrize("wrong", [0, -1, 2.5, 10**20, "many", True])
def test_limits_are_whole_numbers_from_one(organizer, event, wrong):
    limits = {"max_per_customer": wrong, "max_per_phone": wrong}

    answer = organizer.asks("PATCH", f"/events/{event['id']}", limits)

    assert (answer.status, set(answer.body["fields"])) == (422, set(limits))


def test_a_limit_is_set_changed_and_taken_away(buyer, organizer, event):
    path = f"/events/{event['id']}"

    def limit(most):
        answer = organizer.asks("PATCH", path, {"max_per_customer": most})
        assert (answer.status, answer.body["max_per_customer"]) == (200, most or None)
        return answer.body

    buyer.buys(event, 5)  # before: it is not counted
    echo = limit(2)
    assert buyer.orders(event, 3).status == 409
    assert buyer.orders(event, 2).status == 202
    assert organizer.asks("PATCH", path, echo).body["max_per_customer"] == 2
    limit(3)
    assert [buyer.orders(event, n).status for n in (2, 1)] == [409, 202]
    limit("")
    assert buyer.orders(event, 9).status == 202
    assert counts() == {"customer": 3}


def test_a_limit_that_is_set_while_somebody_orders_counts_for_that_order(
    town, buyer, organizer, event, monkeypatch
):
    buyer.buys(event)  # this container knows the event for some seconds
    agree, edited = terms.agree, []

    def late(*given):
        agreed = agree(*given)
        if not edited:
            edited.append(organizer.asks("PATCH", f"/events/{event['id']}", {"max_per_phone": 1}))
        return agreed

    monkeypatch.setattr(terms, "agree", late)

    assert buyer.orders(event, 2).status == 409
    assert Event.get(event["id"]).max_per_phone == 1


# Costs


def test_only_who_has_a_code_or_buys_what_has_a_limit_pays_for_it(buyer, organizer, event, monkeypatch):
    made(organizer, event, max_tickets=10)
    limited = organizer.event(max_per_customer=5, max_per_phone=5)
    for one in (event, limited):
        buyer.buys(one)

    def calls(order):
        with counted(monkeypatch) as made_now:
            assert order().status == 202
        return made_now

    usual = ["GetItem", "BatchGetItem", "TransactWriteItems", "UpdateItem"]
    assert calls(lambda: buyer.orders(event)) == usual
    assert calls(lambda: buyer.orders(limited)) == [*usual[:2], "BatchGetItem", *usual[2:]]
    assert calls(lambda: by_code(buyer, event)) == [*usual[:2], "GetItem", "BatchGetItem", *usual[2:]]


def test_a_plain_order_writes_nothing_of_codes_and_limits(buyer, event):
    stored = Payment.get(buyer.buys(event)["id"]).serialize()

    assert not {"promo_code", "discount", "counted"} & stored.keys()
    assert "share" not in stored["holds"]["L"][0]["M"]
    assert counts() == {}
