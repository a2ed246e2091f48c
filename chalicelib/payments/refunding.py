"""Refunding: an organizer gives money back, by M-Pesa's reversal or by hand, and says so."""

from collections import Counter
from datetime import datetime
from typing import Any, Final, NamedTuple

from chalicelib.accounts.models import AuditLine
from chalicelib.core.dynamo import ConditionFailed
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Busy, Invalid, NotFound
from chalicelib.core.settings import settings
from chalicelib.payments import following, idempotency, refunds, reversing
from chalicelib.payments.models import CASH, Payment, Refund
from chalicelib.payments.problems import (
    NothingToRefund,
    NotReversible,
    NotWaiting,
    SecondPersonWanted,
    TicketsAdmitted,
)
from chalicelib.payments.refund_schemas import RefundForm
from chalicelib.payments.refund_states import ON_ITS_WAY, STEPS, RefundState, Step
from chalicelib.payments.refunds import Taken
from chalicelib.payments.states import Happening, State
from chalicelib.tickets import issuing
from chalicelib.tickets.admission import ADMITTED, REVOKED
from chalicelib.web.caller import Caller

_TRIES: Final = 5

MANUAL: Final = "manual"
REVERSAL: Final = "reversal"

_ON_ITS_WAY: Final = "This money is on its way back already; wait for M-Pesa's answer."
_GONE_BACK: Final = "This money went back already."
NOT_SET_UP: Final = "Reversals are not set up here; pay it back yourself, with method manual."
_IN_CASH: Final = "This was paid in cash; give it back by hand and record that with method manual."
_PART: Final = (
    "M-Pesa reverses only the whole of what came with a receipt; pay this part back yourself and "
    "record it with method manual."
)


class _Plan(NamedTuple):
    """What a form comes to: a refund, what happens to its payment (or nothing), and what it takes back."""

    refund: Refund
    known: int | None
    happening: Happening | None
    taken: Taken = Taken()


def ask(payment_id: str, form: RefundForm, caller: Caller) -> Payment:
    """Refund a payment of an event that the caller runs: all of it, some tickets, or what is due already.

    What is given back by hand has gone back with this; a reversal is sent soon. Above the limit of the
    settings either waits until a second person agrees; tickets and seats do not.

    Raises:
        NotFound, Forbidden: it is not the caller's to refund.
        NothingToRefund: no money came, or it has gone back, or is on its way.
        TicketsAdmitted: somebody is inside by a ticket that the form does not name.
        NotReversible, Invalid: it cannot go back in this way.
        IdempotencyMismatch: the key was used for another refund.
        Busy: others were faster each time; nothing was changed.
    """
    key = _key(payment_id, form, caller)
    for _ in range(_TRIES):
        payment = following.find_sold(payment_id, caller)
        if key and idempotency.is_used(key, caller.at):
            return idempotency.made_before(key, caller.at)
        plan = _plan(payment, form, caller)
        line = following.line(payment, caller, "refund.asked", refund=str(plan.refund.number))
        if _is_written(payment, plan, caller.at, key, line):
            return Payment.get(payment_id, consistent_read=True)
    raise Busy


def ask_due(payment: Payment, refund: Refund, form: RefundForm, caller_id: str, at: datetime) -> bool:
    """Ask for what is due already, as one of many; says whether it was, or somebody else moved it first.

    Raises:
        NotReversible, NothingToRefund: it is not to be had in this way (any more).
    """
    return _is_written(payment, _of_due(payment, refund, form, caller_id, at), at)


def approve(payment_id: str, number: int, caller: Caller) -> Payment:
    """Agree to a refund that somebody else asked for. Agreeing twice is fine.

    Raises:
        NotFound, Forbidden: it is not the caller's to approve.
        SecondPersonWanted: the caller asked for it.
        NotWaiting: it waits for nobody's approval.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        payment = following.find_sold(payment_id, caller)
        refund = find(payment, number)
        if refund.approved_by == caller.user_id and refund.state != RefundState.AWAITING_APPROVAL:
            return payment
        if refund.state != RefundState.AWAITING_APPROVAL:
            raise NotWaiting
        if caller.is_user(refund.asked_by):
            raise SecondPersonWanted
        step = Step.APPROVED if refund.method == REVERSAL else Step.GIVEN_BACK_BY_HAND
        plan = _moved(refund, step, caller.at, approved_by=caller.user_id)
        line = following.line(payment, caller, "refund.approved", refund=str(number))
        if _is_written(payment, plan, caller.at, line=line):
            return Payment.get(payment_id, consistent_read=True)
    raise Busy


def find(payment: Payment, number: int) -> Refund:
    """One refund of a payment.

    Raises:
        NotFound: it has no such refund.
    """
    try:
        return Refund.get(payment.id, number, consistent_read=True)
    except Refund.DoesNotExist:
        raise NotFound("This payment has no such refund; GET /payments/{id} lists them.") from None


def _key(payment_id: str, form: RefundForm, caller: Caller) -> Guard | None:
    if caller.idempotency_key is None:
        return None
    request = [
        payment_id,
        sorted(form.tickets or []),
        form.reason,
        form.method,
        form.reference,
        form.refund_id,
    ]
    guard = idempotency.guard("refund", caller.user_id, caller.idempotency_key, request, caller.at)
    guard.owner = payment_id
    return guard


def _plan(payment: Payment, form: RefundForm, caller: Caller) -> _Plan:
    if form.refund_id is not None:
        return _of_due(payment, find(payment, form.refund_id), form, caller.user_id, caller.at)
    match State(payment.status):
        case State.COMPLETED:
            return _of_sale(payment, form, caller)
        case State.REFUND_DUE:
            whole = next(one for one in refunds.of_payment(payment) if one.of == refunds.WHOLE)
            return _of_due(payment, whole, form, caller.user_id, caller.at)
        case State.REFUNDED:
            raise NothingToRefund(_GONE_BACK)
        case _:
            raise NothingToRefund


def _of_due(payment: Payment, refund: Refund, form: RefundForm, caller_id: str, at: datetime) -> _Plan:
    """A plan for money that is due back already, or whose reversal was refused."""
    if form.tickets:
        raise Invalid(fields={"tickets": "All of this money is due back already; leave the tickets out."})
    if refund.state in ON_ITS_WAY:
        raise NothingToRefund(_ON_ITS_WAY)
    step = _step(form, int(refund.amount))
    if (RefundState(refund.state), step) not in STEPS:
        raise NothingToRefund(_ON_ITS_WAY if refund.state == RefundState.ASKED else _GONE_BACK)
    _learn_receipt(payment, refund)
    _check_way(payment, refund, form)
    return _moved(refund, step, at, **_said(form, caller_id), approved_by=None, declined_by=None, code=None)


def _moved(refund: Refund, step: Step, at: datetime, **changes: Any) -> _Plan:
    known = refunds.stepped(refund, step, at, **changes)
    happening = refunds.BACK[refund.of] if step is Step.GIVEN_BACK_BY_HAND else None
    return _Plan(refund, known, happening)


def _of_sale(payment: Payment, form: RefundForm, caller: Caller) -> _Plan:
    """A plan for tickets that count until now: they are revoked, and their seats on sale again."""
    issued = issuing.of_payment(payment.id, sum(int(item.quantity) for item in payment.items))
    left = {ticket.id: ticket for ticket in issued if ticket.status != REVOKED}
    wanted = list(dict.fromkeys(form.tickets or left))
    if strangers := [one for one in wanted if one not in left]:
        raise Invalid(fields={"tickets": f"This payment has no valid ticket {strangers[0]}."})
    inside = [one for one in wanted if left[one].status == ADMITTED]
    if inside and not form.tickets:
        raise TicketsAdmitted(tickets=inside)
    seats = refunds.pick(payment, Counter(left[one].ticket_type for one in wanted))
    is_part = len(wanted) < len(left)
    refund = _of_tickets(payment, wanted, sum(some.n * some.price for some in seats), is_part, caller.at)
    _check_way(payment, refund, form)
    step = _step(form, int(refund.amount))
    refunds.stepped(refund, step, caller.at, **_said(form, caller.user_id))
    refund.version = 1
    at_once = step is Step.GIVEN_BACK_BY_HAND
    if is_part:
        happening = Happening.PART_REFUNDED_AT_ONCE if at_once else Happening.PART_REFUND_DUE
    else:
        happening = Happening.REFUNDED_AT_ONCE if at_once else Happening.REFUND_ASKED
    return _Plan(refund, None, happening, Taken(seats, wanted, unless_admitted=not form.tickets))


def _of_tickets(payment: Payment, tickets: list[str], price: int, is_part: bool, at: datetime) -> Refund:
    attempt = payment.attempts[int(payment.paid_attempt) - 1] if payment.paid_attempt else None
    told = attempt.received if attempt else None
    received = int(payment.amount if told is None else told)
    return refunds.new(
        payment,
        refunds.PART if is_part else refunds.WHOLE,
        at,
        amount=price if is_part else received - refunds.parted(payment),
        received=received,
        attempt=int(payment.paid_attempt or 0),
        receipt=attempt.receipt if attempt else None,
        tickets=tickets,
    )


def _learn_receipt(payment: Payment, refund: Refund) -> None:
    """A query had told of this money; its receipt, and its amount, may have come since."""
    if not refund.attempt:
        return  # it came in cash, or not at all
    attempt = payment.attempts[int(refund.attempt) - 1]
    if refund.receipt is None and attempt.receipt and refund.of != refunds.PART:
        received = int(refund.received if attempt.received is None else attempt.received)
        refund.amount = max(0, int(refund.amount) + received - int(refund.received))
        refund.receipt, refund.received = attempt.receipt, received


def _check_way(payment: Payment, refund: Refund, form: RefundForm) -> None:
    """Refuse a reversal that M-Pesa would refuse, or carry out as something else."""
    if form.method != REVERSAL:
        return
    if payment.payment_type == CASH:
        raise NotReversible(_IN_CASH)
    if refund.of == refunds.PART or refund.amount != refund.received:
        raise NotReversible(_PART)
    if refund.amount == 0:
        raise NotReversible("Nothing was paid for these tickets; take them back with method manual.")
    if refund.sendings >= reversing.MOST_SENDINGS:
        raise NotReversible
    if not refund.receipt:
        raise NotReversible(
            "M-Pesa has not told the receipt of this money yet, and cannot reverse it without; "
            "try again when the payment shows a receipt, or record it with method manual."
        )
    if not settings().daraja_initiator:
        raise NotReversible(NOT_SET_UP)


def _step(form: RefundForm, amount: int) -> Step:
    limit = settings().refund_approval
    if limit and amount > limit:
        return Step.ASKED_ABOVE_LIMIT
    return Step.ASKED if form.method == REVERSAL else Step.GIVEN_BACK_BY_HAND


def _said(form: RefundForm, caller_id: str) -> dict[str, Any]:
    return {
        "method": form.method,
        "reason": form.reason,
        "reference": form.reference,
        "asked_by": caller_id,
    }


def _is_written(
    payment: Payment, plan: _Plan, at: datetime, key: Guard | None = None, line: AuditLine | None = None
) -> bool:
    """Write a plan; False if anything of it is not as it was read."""
    refund, known, happening, taken = plan
    try:
        if happening:
            refunds.write(payment, happening, refund, at, known=known, taken=taken, key=key, line=line)
        else:
            assert known is not None  # noqa: S101 - a new refund always happens to its payment
            refunds.save(refund, known, at, key, line)
    except ConditionFailed:
        return False
    if refund.state == RefundState.ASKED:
        reversing.queue(refund)
    return True
