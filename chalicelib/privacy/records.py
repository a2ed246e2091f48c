"""What a record of each kind says; others' addresses are masked, and nothing in it lets one act."""

from collections.abc import Iterable
from typing import Any

from chalicelib.accounts.models import AuditLine
from chalicelib.accounts.schemas import ErasureView, HeldRecord
from chalicelib.catalog.models import Event
from chalicelib.catalog.times import shown
from chalicelib.delivery import showing
from chalicelib.delivery.schemas import MessageView
from chalicelib.payments import ledger, refunds
from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.cash_schemas import CashUpView, DrawerView
from chalicelib.payments.models import Payment
from chalicelib.payments.refund_schemas import RefundView
from chalicelib.payments.schemas import PaymentDetail
from chalicelib.privacy import walking
from chalicelib.privacy.models import Erasure
from chalicelib.reports.models import Payout
from chalicelib.reports.schemas import PayoutView
from chalicelib.tickets.models import Ticket
from chalicelib.tickets.schemas import TicketView


def of_payments(ids: Iterable[str]) -> list[HeldRecord]:
    """Payments with all that belongs to them."""
    return [HeldRecord(kind="payment", data=_payment(payment)) for payment in walking.read(ids)]


def cash(drawer: CashDrawer, counted: Iterable[CashUp]) -> HeldRecord:
    """What a person took in cash at an event, gave back and handed over, with some of when it was counted."""
    data = {
        "event_id": drawer.event_id,
        **DrawerView.of(drawer, "").model_dump(exclude={"username"}),
        "cash_ups": [CashUpView.of(one).model_dump(exclude={"counted_by"}) for one in counted],
    }
    return HeldRecord(kind="cash", data=data)


def ticket(held: Ticket) -> dict[str, Any]:
    """A ticket, without its code; by which one is let in."""
    view = TicketView.of(held, with_code=False).model_dump(exclude={"code"})
    return view | {
        "issued_at": shown(held.issued_at),
        "admitted_at": shown(held.admitted_at) if held.admitted_at else None,
        "device": held.device,
    }


def event(held: Event) -> dict[str, Any]:
    """An event that a person runs; all else of it is for everybody to see."""
    return {
        "id": held.id,
        "event_name": held.name,
        "description": held.description,
        "location": held.location,
        "status": held.status,
        "start_time": shown(held.starts_at, held.timezone),
        "created_at": shown(held.created_at),
    }


def payout(held: Payout) -> dict[str, Any]:
    """Money that was paid out to a person."""
    return {"event_id": held.event_id, **PayoutView.of(held).model_dump(exclude={"recorded_by"})}


def trail_line(held: AuditLine) -> dict[str, Any]:
    """What an Admin did, to the person or as the person."""
    return {"what": held.what, "on": held.on, "at": shown(held.at), "details": held.details}


def erasure(held: Erasure) -> ErasureView:
    """How far an erasure is."""
    return ErasureView(
        id=held.id,
        status="done" if held.done_at else "waiting",
        erased=int(held.erased),
        left=int(held.left),
        asked_at=shown(held.asked_at),
        done_at=shown(held.done_at) if held.done_at else None,
    )


def _payment(payment: Payment) -> dict[str, Any]:
    is_sale = payment.sold_by is not None  # then the phone is a customer's
    given_back = [RefundView.of_refund(one, with_names=False) for one in refunds.of_payment(payment)]
    view = PaymentDetail.with_all(payment, [], ledger.of_payment(payment), given_back, mask=is_sale)
    told = [MessageView.of(message) for message in showing.of_payment(payment.id)]
    return {
        **view.model_dump(exclude={"tickets"}),
        "counted": list(payment.counted or []),
        "messages": [one.model_dump() for one in told],
    }
