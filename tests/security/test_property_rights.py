"""Fields that a form has, but not for everybody: whose roles, whose event, at what price."""

import pytest

from chalicelib.accounts.models import User


@pytest.mark.parametrize("sent", [{"role_id": 1}, {"role_ids": [1]}, {"role_ids": [3, 1]}, {"role_id": "1"}])
def test_nobody_gives_themself_a_role(town, buyer, sent):
    answer = buyer.asks("PATCH", f"/users/{buyer.id}", {"username": "amina w"} | sent)

    assert answer.status in (403, 422)
    assert list(User.get(buyer.id).role_ids) == [3]
    assert buyer.asks("GET", "/users").status == 403


def test_an_organizer_gives_no_event_to_somebody_else(town, organizer, buyer):
    made = organizer.event(user_id=buyer.id)
    assert made["user_id"] == organizer.id

    organizer.asks("PATCH", f"/events/{made['id']}", {"user_id": buyer.id, "organizer_ids": [buyer.id]})

    seen = organizer.asks("GET", f"/events/{made['id']}").body
    assert (seen["user_id"], seen["organizer_ids"]) == (organizer.id, [organizer.id])


def test_a_buyer_does_not_set_the_price(organizer, buyer, safaricom):
    event = organizer.event()
    prices = dict.fromkeys(("amount", "price", "regular_price", "total", "discount", "unit_price"), 1)

    payment = buyer.buys(event, 2, **prices)
    by_items = buyer.buys(
        event, items=[{"ticket_type": "regular", "quantity": 2, "price": 1, "amount": 1}], ticket_type=None
    )

    assert (payment["amount"], by_items["amount"]) == (4_000, 4_000)
    assert [prompt.amount for prompt in safaricom.prompts] == [4_000, 4_000]


@pytest.mark.parametrize("kind", ["Cash", "Complimentary"])
def test_a_buyer_does_not_sell_to_themself_for_nothing(organizer, buyer, kind):
    answer = buyer.orders(organizer.event(), payment_type=kind)

    assert answer.status in (403, 404)
    assert buyer.tickets() == []


def test_no_event_sells_what_it_has_not(organizer):
    """Numbers that follow from others are not taken from a form."""
    event = organizer.event(available_tickets=10)
    sent = {"available_tickets_read": 10, "quotas_read": {}, "status": "past", "sold": 0, "held": -5}

    organizer.asks("PATCH", f"/events/{event['id']}", sent)

    seen = organizer.asks("GET", f"/events/{event['id']}").body
    assert (seen["capacity"], seen["available_tickets"], seen["status"]) == (10, 10, "published")


def test_a_cursor_of_one_person_is_none_of_another(town, organizer, buyer):
    event = organizer.event()
    for _ in range(2):
        buyer.buys(event)
    following = buyer.asks("GET", "/payments?limit=1").header("Link").partition("<")[2].partition(">")[0]

    assert buyer.asks("GET", f"/payments{following}").status == 200
    assert town.signs_up("stranger").asks("GET", f"/payments{following}").status == 422
