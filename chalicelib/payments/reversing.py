"""Reversing: asking M-Pesa to give the money of a refund back, once; from the queue, a few at a time.

Three endings, as with a push: taken, certainly not sent, unknown. Only who took a refund on sends it, and
nobody sends again what may have been sent.
"""

import heapq
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.update import Action

from chalicelib.core import log, metrics, queues
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.queues import REFUNDS
from chalicelib.payments import refunds
from chalicelib.payments.buckets import bucket_of
from chalicelib.payments.callback_urls import RESULT, STATUS, TIMEOUT, reversal_url
from chalicelib.payments.daraja.answers import NotSent, Requested, Reversal, Unknown, Why
from chalicelib.payments.models import Refund
from chalicelib.payments.refund_states import RefundState, Step
from chalicelib.payments.till import Till

#: Seconds until a refund's turn comes again that M-Pesa could not take just now.
_AGAIN_SECONDS: Final = {Why.M_PESA_BUSY: 5, Why.PHONE_BUSY: 30, Why.UNREACHABLE: 60}
#: Refunds that one tick of the schedule looks at, in each of eight buckets.
_MOST: Final = 20
#: A run asks for so long, besides the last question: what else the schedule does needs time too.
_RUN_SECONDS: Final = 10
_QUEUED_AGAIN_AFTER: Final = timedelta(minutes=5)
#: M-Pesa is asked so often what became of a request that it took, after so long, then twice that, and so on.
_MOST_QUESTIONS: Final = 6
_BETWEEN_QUESTIONS: Final = timedelta(minutes=10)
#: A request is about to be sent, or its result is to come: that will tell.
UNDER_WAY: Final = frozenset({RefundState.ASKED, RefundState.SENDING, RefundState.SENT})
#: The answer of a request is noted so often, if somebody else writes the refund at that moment.
_TRIES: Final = 5
#: Sendings are counted in two digits of the URL.
MOST_SENDINGS: Final = 99


class Claim(NamedTuple):
    """What a result that proves nothing says of itself: to which sending it belongs, and its conversation."""

    sending: int
    conversation: str


def sending_of(refund: Refund) -> int:
    """The number that the URLs of its latest sending bear: the refund's, and which sending, in two digits."""
    return int(refund.number) * 100 + int(refund.sendings)


def queue(refund: Refund, delay_seconds: int = 0) -> None:
    """Queue a refund that was asked for; it is sent once, however often it is queued.

    If the queue fails, the schedule finds it.
    """
    body = json.dumps({"payment_id": refund.payment_id, "refund": int(refund.number)})
    try:
        queues.send(REFUNDS, body, delay_seconds)
    except (BotoCoreError, ClientError):
        log.crash("reversal.not_queued", payment_id=refund.payment_id, refund=int(refund.number))


def send_queued(message: dict[str, Any], till: Till) -> None:
    """Send a refund whose turn it is, if it is still asked for and nobody else has taken it on.

    Raises:
        Exception: the queue brings the message again.
    """
    refund = Refund.get(message["payment_id"], int(message["refund"]), consistent_read=True)
    if refund.state != RefundState.ASKED or not _claim(refund, till):
        log.event("reversal.not_wanted", payment_id=refund.payment_id, refund=int(refund.number))
        return
    answer = till.mpesa.reverse(
        Reversal(
            receipt=str(refund.receipt),
            amount=int(refund.amount),
            result_url=reversal_url(till.settings, refund.payment_id, sending_of(refund), RESULT),
            timeout_url=reversal_url(till.settings, refund.payment_id, sending_of(refund), TIMEOUT),
        )
    )
    outcome = type(answer).__name__
    metrics.count("Reversals", outcome=outcome)
    facts = {"payment_id": refund.payment_id, "refund": int(refund.number), "outcome": outcome}
    match answer:
        case Requested(conversation):
            log.event("reversal.answered", **facts)
            _note(refund, Step.ACCEPTED, till, conversation=conversation)
        case Unknown(detail):
            # It may have been carried out: its result or M-Pesa's statement tells. Never send it again.
            log.alert("reversal.unknown", **facts, detail=detail)
            _note(refund, Step.NO_WORD, till)
        case NotSent(why, detail) if why in _AGAIN_SECONDS:
            (log.alert if why is Why.UNREACHABLE else log.event)("reversal.waits", **facts, detail=detail)
            if _note(refund, Step.PUT_BACK, till, sendings=int(refund.sendings) - 1):
                queue(refund, _AGAIN_SECONDS[why])
        case NotSent(why, detail):
            log.alert("reversal.not_sent", **facts, detail=detail)
            _note(refund, Step.NOT_SENT, till, sendings=int(refund.sendings) - 1, code=f"not_sent: {why}")


def ask_about(refund: Refund, claim: Claim, at: datetime) -> None:
    """Have M-Pesa asked about a request that a result names and that may be ours.

    At the next tick; while the latest sending is under way, when it would be asked about too.

    Raises:
        ConditionFailed: somebody moved the refund meanwhile.
    """
    actions: list[Action] = [
        Refund.claimed.set(claim.conversation),
        Refund.claimed_of.set(claim.sending),
        Refund.version.set(refund.version + 1),  # else who writes the refund just now would put it out again
    ]
    if refund.questions < _MOST_QUESTIONS and refund.state not in UNDER_WAY:
        bucket = bucket_of("refunds", refund.payment_id)
        actions += [Refund.watched.set(bucket), Refund.look_at.set(at)]
    update(Refund(refund.payment_id, refund.number), actions, Refund.version == refund.version)


def look_again(till: Till) -> None:
    """Queue again what has waited for long, and call unknown what nobody has told the end of.

    One that fails does not keep the others waiting: a later run tries again.
    """
    at = till.now()
    for key in _due(at):
        if till.now() - at > timedelta(seconds=_RUN_SECONDS):
            return  # the next run goes on
        try:
            _look(key, at, till)
        except ConditionFailed:
            log.event("reversal.moved_meanwhile", payment_id=key.payment_id)
        except Exception:  # whatever it is: other people's money is waiting behind it
            log.crash("reversal.postponed", payment_id=key.payment_id)


def _due(at: datetime) -> Iterator[Refund]:
    """The keys of the refunds that are due, longest first over all buckets."""
    rows = [Refund.by_look.query(bucket, Refund.look_at <= at, limit=_MOST) for bucket in refunds.BUCKETS]
    return heapq.merge(*rows, key=lambda row: row.look_at)


def _look(key: Refund, at: datetime, till: Till) -> None:
    refund = Refund.get(key.payment_id, int(key.number), consistent_read=True)
    if refund.look_at is None or refund.look_at > at:
        return  # the index is late
    facts = {"payment_id": refund.payment_id, "refund": int(refund.number)}
    if refund.state == RefundState.ASKED:
        unmoved = Refund.version == refund.version
        update(refund, [Refund.look_at.set(till.now() + _QUEUED_AGAIN_AFTER)], unmoved)
        log.event("reversal.queued_again", **facts)
        queue(refund)
        return
    if refund.state not in (RefundState.SENDING, RefundState.SENT):
        _ask(refund, till)
        return
    known = refunds.stepped(refund, Step.NO_WORD, till.now())
    refunds.save(refund, known, till.now())
    log.alert("reversal.no_word", **facts)


def _ask(refund: Refund, till: Till) -> None:
    """Ask M-Pesa what became of a request, ever less often; what it says comes to a URL of the request's."""
    questions = int(refund.questions)
    is_last = questions + 1 >= _MOST_QUESTIONS
    later = till.now() + _BETWEEN_QUESTIONS * int(2**questions)
    moved = [Refund.look_at.remove(), Refund.watched.remove()] if is_last else [Refund.look_at.set(later)]
    # Of two schedules that overlap one asks; and what is claimed meanwhile is asked about by the next.
    unasked = (Refund.version == refund.version) & (Refund.questions == questions)
    update(Refund(refund.payment_id, refund.number), [*moved, Refund.questions.set(questions + 1)], unasked)
    for claim in _to_ask_about(refund):
        serial = int(refund.number) * 100 + claim.sending
        url = reversal_url(till.settings, refund.payment_id, serial, STATUS)
        outcome = type(till.mpesa.status(claim.conversation, url)).__name__
        metrics.count("StatusQuestions", outcome=outcome)
        facts = {"payment_id": refund.payment_id, "refund": int(refund.number), "outcome": outcome}
        log.event("reversal.status_asked", **facts)


def _to_ask_about(refund: Refund) -> list[Claim]:
    """The latest sending, if it is open, and what was claimed of it or of another: each by its own URL."""
    claims = []
    if refund.conversation and refund.state == RefundState.UNKNOWN:
        claims.append(Claim(int(refund.sendings), refund.conversation))
    if refund.claimed:
        claims.append(Claim(int(refund.claimed_of or 1), refund.claimed))
    return claims


def _claim(refund: Refund, till: Till) -> bool:
    """Take a refund on to send it; False if somebody was faster."""
    answered = {str(int(refund.sendings)): refund.conversation} if refund.conversation else {}
    return _is_saved(
        refund,
        Step.TAKEN_ON,
        till.now(),
        sendings=int(refund.sendings) + 1,
        conversation=None,
        earlier=refund.earlier | answered,
        questions=0,
        code=None,
    )


def _note(refund: Refund, step: Step, till: Till, **changes: Any) -> bool:
    """Save what M-Pesa answered; says whether. The result may have come first: then that counts.

    The request is out, so whatever goes wrong here must not bring the message again: the schedule looks.
    """
    sending = int(refund.sendings)
    try:
        for _ in range(_TRIES):
            if refund.state != RefundState.SENDING or refund.sendings != sending:
                return False
            if _is_saved(refund, step, till.now(), **changes):
                return True
            # The result, or a claim of an earlier request, which leaves this one as it was.
            refund = Refund.get(refund.payment_id, refund.number, consistent_read=True)
    except Exception:
        log.crash("reversal.answer_not_saved", payment_id=refund.payment_id, refund=int(refund.number))
    return False


def _is_saved(refund: Refund, step: Step, at: datetime, **changes: Any) -> bool:
    """Write a step of a refund; False if somebody moved it meanwhile."""
    try:
        refunds.save(refund, refunds.stepped(refund, step, at, **changes), at)
    except ConditionFailed:
        return False
    return True
