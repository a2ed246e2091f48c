"""Orders: buying, settling, asking again, cancelling, and what organizers do to them."""

from typing import Any

from chalicelib.core.queues import CANCELLED_EVENTS, STK_PUSH, STK_RESULTS
from chalicelib.payments.models import Payment
from tests.faults.use_case import Step, UseCase
from tests.faults.world import World


def an_event(world: World) -> None:
    world.event = world.organizer.event(available_tickets=3)


def an_event_in_shards(world: World) -> None:
    """Three seats in eight shards, one in each of three: an order of two takes from two."""
    world.event = world.organizer.sharded_event(3)


def orders(world: World) -> Any:
    world.answer = world.buyer.orders(world.event, 2, key="the-order", phone="254712000001")
    return world.answer


def orders_until_it_is_taken(world: World) -> bool:
    """A customer whose page hangs presses the button again, with the same key."""
    answer = orders(world)
    return answer.status == 202


def an_order(world: World) -> None:
    an_event(world)
    assert orders(world).status == 202
    world.payment = world.answer.body


def a_waiting_order(world: World) -> None:
    """An order whose push is on the queue."""
    an_event(world)
    world.empties_our_pace()
    assert orders(world).status == 202
    world.clock.passes(seconds=3)


def answered(*, fate: str, called_back: bool = False, lost: bool = False) -> Step:
    """An order whose prompt has been answered."""

    def before(world: World) -> None:
        world.bank.fate, world.bank.loses_callbacks = fate, lost
        an_order(world)
        world.bank.customers_answer()
        if called_back:
            world.bank.calls_back()

    return before


def later(seconds: int, before: Step) -> Step:
    def then(world: World) -> None:
        before(world)
        world.clock.passes(seconds=seconds)

    return then


def a_failed_order(world: World) -> None:
    answered(fate="refuses", called_back=True)(world)
    world.works_off(STK_RESULTS)
    world.bank.fate = "pays"


def asks_again(world: World) -> Any:
    body = {"payment_id": world.payment["id"], "phone": "254712000002"}
    return world.buyer.asks("POST", "/lnmo", body, {"Idempotency-Key": "again"})


def asks_until_it_is_taken(world: World) -> bool:
    return asks_again(world).status == 202


def cancels(world: World) -> Any:
    return world.buyer.asks("DELETE", f"/payments/{world.payment['id']}")


def cancels_until_it_is_taken(world: World) -> bool:
    answer = cancels(world)
    return answer.status == 200 or answer.body["code"] == "already_paid"


def late_money_without_seats(world: World) -> None:
    """Cancelled, the seats sold to another, and then it is paid after all."""
    an_order(world)
    assert cancels(world).status == 200
    world.other.buys(world.event, 2)
    world.bank.customers_answer()
    world.bank.calls_back()


def edits(world: World) -> Any:
    body = {"capacity": 5, "event_name": "Sauti za Busara"}
    return world.organizer.asks("PATCH", f"/events/{world.event['id']}", body)


def calls_off(world: World) -> Any:
    return world.organizer.asks("POST", f"/events/{world.event['id']}/cancel", {})


def a_paid_and_an_open_order(world: World) -> None:
    answered(fate="pays", called_back=True)(world)
    world.works_off(STK_RESULTS)
    world.other.buys(world.event, 1)


def a_cancelled_event(world: World) -> None:
    a_paid_and_an_open_order(world)
    assert calls_off(world).status == 200


def an_order_from_shards(world: World) -> None:
    an_event_in_shards(world)
    assert orders(world).status == 202
    world.payment = world.answer.body
    assert len({int(hold.shard) for hold in Payment.get(world.payment["id"]).holds}) == 2


def an_order_from_shards_refused(world: World) -> None:
    world.bank.fate = "refuses"
    an_order_from_shards(world)
    world.bank.customers_answer()
    world.bank.calls_back()


def late_money_that_finds_other_seats(world: World) -> None:
    """Cancelled, one of its seats sold to another, two new ones put on sale elsewhere; then it is paid."""
    an_order_from_shards(world)
    assert cancels(world).status == 200
    while taken := {int(hold.shard) for hold in Payment.get(world.payment["id"]).holds}:
        other = world.other.buys(world.event, 1)
        if {int(hold.shard) for hold in Payment.get(other["id"]).holds} & taken:
            break
    capacity = {"capacity": 10}
    assert world.organizer.asks("PATCH", f"/events/{world.event['id']}", capacity).status == 200
    world.bank.customers_answer()
    world.bank.calls_back()


def asks_again_from_shards(world: World) -> None:
    an_order_from_shards_refused(world)
    world.works_off(STK_RESULTS)
    world.bank.fate = "pays"


def grows(world: World) -> Any:
    return world.organizer.asks("PATCH", f"/events/{world.event['id']}", {"capacity": 10_000})


def a_paid_and_an_open_order_from_shards(world: World) -> None:
    an_order_from_shards(world)
    world.bank.customers_answer()
    world.bank.calls_back()
    world.works_off(STK_RESULTS)
    world.other.buys(world.event, 1)


CASES = [
    UseCase("purchase", an_event, orders, orders_until_it_is_taken),
    UseCase(
        "purchase, the push waits",
        lambda world: (an_event(world), world.empties_our_pace()),
        orders,
        orders_until_it_is_taken,
    ),
    UseCase("push worker", a_waiting_order, lambda world: world.works_off(STK_PUSH)),
    UseCase("callback, paid", answered(fate="pays"), lambda world: world.bank.calls_back()),
    UseCase("callback, refused", answered(fate="refuses"), lambda world: world.bank.calls_back()),
    UseCase("settlement, paid", answered(fate="pays", called_back=True), lambda w: w.works_off(STK_RESULTS)),
    UseCase(
        "settlement, refused", answered(fate="refuses", called_back=True), lambda w: w.works_off(STK_RESULTS)
    ),
    UseCase(
        "settlement, late and without seats", late_money_without_seats, lambda w: w.works_off(STK_RESULTS)
    ),
    UseCase(
        "reconciliation, paid", later(90, answered(fate="pays", lost=True)), lambda w: w.town.reconciles()
    ),
    UseCase(
        "reconciliation, refused",
        later(90, answered(fate="refuses", lost=True)),
        lambda w: w.town.reconciles(),
    ),
    UseCase("the end of a hold", later(300, answered(fate="ignores")), lambda w: w.town.reconciles()),
    UseCase(
        "a buyer who looks",
        later(20, answered(fate="pays", lost=True)),
        lambda world: world.buyer.payment(world.payment),
    ),
    UseCase("POST /lnmo", a_failed_order, asks_again, asks_until_it_is_taken),
    UseCase("cancellation by the buyer", an_order, cancels, cancels_until_it_is_taken),
    UseCase("event edit", an_order, edits, lambda world: edits(world).status == 200),
    UseCase(
        "event cancellation",
        a_paid_and_an_open_order,
        calls_off,
        lambda world: calls_off(world).status == 200,
    ),
    UseCase("purchase from several shards", an_event_in_shards, orders, orders_until_it_is_taken),
    UseCase(
        "settlement of what is in several shards, refused",
        an_order_from_shards_refused,
        lambda w: w.works_off(STK_RESULTS),
    ),
    UseCase(
        "settlement, late, with seats from elsewhere",
        late_money_that_finds_other_seats,
        lambda w: w.works_off(STK_RESULTS),
        lambda w: w.buyer.payment(w.payment)["status"] == "Completed",
    ),
    UseCase("POST /lnmo, from several shards", asks_again_from_shards, asks_again, asks_until_it_is_taken),
    UseCase("an event that gets shards", an_order, grows, lambda world: grows(world).status == 200),
    UseCase(
        "cancellation of an event in shards",
        a_paid_and_an_open_order_from_shards,
        calls_off,
        lambda world: calls_off(world).status == 200,
    ),
    UseCase(
        "giving back what was paid for a cancelled event",
        a_cancelled_event,
        lambda world: world.works_off(CANCELLED_EVENTS),
    ),
]
