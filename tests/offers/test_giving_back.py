"""What gives seats back gives counts back with them, and what takes them again counts them again."""

import pytest

from chalicelib.offers import counting
from chalicelib.payments.daraja.answers import NotSent, Why
from chalicelib.payments.models import Payment
from tests.actors import PHONE
from tests.offers.shop import CODE, counts, made

OTHER_PHONE = "254712000009"


@pytest.fixture
def event(organizer):
    event = organizer.event(available_tickets=10, max_per_customer=4, max_per_phone=4)
    made(organizer, event, amount_off=500, max_tickets=6, max_per_customer=4)
    return event


@pytest.fixture
def payment(buyer, event):
    return buyer.buys(event, 3, promo_code=CODE, phone=PHONE)


def of(n):
    return {CODE: n, f"{CODE} by": n, "customer": n, "phone": n} if n else {}


def asks_again(buyer, payment, **more):
    return buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]} | more)


def cancels(buyer, payment):
    assert buyer.asks("DELETE", f"/payments/{payment['id']}").status == 200


# Giving back


def test_a_refused_prompt_gives_back(payment, safaricom):
    assert counts() == of(3)

    safaricom.calls_back(1032)
    safaricom.calls_back(1032)

    assert counts() == of(0)


def test_a_hold_that_runs_out_gives_back(town, payment, safaricom, clock):
    safaricom.query_says = {}
    for _ in range(4):
        clock.passes(seconds=301)
        town.reconciles()

    assert Payment.get(payment["id"]).status == "Expired"
    assert counts() == of(0)


def test_a_cancelled_order_gives_back_once(buyer, payment):
    cancels(buyer, payment)
    cancels(buyer, payment)

    assert counts() == of(0)


def test_a_push_that_was_not_sent_gives_back(buyer, event, safaricom):
    safaricom.next_pushes = [NotSent(Why.REFUSED, "by the test")]

    assert buyer.orders(event, 3, promo_code=CODE).status == 502
    assert counts() == of(0)


def test_a_cancelled_event_gives_back_what_is_held_and_sold(
    town, buyer, organizer, event, payment, safaricom
):
    safaricom.calls_back(0)
    town.signs_up("zuhura").buys(event, 2, promo_code=CODE)
    assert counts() == of(5)

    organizer.asks("POST", f"/events/{event['id']}/cancel", {})
    town.unwinds()

    assert counts() == of(0)


def test_a_free_order_of_a_cancelled_event_gives_back(town, buyer, organizer):
    event = organizer.event(max_per_customer=4)
    made(organizer, event, percent_off=100, max_tickets=6)
    payment = buyer.buys(event, 2, promo_code=CODE)
    assert counts() == {CODE: 2, "customer": 2}

    organizer.asks("POST", f"/events/{event['id']}/cancel", {})
    town.unwinds()

    assert Payment.get(payment["id"]).status == "Refunded"
    assert counts() == {}


def test_a_refund_gives_back_and_a_part_of_it_a_part(buyer, organizer, payment, safaricom):
    safaricom.calls_back(0)
    by_hand = {"reason": "Rain.", "method": "manual", "reference": "SKT7AB12CD"}
    path = f"/payments/{payment['id']}/refund"

    part = organizer.asks("POST", path, by_hand | {"tickets": [f"{payment['id']}02"]})
    after_part = counts()
    whole = organizer.asks("POST", path, by_hand)

    assert (part.body["refunded_amount"], whole.body["refunded_amount"]) == (1500, 4500)
    assert (after_part, counts()) == (of(2), of(0))


def test_a_part_without_a_discount_gives_nothing_back_to_the_code(buyer, organizer, safaricom):
    event = organizer.event(MVP_price=5000, max_per_customer=9)
    made(organizer, event, ticket_types=["regular"])
    items = [{"ticket_type": "MVP", "quantity": 2}, {"ticket_type": "regular", "quantity": 2}]
    payment = buyer.buys(event, items=items, promo_code=CODE)
    safaricom.calls_back(0)
    (ticket, _) = [one for one in buyer.payment(payment)["tickets"] if one["ticket_type"] == "MVP"]

    form = {"reason": "Rain.", "method": "manual", "reference": "SKT7AB12CD", "tickets": [ticket["id"]]}
    answer = organizer.asks("POST", f"/payments/{payment['id']}/refund", form)

    assert answer.body["refunded_amount"] == 5000
    assert counts() == {CODE: 2, "customer": 3}


def test_seats_of_an_order_in_two_shares_come_back_one_by_one(buyer, organizer, safaricom):
    """And each to the share that had counted it."""
    event = organizer.sharded_event(800)
    made(organizer, event, max_tickets=51)
    for n in (8, 8, 8, 8, 8, 8):
        buyer.buys(event, n, promo_code=CODE)
    payment = buyer.buys(event, 3, promo_code=CODE)
    safaricom.calls_back(0)
    holds = Payment.get(payment["id"]).holds
    assert sorted(int(hold.n) for hold in holds) in ([1, 2], [3])

    by_hand = {"reason": "Rain.", "method": "manual", "reference": "SKT7AB12CD"}
    for number in ("01", "02", "03"):
        form = by_hand | {"tickets": [f"{payment['id']}{number}"]}
        assert organizer.asks("POST", f"/payments/{payment['id']}/refund", form).status == 202

    assert counts() == {CODE: 48}


# Asking again


def test_a_new_attempt_counts_again_at_the_price_of_then(buyer, organizer, event, payment, safaricom):
    safaricom.calls_back(1032)
    organizer.asks("PATCH", f"/events/{event['id']}", {"regular_price": 9000})

    again = asks_again(buyer, payment)

    assert (again.status, again.body["amount"]) == (202, 4500)
    assert counts() == of(3)
    safaricom.calls_back(0, receipt="TKX7654321")
    assert counts() == of(3)


def test_a_new_attempt_finds_the_code_used_up(town, buyer, event, payment, safaricom):
    safaricom.calls_back(1032)
    town.signs_up("zuhura").buys(event, 4, promo_code=CODE)

    answer = asks_again(buyer, payment)

    assert (answer.status, answer.body["code"], answer.body["left"]) == (409, "conflict", 2)
    assert counts() == of(4)


def test_a_new_attempt_finds_the_persons_limit_reached(buyer, event, payment, safaricom):
    safaricom.calls_back(1032)
    buyer.buys(event, 2)

    answer = asks_again(buyer, payment)

    assert (answer.status, set(answer.body["fields"])) == (409, {"quantity"})


def test_a_new_attempt_counts_for_its_own_phone(town, buyer, event, payment, safaricom):
    safaricom.calls_back(1032)
    town.signs_up("zuhura").buys(event, 2, phone=OTHER_PHONE)
    safaricom.calls_back(0, receipt="TKX7654321")

    refused = asks_again(buyer, payment, phone=OTHER_PHONE)
    taken = asks_again(buyer, payment, phone="254712000010")

    assert (refused.status, set(refused.body["fields"])) == (409, {"phone"})
    assert taken.status == 202
    counted = Payment.get(payment["id"]).counted
    assert counting.of_phone(event["id"], "254712000010") in counted
    assert not any("712000010" in key for key in counted)
    safaricom.calls_back(1032)
    assert counts() == {"customer": 2, "phone": 2}


def test_a_new_attempt_with_a_code_that_has_ended_is_refused(buyer, organizer, event, payment, safaricom):
    safaricom.calls_back(1032)
    organizer.asks("DELETE", f"/events/{event['id']}/promo-codes/{CODE}")

    answer = asks_again(buyer, payment)

    assert (answer.status, set(answer.body["fields"])) == (422, {"promo_code"})
    assert counts() == of(0)


def test_limits_that_were_taken_away_are_forgotten_by_the_next_attempt(
    buyer, organizer, event, payment, safaricom
):
    safaricom.calls_back(1032)
    nothing = {"max_per_customer": "", "max_per_phone": ""}
    organizer.asks("PATCH", f"/events/{event['id']}", nothing)

    assert asks_again(buyer, payment).status == 202
    assert counts() == {CODE: 3, f"{CODE} by": 3}
    cancels(buyer, payment)
    assert counts() == {}


def test_two_new_attempts_and_the_last_ticket_of_a_code(town, buyer, organizer, safaricom):
    event = organizer.event()
    made(organizer, event, max_tickets=1)
    payments = []
    for name in ("zuhura", "baraka"):
        person = town.signs_up(name)
        payments.append((person, person.buys(event, promo_code=CODE)))
        safaricom.calls_back(1032)

    answers = [asks_again(*one).status for one in payments]

    assert answers == [202, 409]
    assert counts() == {CODE: 1}


# Late money


def test_late_money_is_honoured_and_the_code_may_go_past_its_limit(
    town, buyer, organizer, event, payment, safaricom
):
    cancels(buyer, payment)
    town.signs_up("zuhura").buys(event, 4, promo_code=CODE)

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert counts()[CODE] == 7
    (code,) = organizer.asks("GET", f"/events/{event['id']}/promo-codes").body
    assert (code["used"], code["left"]) == (7, 0)


def test_late_money_may_go_past_a_persons_limit(buyer, event, payment, safaricom):
    cancels(buyer, payment)
    buyer.buys(event, 4)

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert counts() == {CODE: 3, f"{CODE} by": 3, "customer": 7, "phone": 7}


def test_late_money_that_finds_other_seats_is_counted_as_before(town, buyer, organizer, safaricom):
    event = organizer.sharded_event(8)
    made(organizer, event)
    payment = buyer.buys(event, 2, promo_code=CODE)
    held = Payment.get(payment["id"])
    cancels(buyer, payment)
    other = town.signs_up("zuhura")
    while other.orders(event, 1).status == 202:
        pass
    path = f"/events/{event['id']}"
    assert organizer.asks("PATCH", path, {"capacity": 20}).status == 200

    safaricom.calls_back(0, prompt=0)

    now = Payment.get(payment["id"])
    assert now.status == "Completed"
    assert {int(hold.share) for hold in now.holds} <= {int(hold.share) for hold in held.holds}
    assert counts() == {CODE: 2}


def test_late_money_without_seats_counts_nothing(town, buyer, organizer, safaricom):
    event = organizer.event(available_tickets=3)
    made(organizer, event)
    payment = buyer.buys(event, 3, promo_code=CODE)
    cancels(buyer, payment)
    town.signs_up("zuhura").buys(event, 3)

    safaricom.calls_back(0, prompt=0)

    assert buyer.payment(payment)["status"] == "RefundDue"
    assert counts() == {}
