"""Crash enumeration: each use case is killed before and after every call that it makes to the outside.

Then the world is left to itself. It has to come to rest with every promise of `promises.py` kept.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.outbox import OutboxMessage, State
from chalicelib.core.queues import CANCELLED_EVENTS, DELIVERIES, REFUNDS, STK_PUSH, STK_RESULTS
from chalicelib.core.settings import settings
from chalicelib.delivery import claims
from chalicelib.delivery.outcomes import Refused, Unknown
from chalicelib.offers import counting
from chalicelib.payments import pulling, refunding, settlement, statement
from chalicelib.payments.daraja.answers import Unknown as Silent
from chalicelib.payments.differences import Finding
from chalicelib.payments.models import Payment
from chalicelib.tickets.models import Scan
from tests.faults.bank import Undoing
from tests.faults.crashing import Crash
from tests.faults.promises import broken
from tests.faults.world import World, a_world

Step = Callable[[World], Any]


@dataclass(frozen=True)
class UseCase:
    """What goes before, what is killed, and what the customer does afterwards until they are content."""

    name: str
    before: Step
    act: Step
    tries_again: Callable[[World], bool] = lambda world: True

    def run(self, crash: Crash) -> tuple[Crash, int]:
        """Run it with a crash in a world of its own; returns the crash and the seconds until rest."""
        random.seed(self.name)  # the same shards each time, so that each run makes the same calls
        with a_world() as world:
            self.before(world)
            with world.outside.dying(crash):
                self.act(world)
            wrong = broken(world.bank, settled=False)
            assert not wrong, f"{crash}: right after it: {wrong}"
            try:
                seconds = world.is_left_alone(lambda: self.tries_again(world))
            except AssertionError as stuck:
                raise AssertionError(f"{crash}: {stuck}") from None
            return crash, seconds


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


def a_paid_ticket(world: World) -> None:
    answered(fate="pays", called_back=True)(world)
    world.works_off(STK_RESULTS)
    world.ticket = world.buyer.tickets()[0]


def checks_in(world: World, **more: Any) -> Any:
    path = f"/events/{world.event['id']}/checkins"
    body = {"code": world.ticket["code"], "device": "Gate A", "scanned_at": "2026-11-24T09:00:00Z"}
    return world.organizer.asks("POST", path, body | more)


def is_in_once(world: World) -> bool:
    """The gate that got no answer sends its scan again; nobody else gets in by the ticket then."""
    answer, second = checks_in(world), checks_in(world, device="Gate B")
    return (answer.status, second.status, second.body.get("device")) == (200, 409, "Gate A")


def uploads(world: World) -> Any:
    """Two gates that were offline tell of the same ticket, the later one first."""
    path = f"/events/{world.event['id']}/checkins"
    for device, minute in (("Gate B", 2), ("Gate A", 1)):
        scan = {
            "code": world.ticket["code"],
            "device": device,
            "scanned_at": f"2026-11-24T09:0{minute}:00Z",
        }
        world.answer = world.organizer.asks("POST", path, {"scans": [scan]})
    return world.answer


def a_ticket_of_five_minutes_ago(world: World) -> None:
    a_paid_ticket(world)
    world.clock.passes(minutes=5)


def the_first_one_is_in(world: World) -> bool:
    (told,) = uploads(world).body
    return (told["outcome"], told["device"]) == ("admitted", "Gate A") and len(list(Scan.scan())) == 2


def an_admitted_ticket(world: World) -> None:
    a_paid_ticket(world)
    assert checks_in(world).status == 200


def undoes(world: World) -> Any:
    return world.organizer.asks("DELETE", f"/events/{world.event['id']}/checkins/{world.ticket['id']}")


def is_undone_once(world: World) -> bool:
    answer, lines = undoes(world), [one for one in Scan.scan() if one.outcome == "undone"]
    return answer.status == 204 and len(lines) == 1 and checks_in(world).body["reason"] == "undone"


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


def a_receipt_is_missing(world: World) -> None:
    """A query has told that it was paid; no callback comes."""
    later(90, answered(fate="pays", lost=True))(world)
    world.schedules_tick()
    world.clock.passes(minutes=2)


def nobody_can_be_asked(world: World) -> None:
    """The push had no answer, no callback comes, the hold has ended; and it was paid."""
    world.bank.next_push = (Silent("time-out"), True)
    answered(fate="pays", lost=True)(world)
    world.clock.passes(minutes=5)
    world.town.reconciles()
    world.clock.passes(minutes=2)


def pulls(world: World) -> None:
    pulling.run(world.open_till())


def has_its_receipt(world: World) -> bool:
    payment = world.buyer.payment(world.payment)
    return (payment["status"], payment["receipt"]) == ("Completed", "BNK0000001")


def reads_the_statement(world: World) -> list[Finding]:
    with NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(world.bank.statement())
        file.flush()
        return statement.compare(Path(file.name), None, None, settles=True).found


def the_statement_agrees(world: World) -> bool:
    return not reads_the_statement(world) and has_its_receipt(world)


def a_reversal_of_which_only_the_statement_tells(world: World) -> None:
    a_statement_is_wanted(world)
    assert world.organizer.payment(world.payment)["refunds"][0]["status"] == "unknown"


def the_statement_gives_it_back(world: World) -> bool:
    return not reads_the_statement(world) and world.organizer.payment(world.payment)["status"] == "Refunded"


USE_CASES = [
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
    UseCase("pulling, after a query", a_receipt_is_missing, pulls, has_its_receipt),
    UseCase("pulling, when nobody can be asked", nobody_can_be_asked, pulls, has_its_receipt),
    UseCase("M-Pesa's statement", nobody_can_be_asked, reads_the_statement, the_statement_agrees),
    UseCase(
        "M-Pesa's statement, a reversal",
        a_reversal_of_which_only_the_statement_tells,
        reads_the_statement,
        the_statement_gives_it_back,
    ),
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
    UseCase("check-in", a_paid_ticket, checks_in, is_in_once),
    UseCase("offline scans of two gates", a_ticket_of_five_minutes_ago, uploads, the_first_one_is_in),
    UseCase("undoing a check-in", an_admitted_ticket, undoes, is_undone_once),
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


@pytest.mark.parametrize("case", USE_CASES[::3], ids=lambda case: case.name)
def test_an_invocation_may_die_at_some_points(case):
    """The quick slice: a point of every third use case; the slow tests have all of all."""
    case.run(Crash(*random.Random(case.name).choice(_points(case))))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_an_invocation_may_die_anywhere(case):
    points, longest = _points(case), 0
    for at, after in points:
        crash, seconds = case.run(Crash(at, after))
        assert crash.dead, f"{crash}: it never came to it; it called {crash.calls}"
        longest = max(longest, seconds)
    print(f"{case.name}: {len(points)} crash points, at rest after {longest} s at most")


def test_tickets_that_are_issued_after_the_payments_transaction_are_found_missing(monkeypatch):
    """The control: a settlement in two steps, which a crash can part."""
    in_one_step, later = settlement.apply, []

    def in_two_steps(payment, change, at):
        in_one_step(payment, change, at)
        while later:
            later.pop()()

    def postponed(writing, payment, at):
        later.append(lambda: transact(lambda other: issue_tickets(other, payment, at)))

    issue_tickets = settlement.issue_tickets
    monkeypatch.setattr(settlement, "apply", in_two_steps)
    monkeypatch.setattr(settlement, "issue_tickets", postponed)
    (case,) = [one for one in USE_CASES if one.name == "settlement, paid"]

    def at_every_point():
        for at, after in _points(case):
            later.clear()
            case.run(Crash(at, after))

    with pytest.raises(AssertionError, match=r"is Completed with 0 valid tickets"):
        at_every_point()


def test_counts_that_do_not_come_back_with_the_seats_are_found(monkeypatch):
    """The control of what is promised of promo codes and limits."""
    count = counting.count

    def never_back(writing, key, n, most=None):
        if n > 0:
            count(writing, key, n, most)

    monkeypatch.setattr(counting, "count", never_back)
    (case,) = [one for one in USE_CASES if one.name == "settlement, refused, by a code"]

    with pytest.raises(AssertionError, match=r"counted .*JAZZ-20#0': 2.*, the payments' tickets are {}"):
        case.run(Crash())


def test_a_claim_that_is_over_and_tried_again_is_found_to_send_twice(monkeypatch):
    """The control: a schedule that takes a dead process for one that has not sent."""

    def waits_again(message_id, at):
        is_over = (OutboxMessage.state == State.SENDING) & (OutboxMessage.due_at <= at)
        message = OutboxMessage(message_id)
        try:
            update(message, claims.waiting_again(message, at), is_over)
        except ConditionFailed:
            return False
        return True

    monkeypatch.setattr(claims, "give_up", waits_again)
    (case,) = [one for one in USE_CASES if one.name == "delivery"]
    whole, _ = case.run(Crash())
    sent = whole.calls.index("carrier send") + 1

    with pytest.raises(AssertionError, match=r"was sent 2 times"):
        case.run(Crash(sent, after=True))


def _points(case: UseCase) -> list[tuple[int, bool]]:
    """Before and after each call that the use case makes."""
    whole, _ = case.run(Crash())
    return [(at, after) for at in range(1, len(whole.calls) + 1) for after in (False, True)]
