"""Giving money back: a payment, some of its tickets, or all that an event owes."""

from chalice.app import Blueprint

from chalicelib.payments import (
    declining,
    event_refunds,
    following,
    refunding,
    reversal_results,
)
from chalicelib.payments.problems import (
    NOT_REFUNDED,
    NothingToRefund,
    NotReversible,
    NotWaiting,
    SecondPersonWanted,
)
from chalicelib.payments.refund_schemas import EventRefundForm, ProgressView, RefundForm, StatementForm
from chalicelib.payments.schemas import PaymentDetail
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import endpoint
from chalicelib.web.fields import number_in_path
from chalicelib.web.ownership import (
    ORGANIZERS,
    PAYMENTS_OF_ADMINS,
    PAYMENTS_OF_ORGANIZERS,
)

refunds = Blueprint(__name__)


@endpoint(
    refunds,
    "POST /payments/{payment_id}/refund",
    allow="payments:refund",
    whose=PAYMENTS_OF_ORGANIZERS,
    takes=RefundForm,
    gives=(202, PaymentDetail),
    raises=NOT_REFUNDED,
)
def refund(payment_id: str, form: RefundForm, caller: Caller) -> PaymentDetail:
    """Refund a payment, some of its tickets, or what is due back already; `refunds` tells how far it is."""
    return following.detail(refunding.ask(payment_id, form, caller), caller)


@endpoint(
    refunds,
    "POST /payments/{payment_id}/refund/{refund_id}/approve",
    allow="payments:refund",
    whose=PAYMENTS_OF_ORGANIZERS,
    gives=(202, PaymentDetail),
    raises=(NotWaiting, SecondPersonWanted),
)
def approve_refund(payment_id: str, refund_id: str, caller: Caller) -> PaymentDetail:
    """Agree to a refund above the limit that somebody else asked for."""
    return following.detail(refunding.approve(payment_id, number_in_path(refund_id), caller), caller)


@endpoint(
    refunds,
    "POST /payments/{payment_id}/refund/{refund_id}/decline",
    allow="payments:refund",
    whose=PAYMENTS_OF_ORGANIZERS,
    gives=(200, PaymentDetail),
    raises=(NotWaiting,),
)
def decline_refund(payment_id: str, refund_id: str, caller: Caller) -> PaymentDetail:
    """Turn down, or withdraw, a refund that waits for approval: its money stays due."""
    return following.detail(declining.decline(payment_id, number_in_path(refund_id), caller), caller)


@endpoint(
    refunds,
    "POST /payments/{payment_id}/refund/{refund_id}/statement",
    allow="payments:refund",
    whose=PAYMENTS_OF_ADMINS,
    takes=StatementForm,
    gives=(200, PaymentDetail),
    raises=(NothingToRefund,),
)
def state_refund(payment_id: str, refund_id: str, form: StatementForm, caller: Caller) -> PaymentDetail:
    """Say what M-Pesa's statement says of a reversal of which nobody has told the end."""
    payment = reversal_results.state(payment_id, number_in_path(refund_id), form, caller)
    return following.detail(payment, caller)


@endpoint(
    refunds,
    "POST /events/{event_id}/refunds",
    allow="payments:refund",
    whose=ORGANIZERS,
    takes=EventRefundForm,
    gives=(202, ProgressView),
    raises=(NotReversible,),
)
def refund_event(event_id: str, form: EventRefundForm, caller: Caller) -> ProgressView:
    """Reverse all that an event owes, soon: what is due, and what M-Pesa has refused before."""
    return event_refunds.start(event_id, form.reason, caller)


@endpoint(
    refunds,
    "GET /events/{event_id}/refunds",
    allow="payments:refund",
    whose=ORGANIZERS,
    gives=(200, ProgressView),
)
def show_event_refunds(event_id: str, caller: Caller) -> ProgressView:
    """How far an event's refunds are: how many of each state, and their sums; some seconds old."""
    return event_refunds.progress(event_id, caller)
