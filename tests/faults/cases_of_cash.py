"""Cash at the gate, and gifts."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from chalicelib.core.queues import CANCELLED_EVENTS
from chalicelib.core.settings import settings
from chalicelib.payments import refunding
from tests.faults.cases_of_orders import an_event, an_event_in_shards, calls_off
from tests.faults.cases_of_refunds import approves, refunds_by_hand
from tests.faults.use_case import UseCase
from tests.faults.world import World


def sells_for_cash(world: World, **more: Any) -> Any:
    sold = {"payment_type": "Cash", "phone": "0733000111"} | more
    world.answer = world.organizer.orders(world.event, 2, key="the-sale", **sold)
    return world.answer


def gives_away(world: World) -> Any:
    return sells_for_cash(world, payment_type="Complimentary")


def a_cash_sale(world: World) -> None:
    an_event(world)
    assert sells_for_cash(world).status == 202
    world.payment = world.answer.body
    assert world.admin


def cashes_up(world: World) -> Any:
    form = {"seller_id": world.organizer.id, "amount": 4_000, "cash_ups": 0}
    path = f"/events/{world.event['id']}/cash-ups"
    return world.admin.asks("POST", path, form, {"Idempotency-Key": "the-cash-up"})


def cash_is_counted_once(world: World) -> bool:
    path = f"/events/{world.event['id']}/cash"
    is_done = cashes_up(world).status == 201
    return is_done and world.organizer.asks("GET", path).body[0]["handed_over"] == 4_000


def cash_is_due(world: World) -> None:
    a_cash_sale(world)
    assert calls_off(world).status == 200
    world.works_off(CANCELLED_EVENTS)


def cash_above_the_limit(world: World) -> None:
    a_cash_sale(world)
    limited = replace(settings(), refund_approval=1)
    with patch.object(refunding, "settings", lambda: limited):
        assert refunds_by_hand(world).status == 202


def it_is_back_by_hand(world: World) -> bool:
    return bool(refunds_by_hand(world).body.get("status") == "Refunded")


CASES = [
    UseCase("cash sale", an_event, sells_for_cash, lambda world: bool(sells_for_cash(world).status == 202)),
    UseCase(
        "cash sale from several shards",
        an_event_in_shards,
        sells_for_cash,
        lambda world: bool(sells_for_cash(world).status == 202),
    ),
    UseCase("gift", an_event, gives_away, lambda world: bool(gives_away(world).status == 202)),
    UseCase("cash-up", a_cash_sale, cashes_up, cash_is_counted_once),
    UseCase("cash refund", a_cash_sale, refunds_by_hand, it_is_back_by_hand),
    UseCase("cash refund that was due", cash_is_due, refunds_by_hand, it_is_back_by_hand),
    UseCase(
        "approval of a cash refund",
        cash_above_the_limit,
        approves,
        lambda world: approves(world).body.get("status") == "Refunded",
    ),
    UseCase(
        "giving back what was sold for cash",
        lambda world: (a_cash_sale(world), calls_off(world)),
        lambda world: world.works_off(CANCELLED_EVENTS),
    ),
]
