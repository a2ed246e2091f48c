"""Following a payment: who may see it, and all that belongs to it."""

from chalicelib.catalog.events import is_organizer
from chalicelib.catalog.models import Event
from chalicelib.core.problems import NotFound
from chalicelib.payments import ledger
from chalicelib.payments.models import Payment
from chalicelib.payments.schemas import PaymentDetail
from chalicelib.payments.states import State
from chalicelib.tickets import issuing
from chalicelib.tickets.schemas import TicketView
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page


def find(payment_id: str, caller: Caller) -> Payment:
    """A payment that the caller may see: their own, their event's, or any for Admin.

    Raises:
        NotFound: there is none, or the caller may not know of it.
    """
    try:
        payment = Payment.get(payment_id, consistent_read=True)
    except Payment.DoesNotExist:
        payment = None
    if payment is None or not _may_see(payment, caller):
        raise NotFound("There is no such payment on your account; GET /payments lists yours.")
    return payment


def detail(payment: Payment, caller: Caller) -> PaymentDetail:
    """The payment with its attempts, tickets (their codes for the owner only) and ledger."""
    own = caller.is_user(payment.user_id)
    quantity = sum(int(item.quantity) for item in payment.items)
    tickets = issuing.of_payment(payment.id, quantity) if payment.status != State.PENDING else []
    return PaymentDetail.with_all(
        payment,
        tickets=[TicketView.of(ticket, with_code=own) for ticket in tickets],
        ledger=ledger.of_payment(payment.id),
        mask=not (own or caller.is_admin),
    )


def of_caller(caller: Caller, page: Page) -> Listing:
    """The caller's payments, newest first."""
    found = Payment.by_buyer.query(
        caller.user_id, scan_index_forward=False, limit=page.limit, last_evaluated_key=page.after
    )
    return Listing(list(found), found.last_evaluated_key)


def _may_see(payment: Payment, caller: Caller) -> bool:
    if caller.is_user(payment.user_id) or caller.is_admin:
        return True
    return caller.may("reports:read") and is_organizer(Event.get(payment.event_id), caller)
