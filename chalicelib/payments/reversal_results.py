"""What becomes of a reversal: M-Pesa's result, its time-out, or what a person reads in its statement.

A message may come twice, late, early, against another, or from who has the URL and is not M-Pesa. What is
proven counts (proving.py): a reversal that was carried out from every sending and in every state; a refusal
only of the latest sending, and never against one that was carried out. Of what is not proven M-Pesa is asked.
"""

import json
from datetime import datetime
from typing import Any, Final, NamedTuple

from chalicelib.accounts.models import AuditLine
from chalicelib.core import log, metrics, queues
from chalicelib.core.dynamo import ConditionFailed
from chalicelib.core.problems import Busy
from chalicelib.core.queues import REFUNDS
from chalicelib.payments import archive, following, proving, refunding, refunds, reversing
from chalicelib.payments.daraja import reversals
from chalicelib.payments.daraja.reversals import Result, Source
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.problems import NothingToRefund
from chalicelib.payments.refund_schemas import StatementForm
from chalicelib.payments.refund_states import GIVEN_BACK, ON_ITS_WAY, RefundState, Step
from chalicelib.web.caller import Caller

_TRIES: Final = 5
#: Seconds until a result is looked at again that came before its request's own answer.
_AGAIN_SECONDS: Final = 5


class Verdict(NamedTuple):
    """A step of a refund, and what it changes besides; without a step, M-Pesa is to be asked."""

    step: Step | None
    changes: dict[str, Any]


class Unsettled(Exception):
    """Too many races at once; the queue will bring the message again."""


def settle_message(message: dict[str, Any], at: datetime) -> None:
    """Settle what the result's route put on the queue. A repeat changes nothing.

    Raises:
        Exception: it could not be settled now; the queue brings it again, and in the end to the dead letters.
    """
    payment_id, serial = message["payment_id"], int(message["sending"])
    archive.keep(payment_id, serial, message["body"], at)
    if message.get("status"):
        _settle_status(payment_id, *divmod(serial, 100), reversals.status(message["body"]), at)
        return
    result = None if message["timed_out"] else reversals.parse(message["body"])
    if not settle(payment_id, *divmod(serial, 100), result, at):
        log.event("reversal.result_is_early", payment_id=payment_id)
        queues.send(REFUNDS, json.dumps(message), _AGAIN_SECONDS)


def settle(payment_id: str, number: int, sending: int, result: Result | None, at: datetime) -> bool:
    """Apply what became of a sending of a refund; None: it timed out. A repeat changes nothing.

    Returns:
        False if it came before the answer of its request, and has to come again.

    Raises:
        Unsettled: it lost every race.
    """
    for _ in range(_TRIES):
        refund = Refund.get(payment_id, number, consistent_read=True)
        if proving.is_early(refund, sending, result, at):
            return False
        verdict = judge(refund, sending, result)
        if verdict is None:
            log.event("reversal.nothing_to_do", payment_id=payment_id, refund=number, state=refund.state)
            return True
        if _is_applied(refund, verdict, at):
            return True
    raise Unsettled(payment_id)


def _settle_status(payment_id: str, number: int, sending: int, told: Result | None, at: datetime) -> None:
    """Apply what M-Pesa said when it was asked, if that is certain, and of a reversal of this amount."""
    refund = Refund.get(payment_id, number, consistent_read=True)
    if told is None:
        log.event("reversal.status_tells_nothing", payment_id=payment_id, refund=number)
    elif told.amount is not None and told.amount != refund.amount:
        log.alert("reversal.foreign_result", payment_id=payment_id, refund=number)
    elif told.receipt and told.receipt == refund.receipt:
        # That is the payment itself, which was completed, of course: it says nothing of its reversal.
        log.alert("reversal.status_of_the_payment", payment_id=payment_id, refund=number)
    else:
        settle(payment_id, number, sending, told, at)


def judge(refund: Refund, sending: int, result: Result | None) -> Verdict | None:
    """What a result, or a time-out (None), means for a refund as it stands; None if it changes nothing."""
    facts = {"payment_id": refund.payment_id, "refund": int(refund.number)}
    is_open = refund.state in ON_ITS_WAY and sending == refund.sendings
    # One more than were sent: M-Pesa may have said that it did not take one that it took after all.
    is_of_a_sending = 1 <= sending <= refund.sendings + 1
    if not is_of_a_sending or (result and proving.is_foreign(refund, sending, result)):
        metrics.count("CallbacksRefused", why="foreign")
        log.alert("reversal.foreign_result", **facts)
        return None
    if result and not proving.is_proven(refund, sending, result):
        log.alert("reversal.unproven", **facts)
        return _doubted(refund, sending, result, is_open=is_open)
    if result and result.is_done:
        if refund.state == RefundState.MANUAL:
            log.alert("reversal.given_back_twice", **facts)  # by hand as well: a person must look
        changes = {"reference": result.receipt} if result.receipt else {}
        return None if refund.state in GIVEN_BACK else Verdict(Step.REVERSED, {**changes, "code": None})
    if refund.state == RefundState.DONE:
        log.alert("reversal.contradicted", **facts, code=result.code if result else "timed_out")
        return None
    if result and result.is_refused:
        log.alert("reversal.refused", **facts, code=result.code)
        return Verdict(Step.DECLINED, {"code": result.code}) if is_open else None
    log.alert("reversal.unclear", **facts, code=result.code if result else "timed_out")
    if is_open and refund.state != RefundState.UNKNOWN:
        return Verdict(Step.NO_WORD, {"code": result.code if result else "timed_out"})
    return None


def _doubted(refund: Refund, sending: int, result: Result, *, is_open: bool) -> Verdict | None:
    """What follows from what M-Pesa may have said, or somebody who has the URL: it is asked.

    It is asked by our own conversation, or by the one that the result names, if ours never came.
    """
    is_known = proving.conversation_of(refund, sending) or result.source is not Source.RESULT
    named: dict[str, Any] = {}
    if result.conversations and not is_known:
        named = {"claimed": result.conversations[0], "claimed_of": sending}
    if is_open and refund.state != RefundState.UNKNOWN:
        return Verdict(Step.NO_WORD, {"code": "unproven", **named})
    if refund.state in GIVEN_BACK or not named or refund.claimed == named["claimed"]:
        return None
    return Verdict(None, named)


def state(payment_id: str, number: int, form: StatementForm, caller: Caller) -> Payment:
    """Say what M-Pesa's statement says of a refund of which nobody has told. Saying it twice is fine.

    Raises:
        NotFound, Forbidden: it is not the caller's to say.
        NothingToRefund: it is known what became of it, or not sent yet.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        payment = following.find_any(payment_id, caller)
        refund = refunding.find(payment, number)
        if refund.state == (RefundState.DONE if form.reversed else RefundState.REFUSED) and refund.told_by:
            return payment
        if refund.state != RefundState.UNKNOWN:
            raise NothingToRefund("It is known what became of this refund, or it has not been sent.")
        changes: dict[str, Any] = {"told_by": caller.user_id, "code": None if form.reversed else "statement"}
        if form.reference:
            changes["reference"] = form.reference
        verdict = Verdict(Step.REVERSED if form.reversed else Step.DECLINED, changes)
        line = following.line(payment, caller, "refund.told", refund=str(number), how=str(verdict.step))
        if _is_applied(refund, verdict, caller.at, line):
            return Payment.get(payment_id, consistent_read=True)
    raise Busy


def _is_applied(refund: Refund, verdict: Verdict, at: datetime, line: AuditLine | None = None) -> bool:
    """Write a verdict; False if somebody moved the refund, or its payment, meanwhile."""
    try:
        if verdict.step is None:
            claim = reversing.Claim(verdict.changes["claimed_of"], verdict.changes["claimed"])
            reversing.ask_about(refund, claim, at)
            return True
        known = refunds.stepped(refund, verdict.step, at, **verdict.changes)
        if verdict.step is Step.REVERSED:
            payment = Payment.get(refund.payment_id, consistent_read=True)
            refunds.write(payment, refunds.BACK[refund.of], refund, at, known=known, line=line)
        else:
            refunds.save(refund, known, at, line=line)
    except ConditionFailed:
        return False
    log.event("reversal.settled", payment_id=refund.payment_id, refund=int(refund.number), state=refund.state)
    return True
