"""Orders by a promo code, and under limits."""

from typing import Any

from chalicelib.core.queues import STK_RESULTS
from tests.faults.cases_of_orders import an_event, asks_again, asks_until_it_is_taken, cancels
from tests.faults.cases_of_refunds import refunds_a_part
from tests.faults.use_case import UseCase
from tests.faults.world import World

CODE = "JAZZ-20"


def an_event_with_a_code(world: World) -> None:
    """Five seats; three tickets by the code, and as many for one person and one phone."""
    world.event = world.organizer.event(available_tickets=5, max_per_customer=3, max_per_phone=3)
    form = {"code": CODE, "amount_off": 500, "max_tickets": 3, "max_per_customer": 3}
    path = f"/events/{world.event['id']}/promo-codes"
    assert world.organizer.asks("POST", path, form).status == 201


def orders_by_code(world: World) -> Any:
    phone = {"phone": "254712000001"}
    world.answer = world.buyer.orders(world.event, 2, key="the-order", promo_code=CODE, **phone)
    return world.answer


def is_ordered_by_code(world: World) -> bool:
    """Their own order never stands in their way."""
    return orders_by_code(world).status == 202


def an_order_by_code(world: World, fate: Any = "pays", *, worked_off: bool = True) -> None:
    an_event_with_a_code(world)
    world.bank.fate = fate
    assert orders_by_code(world).status == 202
    world.payment = world.answer.body
    world.bank.customers_answer()
    world.bank.calls_back()
    if worked_off:
        world.works_off(STK_RESULTS)
    world.tickets = [one["id"] for one in world.buyer.payment(world.payment)["tickets"]]


def a_failed_order_by_code(world: World) -> None:
    an_order_by_code(world, "refuses")
    world.bank.fate = "pays"


def late_money_by_a_code_that_is_used_up(world: World) -> None:
    """Cancelled, the code used up by another; then it is paid after all, and there are seats."""
    an_event_with_a_code(world)
    assert orders_by_code(world).status == 202
    world.payment = world.answer.body
    assert cancels(world).status == 200
    world.other.buys(world.event, 3, promo_code=CODE)
    world.bank.customers_answer()
    world.bank.calls_back()


def makes_it_free(world: World) -> None:
    path = f"/events/{world.event['id']}/promo-codes"
    form = {"code": CODE, "percent_off": 100, "max_tickets": 2}
    assert world.organizer.asks("POST", path, form).status == 201


def a_part_by_code_is_back(world: World) -> bool:
    return bool(refunds_a_part(world).body["refunded_amount"] == 1_500)


def makes_a_code(world: World) -> Any:
    path = f"/events/{world.event['id']}/promo-codes"
    return world.organizer.asks("POST", path, {"code": CODE, "percent_off": 20})


def a_code_is_there(world: World) -> bool:
    """An organizer who got no answer tries again, and may be told that it is there."""
    return makes_a_code(world).status in (201, 409)


CASES = [
    UseCase("purchase by a code", an_event_with_a_code, orders_by_code, is_ordered_by_code),
    UseCase(
        "free purchase by a code",
        lambda world: (an_event(world), makes_it_free(world)),
        orders_by_code,
        is_ordered_by_code,
    ),
    UseCase(
        "settlement, refused, by a code",
        lambda world: an_order_by_code(world, "refuses", worked_off=False),
        lambda world: world.works_off(STK_RESULTS),
    ),
    UseCase("a new attempt by a code", a_failed_order_by_code, asks_again, asks_until_it_is_taken),
    UseCase(
        "settlement, late, by a code that is used up",
        late_money_by_a_code_that_is_used_up,
        lambda world: world.works_off(STK_RESULTS),
    ),
    UseCase("part refund by a code", an_order_by_code, refunds_a_part, a_part_by_code_is_back),
    UseCase("making a code", an_event, makes_a_code, a_code_is_there),
]
