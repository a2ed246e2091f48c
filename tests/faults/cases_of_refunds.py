"""Money back and paid out."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

from chalicelib.core.queues import CANCELLED_EVENTS, REFUNDS, STK_RESULTS
from chalicelib.core.settings import settings
from chalicelib.payments import refunding
from tests.faults.bank import Undoing
from tests.faults.cases_of_orders import a_cancelled_event, an_event, answered, later
from tests.faults.use_case import Step, UseCase
from tests.faults.world import World

BY_HAND = {"reason": "Rain.", "method": "manual", "reference": "SKT7AB12CD"}


BY_REVERSAL = {"reason": "Rain.", "method": "reversal"}


def a_paid_order(world: World) -> None:
    answered(fate="pays", called_back=True)(world)
    world.works_off(STK_RESULTS)
    world.tickets = [one["id"] for one in world.buyer.payment(world.payment)["tickets"]]


def refunds(world: World, **form: Any) -> Any:
    path = f"/payments/{world.payment['id']}/refund"
    return world.organizer.asks("POST", path, form, {"Idempotency-Key": "the-refund"})


def refunds_by_hand(world: World) -> Any:
    return refunds(world, **BY_HAND)


def refunds_a_part(world: World) -> Any:
    return refunds(world, **BY_HAND, tickets=world.tickets[:1])


def refunds_by_reversal(world: World) -> Any:
    return refunds(world, **BY_REVERSAL)


def a_part_is_back(world: World) -> bool:
    body = refunds_a_part(world).body
    return (body["status"], body["refunded_amount"]) == ("Completed", 2_000)


def asked_for(undoing: Undoing) -> Step:
    """A reversal that waits for its turn."""

    def before(world: World) -> None:
        a_paid_order(world)
        world.bank.undoing = undoing
        assert refunds_by_reversal(world).status == 202

    return before


def sent(undoing: Undoing, *, told: bool = False) -> Step:
    """A reversal that was sent, and perhaps told of."""

    def before(world: World) -> None:
        asked_for(undoing)(world)
        world.works_off(REFUNDS)
        if told:
            world.bank.tells()

    return before


def above_the_limit(world: World) -> None:
    a_paid_order(world)
    limited = replace(settings(), refund_approval=1)
    with patch.object(refunding, "settings", lambda: limited):
        assert refunds_by_hand(world).status == 202
    assert world.admin


def approves(world: World) -> Any:
    return world.admin.asks("POST", f"/payments/{world.payment['id']}/refund/1/approve")


def declines(world: World) -> Any:
    return world.admin.asks("POST", f"/payments/{world.payment['id']}/refund/1/decline")


def an_organizer_who_is_owed(world: World) -> None:
    a_paid_order(world)
    assert verifies(world).status == 200


def verifies(world: World) -> Any:
    return world.admin.asks("PUT", f"/users/{world.organizer.id}/verification")


def pays_out(world: World) -> Any:
    path = f"/events/{world.event['id']}/payouts"
    return world.admin.asks("POST", path, {"amount": 1_000, "reference": "FT26331XK9P2"})


def is_paid_out_once(world: World) -> bool:
    answer = pays_out(world)
    seen = world.organizer.asks("GET", f"/events/{world.event['id']}/payout").body
    return (answer.status, seen["paid_out"], len(seen["payouts"])) == (201, 1_000, 1)


def a_statement_is_wanted(world: World) -> None:
    sent("done, nobody tells")(world)
    world.clock.passes(minutes=16)
    world.schedules_tick()
    assert world.admin


def says_what_the_statement_says(world: World) -> Any:
    path = f"/payments/{world.payment['id']}/refund/1/statement"
    said = {"reversed": world.bank.is_back(world.payment["id"])}
    return world.admin.asks("POST", path, said)


def nobody_has_told(world: World) -> None:
    sent("done, nobody tells")(world)
    world.clock.passes(minutes=16)
    world.schedules_tick()
    world.clock.passes(minutes=6)


def a_status_is_told(world: World) -> None:
    nobody_has_told(world)
    world.schedules_tick()
    assert world.bank.tells_statuses() == 1


def it_comes_back(world: World) -> bool:
    """Whoever waits for it asks again after a refusal, and an Admin reads the statement."""
    payment = world.organizer.payment(world.payment)
    state = payment["refunds"][0]["status"] if payment["refunds"] else ""
    if state == "unknown":
        says_what_the_statement_says(world)
    elif state in ("", "due", "refused"):
        path = f"/payments/{world.payment['id']}/refund"
        world.organizer.asks("POST", path, BY_REVERSAL)
    return payment["status"] == "Refunded"


def an_event_that_owes(world: World) -> None:
    a_cancelled_event(world)
    world.works_off(CANCELLED_EVENTS)
    assert starts_all(world).status == 202


def starts_all(world: World) -> Any:
    return world.organizer.asks("POST", f"/events/{world.event['id']}/refunds", {"reason": "Rain."})


CASES = [
    UseCase(
        "refund by hand",
        a_paid_order,
        refunds_by_hand,
        lambda world: refunds_by_hand(world).body["status"] == "Refunded",
    ),
    UseCase("part refund by hand", a_paid_order, refunds_a_part, a_part_is_back),
    UseCase("refund by reversal", a_paid_order, refunds_by_reversal, it_comes_back),
    UseCase("reversal worker", asked_for("done"), lambda world: world.works_off(REFUNDS), it_comes_back),
    UseCase(
        "reversal worker, M-Pesa busy",
        asked_for("busy"),
        lambda world: world.works_off(REFUNDS),
        it_comes_back,
    ),
    UseCase(
        "reversal worker, no answer",
        asked_for("unknown, not done"),
        lambda world: world.works_off(REFUNDS),
        it_comes_back,
    ),
    UseCase("result of a reversal", sent("done"), lambda world: world.bank.tells(), it_comes_back),
    UseCase(
        "settlement of a reversal",
        sent("done", told=True),
        lambda world: world.works_off(REFUNDS),
        it_comes_back,
    ),
    UseCase(
        "settlement of a reversal, refused",
        sent("refused", told=True),
        lambda world: world.works_off(REFUNDS),
        it_comes_back,
    ),
    UseCase(
        "a reversal of which nobody tells",
        later(960, sent("done, nobody tells")),
        lambda world: world.town.reconciles(),
        it_comes_back,
    ),
    UseCase("asking for a status", nobody_has_told, lambda world: world.town.reconciles(), it_comes_back),
    UseCase("a status", a_status_is_told, lambda world: world.works_off(REFUNDS), it_comes_back),
    UseCase("statement", a_statement_is_wanted, says_what_the_statement_says, it_comes_back),
    UseCase(
        "approval of a refund",
        above_the_limit,
        approves,
        lambda world: approves(world).body.get("status") == "Refunded",
    ),
    UseCase(
        "turning down a refund",
        above_the_limit,
        declines,
        lambda world: declines(world).body["refunds"][0]["status"] == "due",
    ),
    UseCase("recording a payout", an_organizer_who_is_owed, pays_out, is_paid_out_once),
    UseCase(
        "verifying an organizer",
        lambda world: (an_event(world), world.admin),
        verifies,
        lambda world: verifies(world).body["verified"],
    ),
    UseCase(
        "all that an event owes", an_event_that_owes, lambda world: world.works_off(REFUNDS), it_comes_back
    ),
    UseCase(
        "asking for all that an event owes",
        lambda world: (a_cancelled_event(world), world.works_off(CANCELLED_EVENTS)),
        starts_all,
        it_comes_back,
    ),
]
