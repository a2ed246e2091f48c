"""Buying tickets, following a payment until it is settled, and Safaricom's callback."""

from chalice.app import Blueprint, Request

from chalicelib.catalog.problems import StillADraft
from chalicelib.catalog.schemas import EventView
from chalicelib.core import limits, tallies
from chalicelib.core.problems import BadRequest, TooOften
from chalicelib.core.settings import settings
from chalicelib.payments import (
    attempts,
    cancelling,
    cancelling_events,
    cashing_up,
    drawers,
    following,
    listing,
    purchase,
    receiving,
    reconciliation,
    selling,
    states,
    till,
)
from chalicelib.payments.cash_schemas import CashUpForm, CashUpView, DrawerView
from chalicelib.payments.models import MPESA
from chalicelib.payments.problems import (
    NOT_SOLD,
    AlreadyPaid,
    CountedMeanwhile,
    IdempotencyMismatch,
    NothingToCancel,
)
from chalicelib.payments.schemas import Again, PaymentDetail, PaymentView, Purchase, Received
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, endpoint, raw_body
from chalicelib.web.gateway import MethodNotAllowed
from chalicelib.web.ownership import (
    ANYBODYS,
    BUYERS,
    BUYERS_OR_ORGANIZERS,
    LINK_HOLDERS,
    ORGANIZERS,
    ORGANIZERS_OR_GATES,
    WHAT_ONE_MAY_SEE,
)
from chalicelib.web.paging import Listing, Page

payments = Blueprint(__name__)


@endpoint(
    payments,
    "POST /payments",
    allow="tickets:buy",
    whose=ANYBODYS,
    takes=Purchase,
    gives=(202, PaymentView),
    raises=NOT_SOLD,
)
def buy(order: Purchase, caller: Caller) -> PaymentView:
    """Hold the seats and send an STK prompt to the phone; or sell them at once, for cash or as a gift."""
    if order.payment_type != MPESA:
        sold = selling.sell(order, caller)
        return PaymentView.of(sold, mask=not following.sees_phone(sold, caller))
    payment = purchase.start(order, caller.user_id, caller.idempotency_key, till.open_till())
    return PaymentView.of(payment)


@endpoint(payments, "GET /payments", allow=SIGNED_IN, whose=WHAT_ONE_MAY_SEE, gives=(200, PaymentView))
def list_payments(caller: Caller, page: Page) -> Listing:
    """The caller's payments, an organizer's sales too, all for Admin; newest first."""
    found = listing.of_caller(caller, page)
    views = [PaymentView.of(one, mask=not following.sees_phone(one, caller)) for one in found.items]
    return Listing(views, found.after)


@endpoint(
    payments,
    "GET /payments/{payment_id}",
    allow=SIGNED_IN,
    whose=BUYERS_OR_ORGANIZERS,
    gives=(200, PaymentDetail),
    raises=(TooOften,),
)
def get_payment(payment_id: str, caller: Caller) -> Reply:
    """One payment with its attempts, tickets, ledger and, if it failed, why.

    While it is `Pending`, ask again after the seconds in `Retry-After`.
    """
    tallies.count(limits.LOOKS, caller.user_id, caller.at)
    payment = reconciliation.on_read(following.find(payment_id, caller), caller.at, till.open_till)
    headers = {"Retry-After": "3"} if payment.status == states.State.PENDING else {}
    return Reply(following.detail(payment, caller), headers=headers)


@endpoint(
    payments,
    "DELETE /payments/{payment_id}",
    allow=SIGNED_IN,
    whose=BUYERS,
    gives=(200, PaymentView),
    raises=(NothingToCancel, AlreadyPaid),
)
def cancel_payment(payment_id: str, caller: Caller) -> PaymentView:
    """Cancel a pending payment and release its seats; payments are never deleted."""
    return PaymentView.of(cancelling.cancel(following.find_own(payment_id, caller), till.open_till()))


@endpoint(
    payments,
    "GET /events/{event_id}/cash",
    allow=SIGNED_IN,
    whose=ORGANIZERS_OR_GATES,
    gives=(200, DrawerView),
)
def list_drawers(event_id: str, caller: Caller) -> list[DrawerView]:
    """What each seller has taken in cash at an event, and has in hand; gate staff see their own."""
    return drawers.of_event(event_id, caller)


@endpoint(
    payments,
    "POST /events/{event_id}/cash-ups",
    allow="events:write",
    whose=ORGANIZERS,
    takes=CashUpForm,
    gives=(201, CashUpView),
    raises=(CountedMeanwhile, IdempotencyMismatch),
)
def cash_up(event_id: str, form: CashUpForm, caller: Caller) -> CashUpView:
    """Write down that a seller's cash was counted and handed over."""
    return CashUpView.of(cashing_up.cash_up(event_id, form, caller))


@endpoint(
    payments,
    "GET /events/{event_id}/cash-ups",
    allow=SIGNED_IN,
    whose=ORGANIZERS_OR_GATES,
    gives=(200, CashUpView),
)
def list_cash_ups(event_id: str, caller: Caller, page: Page) -> Listing:
    """What was counted of the cash of an event, newest first; gate staff see their own."""
    found = cashing_up.of_event(event_id, caller, page)
    return Listing([CashUpView.of(one) for one in found.items], found.after)


@endpoint(
    payments,
    "POST /events/{event_id}/cancel",
    allow="events:write",
    whose=ORGANIZERS,
    gives=(200, EventView),
    raises=(StillADraft,),
)
def cancel_event(event_id: str, caller: Caller) -> EventView:
    """Cancel an event: its sales stop at once, and what was paid becomes `RefundDue` soon after."""
    shown = cancelling_events.cancel(event_id, caller)
    return EventView.of(shown.event, shown.left, caller.at)


@endpoint(
    payments,
    "POST /lnmo",
    allow="tickets:buy",
    whose=BUYERS,
    takes=Again,
    gives=(202, PaymentView),
    raises=(*NOT_SOLD, AlreadyPaid),
)
def ask_again(form: Again, caller: Caller) -> PaymentView:
    """Send a new prompt for a payment that failed, expired or was cancelled, if its seats are still there."""
    payment = following.find_own(form.payment_id, caller)
    return PaymentView.of(attempts.ask_again(payment, form.phone, caller.idempotency_key, till.open_till()))


@endpoint(payments, "GET /lnmo", allow=PUBLIC, whose=ANYBODYS, gives=(405, None), raises=(MethodNotAllowed,))
def refuse_to_charge() -> Reply:
    """A GET must not charge a phone."""
    raise MethodNotAllowed("POST", "A GET must not charge a phone: buy with POST /payments.")


@endpoint(
    payments,
    "POST /lnmo/{payment_id}/{attempt}/{token}",
    allow=PUBLIC,
    whose=LINK_HOLDERS,
    gives=(200, Received),
    raises=(BadRequest,),
)
def take_callback(payment_id: str, attempt: str, token: str, caller: Caller, request: Request) -> Received:
    """Safaricom tells what became of a prompt; it is queued and settled from there."""
    receiving.receive(payment_id, attempt, token, raw_body(request), caller.source_address, settings())
    return Received()


@endpoint(
    payments,
    "POST /lnmo/{payment_id}/{attempt}/{token}/reversal",
    allow=PUBLIC,
    whose=LINK_HOLDERS,
    gives=(200, Received),
    raises=(BadRequest,),
)
def take_reversal(payment_id: str, attempt: str, token: str, caller: Caller, request: Request) -> Received:
    """Safaricom tells what became of a reversal, or that it timed out; it is settled from a queue."""
    receiving.receive_reversal(
        payment_id, attempt, token, raw_body(request), caller.source_address, settings()
    )
    return Received()
