"""Following a payment: who may see it, and all that belongs to it."""

from typing import Final

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine
from chalicelib.catalog.events import is_organizer
from chalicelib.catalog.models import Event
from chalicelib.core.problems import Forbidden, NotFound
from chalicelib.payments import ledger, refunds
from chalicelib.payments.models import Payment
from chalicelib.payments.refund_schemas import RefundView
from chalicelib.payments.schemas import PaymentDetail
from chalicelib.payments.states import State
from chalicelib.tickets import issuing
from chalicelib.tickets.schemas import TicketView
from chalicelib.web.caller import Caller

_NONE: Final = "There is no such payment on your account; GET /payments lists yours."


def find(payment_id: str, caller: Caller) -> Payment:
    """A payment that the caller may see: their own, their event's, or any for Admin.

    Raises:
        NotFound: there is none, or the caller may not know of it.
    """
    payment = _read(payment_id)
    if payment is None or not _may_see(payment, caller):
        raise NotFound(_NONE)
    return payment


def find_own(payment_id: str, caller: Caller) -> Payment:
    """A payment that is the caller's to act on.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        Forbidden: the caller may see it, but it is somebody else's.
    """
    payment = find(payment_id, caller)
    if not caller.is_user(payment.user_id):
        raise Forbidden("Only the buyer can do this with a payment.")
    return payment


def find_sold(payment_id: str, caller: Caller) -> Payment:
    """A payment for an event that the caller runs.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        Forbidden: it is the caller's own, for somebody else's event.
    """
    payment = _read(payment_id)
    if payment and (caller.is_admin or is_organizer(Event.get(payment.event_id), caller)):
        return payment
    if payment and caller.is_user(payment.user_id):
        raise Forbidden("Only the event's organizers can do this with a payment.")
    raise NotFound(_NONE)


def find_any(payment_id: str, caller: Caller) -> Payment:
    """A payment, whosever it is, for an Admin.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        Forbidden: the caller may see it, and is no Admin.
    """
    payment = find(payment_id, caller)
    if not caller.is_admin:
        raise Forbidden("Only an Admin can do this with a payment.")
    return payment


def line(payment: Payment, caller: Caller, what: str, **details: str) -> AuditLine | None:
    """A line of the trail about what an Admin does to a payment; None if an organizer of its event does."""
    if not caller.is_admin:
        return None
    on = f"payment#{payment.id}"
    return trail.line(caller.user_id, caller.at, what, on, event=payment.event_id, **details)


def detail(payment: Payment, caller: Caller) -> PaymentDetail:
    """The payment with its attempts, tickets (their codes for the owner only) and ledger."""
    found = refunds.of_payment(payment)
    if refunds.given_back(found) != payment.refunded_amount:  # one was done since the payment was read
        payment = Payment.get(payment.id, consistent_read=True)
    own = caller.is_user(payment.user_id)
    quantity = sum(int(item.quantity) for item in payment.items)
    tickets = issuing.of_payment(payment.id, quantity) if payment.status != State.PENDING else []
    names = bool(found) and _runs_event(payment, caller)
    return PaymentDetail.with_all(
        payment,
        tickets=[TicketView.of(ticket, with_code=own) for ticket in tickets],
        ledger=ledger.of_payment(payment),
        refunds=[RefundView.of_refund(one, with_names=names) for one in found],
        mask=not sees_phone(payment, caller),
    )


def sees_phone(payment: Payment, caller: Caller) -> bool:
    """Whether the caller may see the payer's whole phone number: the buyer and Admin, not who sold it."""
    return caller.is_admin or (caller.is_user(payment.user_id) and not payment.sold_by)


def _read(payment_id: str) -> Payment | None:
    try:
        return Payment.get(payment_id, consistent_read=True)
    except Payment.DoesNotExist:
        return None


def _runs_event(payment: Payment, caller: Caller) -> bool:
    """Whether the caller, who sees the payment, is more to it than its buyer."""
    if caller.is_admin or not caller.is_user(payment.user_id):
        return True
    return is_organizer(Event.get(payment.event_id), caller)


def _may_see(payment: Payment, caller: Caller) -> bool:
    if caller.is_user(payment.user_id) or caller.is_admin:
        return True
    return caller.may("reports:read") and is_organizer(Event.get(payment.event_id), caller)
