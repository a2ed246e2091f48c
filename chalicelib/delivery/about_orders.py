"""Letters about orders that ended without payment."""

from typing import Final

from chalicelib.delivery import parts
from chalicelib.delivery.draft import Paragraph, Part
from chalicelib.delivery.orders import Order
from chalicelib.delivery.parts import Written
from chalicelib.delivery.wording import Wording
from chalicelib.payments import failures
from chalicelib.payments.states import State

#: Failures with which no request was on the phone, or that say by themselves what becomes of the money.
_NOTHING_TO_ADD: Final = ("not_sent", "phone_busy", "no_response")


def failed(order: Order, words: Wording) -> Written | None:
    """Why a payment did not go through, and what to do next."""
    return _ended(order, words, State.FAILED, "failed")


def expired(order: Order, words: Wording) -> Written | None:
    """That nothing was heard until the seats were given back."""
    return _ended(order, words, State.EXPIRED, "expired")


def cancelled(order: Order, words: Wording) -> Written | None:
    """That an order has been taken back before it was paid, by its buyer or with its event."""
    if order.state is not State.CANCELLED or not order.is_of_newest_attempt:
        return None
    event = parts.event_name(order, words)
    why = (
        words.say("cancelled.event", event=event)
        if order.ended_with_event
        else words.say("cancelled.by_buyer")
    )
    body: list[Part] = [
        Paragraph(why),
        Paragraph(words.say("cancelled.pin"), warning=True),
        Paragraph(words.say("money_is_safe")),
        parts.facts(order, words),
    ]
    subject = words.say("cancelled.subject", event=event)
    return Written(parts.about(order, words, subject, words.say("cancelled.heading"), body))


def _ended(order: Order, words: Wording, state: State, key: str) -> Written | None:
    if order.state is not state or not order.is_of_newest_attempt:
        return None
    code = order.payment.failure
    body: list[Part] = [Paragraph(words.reasons[code])] if code else []
    body.append(Paragraph(words.say(f"next.{_next(order)}")))
    if code not in _NOTHING_TO_ADD:
        body.append(Paragraph(words.say("money_is_safe")))
    body.append(parts.facts(order, words))
    subject = words.say(f"{key}.subject", event=parts.event_name(order, words))
    return Written(parts.about(order, words, subject, words.say(f"{key}.heading"), body))


def _next(order: Order) -> str:
    if not order.is_on_sale:
        return "closed"
    code = order.payment.failure
    return "retry" if code is None or failures.of(code).can_retry else "new"
