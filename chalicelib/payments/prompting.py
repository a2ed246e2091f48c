"""Prompting: sending the push of an attempt, once; at once, or from the queue when it is our turn.

Three endings: accepted, certainly not sent, unknown. Only whoever set `pushed_at` may send, and nobody sends
again what may have been sent.
"""

import json
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import stock
from chalicelib.core import guards, log, metrics
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.problems import Problem
from chalicelib.core.queues import STK_PUSH, send
from chalicelib.payments import prompts, settlement, watching
from chalicelib.payments.callback_urls import callback_url
from chalicelib.payments.daraja.answers import Accepted, NotSent, Prompt, Unknown, Why
from chalicelib.payments.models import Payment
from chalicelib.payments.problems import MpesaBusy, MpesaUnreachable, PaymentRefused, PhoneBusy
from chalicelib.payments.seating import seats_of
from chalicelib.payments.states import Happening, State
from chalicelib.payments.till import Till
from chalicelib.payments.verdicts import Change

#: Seconds until a queued push is looked at again: if it is not our turn, and if its phone is busy.
_WAIT_SECONDS: Final = 2
_PHONE_SECONDS: Final = 10

_REFUSALS: Final[dict[Why, type[Problem]]] = {
    Why.M_PESA_BUSY: MpesaBusy,
    Why.PHONE_BUSY: PhoneBusy,
    Why.REFUSED: PaymentRefused,
    Why.UNREACHABLE: MpesaUnreachable,
    Why.OUR_FAULT: MpesaUnreachable,
}


def prompt(payment: Payment, till: Till) -> Payment:
    """Send the newest attempt's push, or queue it if it has to wait (`pushed_at` is not set).

    Raises:
        PaymentRefused, MpesaBusy (and their kinds): it was not sent; the payment is `Failed`, its seats free.
    """
    attempt = payment.attempts[-1]
    if attempt.pushed_at is None:
        return _wait(payment, till)
    refused = _push(payment, till)
    if refused is None:
        return payment
    if not _release(payment, refused, till.now()):  # it has been settled meanwhile after all
        return Payment.get(payment.id, consistent_read=True)
    raise _REFUSALS[refused.why](payment_id=payment.id)


def push_queued(body: str, till: Till) -> None:
    """Send a push that waited, if it is our turn and it is still wanted.

    Raises:
        Exception: the queue brings the message again.
    """
    message = json.loads(body)
    payment_id, number = message["payment_id"], int(message["attempt"])
    if not till.pacer.take(waited=True):
        queue(payment_id, number, _WAIT_SECONDS)
        return
    payment = Payment.get(payment_id, consistent_read=True)
    if not _is_wanted(payment, till.now()):
        till.pacer.put_back()
        log.event("push.not_wanted", payment_id=payment_id, attempt=number)
    elif not (claimed := _claim(payment, till)):  # somebody was quicker, or another prompt is on that phone
        till.pacer.put_back()
        queue(payment_id, number, _PHONE_SECONDS)
    elif refused := _push(claimed, till):
        _release(claimed, refused, till.now())


def _wait(payment: Payment, till: Till) -> Payment:
    try:
        queue(payment.id, int(payment.attempts[-1].number))
    except Exception as error:
        log.crash("push.not_queued", payment_id=payment.id)
        if _release(payment, NotSent(Why.M_PESA_BUSY, "the queue failed"), till.now()):
            raise MpesaBusy(payment_id=payment.id) from error
        return Payment.get(payment.id, consistent_read=True)  # the queue had it, and it is being sent
    return payment


def queue(payment_id: str, attempt: int, delay_seconds: int = 0) -> None:
    """Queue the push of an attempt; it is sent once, however often it is queued."""
    send(STK_PUSH, json.dumps({"payment_id": payment_id, "attempt": attempt}), delay_seconds)
    log.event("push.queued", payment_id=payment_id, attempt=attempt)


def _claim(payment: Payment, till: Till) -> Payment | None:
    """Take on to send the newest attempt; None if somebody else did, or the phone has another prompt.

    The hold, and the phone's guard, start anew with the push: waiting in our queue costs the buyer nothing.
    """
    at, number = till.now(), int(payment.attempt_count)
    expires_at = at + timedelta(seconds=till.settings.hold_seconds)
    attempt = Payment.attempts[number - 1]
    actions: list[Action] = [
        attempt["pushed_at"].set(at),
        Payment.expires_at.set(expires_at),
        Payment.due_at.set(watching.first_look(at, expires_at, till.settings)),
        Payment.version.add(1),
    ]
    unmoved = Payment.version == payment.version
    phone = prompts.guard(payment.attempts[-1].phone, payment.id, number, at)

    def fill(writing: TransactWrite) -> None:
        writing.update(Payment(payment.id), actions=actions, condition=unmoved)
        guards.take(writing, phone, at, again=True)

    try:
        transact(fill)
    except ConditionFailed:
        return None
    return Payment.get(payment.id, consistent_read=True)


def _is_wanted(payment: Payment, at: datetime) -> bool:
    """Whether the newest attempt's push still waits to be sent, its hold lasts, and sales go on."""
    is_open = payment.status == State.PENDING and payment.expires_at > at
    if not is_open or payment.attempts[-1].pushed_at is not None:
        return False
    return stock.is_on_sale(payment.event_id, seats_of(payment))


def _push(payment: Payment, till: Till) -> NotSent | None:
    attempt = payment.attempts[-1]
    number = int(attempt.number)
    answer = till.mpesa.push(
        Prompt(
            phone=attempt.phone,
            amount=int(payment.amount),
            reference=payment.id[-12:],
            callback_url=callback_url(till.settings, payment.id, number),
        )
    )
    outcome = type(answer).__name__
    metrics.count("Pushes", outcome=outcome)
    log.event("push.answered", payment_id=payment.id, attempt=number, outcome=outcome)
    match answer:
        case Accepted(checkout_request_id):
            _note(payment, number, "accepted", checkout_request_id)
        case Unknown(detail):
            # There may be a prompt: the callback or the end of the hold will tell. Never push again.
            log.alert("push.unknown", payment_id=payment.id, attempt=number, detail=detail)
            _note(payment, number, "unknown")
        case NotSent():
            return answer
    return None


def _note(payment: Payment, number: int, outcome: str, checkout_request_id: str | None = None) -> None:
    """Save the push's answer. The callback may have come first, so nothing that it wrote is touched.

    The prompt is out, so whatever goes wrong here must not look like a failed purchase.
    """
    attempt = Payment.attempts[number - 1]
    actions: list[Action] = [attempt["outcome"].set(attempt["outcome"] | outcome)]
    if checkout_request_id:
        actions += watching.by_id(payment, number, checkout_request_id)
    try:
        update(payment, actions, Payment.id.exists())
    except Exception:
        log.crash("push.answer_not_saved", payment_id=payment.id, attempt=number)


def _release(payment: Payment, push: NotSent, at: datetime) -> bool:
    """Give the seats back, unless the payment has been settled meanwhile; says whether."""
    number = int(payment.attempts[-1].number)
    say = log.event if push.why is Why.PHONE_BUSY else log.alert
    say("push.not_sent", payment_id=payment.id, attempt=number, why=push.why, detail=push.detail)
    code = "phone_busy" if push.why is Why.PHONE_BUSY else "not_sent"
    return settlement.close(payment, Change(Happening.NOT_SENT, number, code=code), at)
