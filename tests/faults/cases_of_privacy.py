"""Leaving and being forgotten."""

from typing import Any
from unittest.mock import patch

from chalicelib.payments.models import Payment
from chalicelib.privacy import ageing, erasing, walking
from chalicelib.privacy.models import Erasure
from tests.actors import Person
from tests.faults.cases_of_cash import a_cash_sale
from tests.faults.cases_of_refunds import a_paid_order
from tests.faults.use_case import UseCase
from tests.faults.world import World

#: The phone of a customer at the gate.
CUSTOMER = "254733000111"


def leaves(world: World) -> Any:
    return world.buyer.asks("DELETE", f"/users/{world.buyer.id}?give_up_tickets=true")


def has_left(world: World) -> bool:
    """Who got no answer tries again, and may hear that there is no such log-in any more."""
    return leaves(world).status in (204, 401) and is_forgotten(world)


def is_forgotten(world: World) -> bool:
    world.clock.passes(minutes=1)
    return bool(Erasure.get(world.buyer.id, consistent_read=True).done_at)


def has_a_message_out(world: World) -> None:
    a_paid_order(world)
    world.town.posts()


def whose_event_is_over(world: World) -> None:
    """Until then the phone stays."""
    has_a_message_out(world)
    is_over(world, world.buyer, "amina")


def is_over(world: World, person: Person, name: str) -> None:
    """That is longer than a log-in."""
    world.clock.passes(days=60)
    login = {"email": f"{name}@example.com", "password": "Tiketi@123"}
    person.token = world.town.asks("POST", "/login", login).body["token"]


def who_left(world: World) -> None:
    whose_event_is_over(world)
    assert leaves(world).status == 204
    world.clock.passes(minutes=2)


def a_customer_without_account(world: World) -> None:
    """Their event is over too."""
    a_cash_sale(world)
    world.town.posts()
    is_over(world, world.admin, "wanjiru")


def asks_for_the_phone(world: World) -> Any:
    return world.admin.asks("POST", "/erasures", {"phone": CUSTOMER})


def phone_is_gone(world: World) -> bool:
    world.clock.passes(minutes=1)
    return not any(CUSTOMER in str(one.to_simple_dict()) for one in Payment.scan())


def a_phone_to_forget(world: World) -> None:
    a_customer_without_account(world)
    assert asks_for_the_phone(world).status == 202
    world.clock.passes(minutes=2)


def years_later(world: World) -> None:
    has_a_message_out(world)
    world.clock.at = world.clock.at.replace(year=2032, month=12)


def goes_through_this_month(world: World) -> None:
    """Months of which nothing was sold are not gone through: each is a query that may die."""
    with patch.object(walking, "FIRST_MONTH", "2026-11"):
        erasing.go_on(world.clock)


def takes_old_phones_off(world: World) -> None:
    with patch.object(walking, "FIRST_MONTH", "2026-11"):
        ageing.go_on(world.clock)


CASES = [
    UseCase("leaving", whose_event_is_over, leaves, has_left),
    UseCase("forgetting who left", who_left, lambda world: erasing.go_on(world.clock), is_forgotten),
    UseCase(
        "asking for a phone to be forgotten",
        a_customer_without_account,
        asks_for_the_phone,
        lambda world: asks_for_the_phone(world).status == 202 and phone_is_gone(world),
    ),
    UseCase("forgetting a phone", a_phone_to_forget, goes_through_this_month, phone_is_gone),
    UseCase(
        "phones that are old enough",
        years_later,
        takes_old_phones_off,
        lambda world: not any(one.payer_phone for one in Payment.scan()),
    ),
]
