"""Letters: sending, giving up, sending again."""

from typing import Any

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.queues import DELIVERIES
from chalicelib.delivery import claims
from chalicelib.delivery.outcomes import Refused, Unknown
from tests.faults.cases_of_refunds import a_paid_order
from tests.faults.use_case import UseCase
from tests.faults.world import World


def a_message_that_waits(world: World, refused: int = 0) -> None:
    """Tickets to be told by e-mail and SMS."""
    world.town.post.sends_sms = True
    world.town.post.next_outcomes = [Refused("throttled")] * refused
    a_paid_order(world)


def a_message_that_is_due(world: World) -> None:
    a_message_that_waits(world)
    world.town.forgets_deliveries()
    world.clock.passes(seconds=60)


def a_claim_that_is_over(world: World) -> None:
    """Its process died before it sent."""
    a_message_that_waits(world)
    (message,) = OutboxMessage.scan()
    assert claims.claim(message, "a•••••@example.com", (), world.clock())
    world.clock.passes(seconds=60)


def a_message_that_is_unknown(world: World) -> None:
    a_message_that_waits(world)
    world.admin = world.town.admin()
    world.town.post.next_outcomes = [Unknown("no answer")]
    while world.works_off(DELIVERIES):
        pass
    told = world.buyer.asks("GET", f"/payments/{world.payment['id']}/messages").body
    (world.message,) = [one for one in told if one["status"] == "unknown"]


def resends(world: World) -> Any:
    return world.admin.asks("POST", f"/messages/{world.message['id']}/resend")


def is_resent(world: World) -> bool:
    """An Admin who got no answer presses the button again, and may be told that it is under way."""
    return resends(world).status in (202, 409)


def asks_for_tickets(world: World) -> Any:
    return world.buyer.asks("POST", f"/payments/{world.payment['id']}/messages")


def asks_for_tickets_until_they_come(world: World) -> bool:
    return asks_for_tickets(world).status in (202, 429)


def forgets_the_password(world: World) -> Any:
    return world.town.asks("POST", "/password-resets", {"email": "amina@example.com"})


CASES = [
    UseCase("delivery", a_message_that_waits, lambda world: world.works_off(DELIVERIES)),
    UseCase(
        "delivery, refused at first",
        lambda world: a_message_that_waits(world, refused=2),
        lambda world: world.works_off(DELIVERIES),
    ),
    UseCase("looking after the outbox", a_message_that_is_due, lambda world: world.town.mends()),
    UseCase("giving up a claim", a_claim_that_is_over, lambda world: world.town.mends()),
    UseCase("sending by hand", a_message_that_is_unknown, resends, is_resent),
    UseCase(
        "asking for the tickets again",
        a_message_that_waits,
        asks_for_tickets,
        asks_for_tickets_until_they_come,
    ),
    UseCase("a forgotten password", lambda world: None, forgets_the_password),
]
