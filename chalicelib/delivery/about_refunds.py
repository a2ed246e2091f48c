"""Letters about money that is due back."""

from chalicelib.delivery import orders, parts, sms
from chalicelib.delivery.draft import Paragraph, Part
from chalicelib.delivery.orders import Order
from chalicelib.delivery.parts import Written
from chalicelib.delivery.wording import Wording, money
from chalicelib.payments import refunds
from chalicelib.payments.models import CASH, Refund
from chalicelib.payments.refund_states import GIVEN_BACK
from chalicelib.payments.states import State


def due(order: Order, words: Wording) -> Written | None:
    """That money goes back, or has gone back, and why. None if there is no such refund."""
    refund = orders.due_back(order)
    if refund is None:
        return None
    event, amount = parts.event_name(order, words), money(int(refund.amount))
    key = "refunded" if refund.state in GIVEN_BACK else "refund"
    body: list[Part] = [
        *(Paragraph(sentence) for sentence in _why(order, refund, words)),
        Paragraph(words.say(f"{key}.next")),
        parts.facts(order, words),
    ]
    subject = words.say(f"{key}.subject", amount=amount, event=event)
    draft = parts.about(order, words, subject, words.say(f"{key}.heading", amount=amount), body)
    name = order.event.name if order.event else order.payment.event_name
    by_hand = ".cash" if order.payment.payment_type == CASH and refund.state not in GIVEN_BACK else ""
    short = sms.written(words, f"{key}{by_hand}.sms", name, amount=amount, order=order.payment.id[-12:])
    return Written(draft, short)


def _why(order: Order, refund: Refund, words: Wording) -> list[str]:
    if refund.of == refunds.PART:
        return [words.say("refund.part")]
    if refund.of == refunds.EXTRA:
        is_good = order.state is State.COMPLETED and not order.is_called_off
        return [words.say("refund.again"), *([words.say("refund.tickets_are_good")] if is_good else [])]
    ended = [words.say("refund.tickets_ended")] if order.tickets else []
    if refund.received != order.payment.amount:
        received, amount = money(int(refund.received)), money(int(order.payment.amount))
        return [words.say("refund.wrong_amount", received=received, amount=amount), *ended]
    if order.is_called_off:
        return [words.say("refund.event_cancelled", event=parts.event_name(order, words)), *ended]
    return [words.say("refund.taken_back"), *ended] if order.tickets else [words.say("refund.no_seats")]
