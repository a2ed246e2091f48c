"""What comes in and goes out about refunds."""

from typing import Annotated, Literal, Self

from pydantic import Field

from chalicelib.catalog.times import shown
from chalicelib.payments import refund_states
from chalicelib.payments.daraja import reversals
from chalicelib.payments.models import Refund
from chalicelib.web.fields import BLANK_IS_NONE, Line, MaybeNumber, Schema, example


class RefundForm(Schema):
    """A refund: of all that is left of a payment, of some tickets, or of money that is due back already.

    `reversal` asks M-Pesa to give the money back; `manual` says that it was given back some other way, with a
    `reference` to find that by. `refund_id` is one of the payment's `refunds` that is due or was refused.
    """

    model_config = example(
        reason="The buyer cannot come.", method="manual", reference="SKT7AB12CD", tickets=["0199…d501"]
    )

    reason: Line
    method: Literal["reversal", "manual"]
    tickets: (
        Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=50)] | None
    ) = None
    reference: Annotated[Line | None, BLANK_IS_NONE] = None
    refund_id: MaybeNumber = None


class StatementForm(Schema):
    """What M-Pesa's statement says of a refund of which nobody has told: whether the money went back."""

    model_config = example(reversed=True, reference="SKT7AB12CD")

    reversed: bool
    reference: Annotated[Line | None, BLANK_IS_NONE] = None


class EventRefundForm(Schema):
    """Why all that an event owes goes back."""

    model_config = example(reason="The event is cancelled.")

    reason: Line


class SumView(Schema):
    """So many refunds of one state; `amount` is their sum in whole KES."""

    count: int
    amount: int


class ProgressView(Schema):
    """How far an event's refunds are, by their state; a state that none is in is left out."""

    event_id: str
    refunds: dict[str, SumView]
    total: SumView


class RefundView(Schema):
    """Money that has to go back, or has gone; `amount` in whole KES. `code` says why M-Pesa refused it.

    Who asked, approved and declined is for those who run the event; null for the buyer.
    """

    id: int
    of: str
    status: str
    amount: int
    receipt: str | None
    tickets: list[str]
    method: str | None
    reason: str | None
    reference: str | None
    asked_by: str | None
    approved_by: str | None
    declined_by: str | None
    code: str | None
    message: str | None
    created_at: str
    changed_at: str

    @classmethod
    def of_refund(cls, refund: Refund, *, with_names: bool) -> Self:
        """The view of a refund; `with_names` tells who did what."""
        return cls(
            id=int(refund.number),
            of=refund.of,
            status=refund.state,
            amount=int(refund.amount),
            receipt=refund.receipt,
            tickets=list(refund.tickets),
            method=refund.method,
            reason=refund.reason,
            reference=refund.reference,
            asked_by=refund.asked_by if with_names else None,
            approved_by=refund.approved_by if with_names else None,
            declined_by=refund.declined_by if with_names else None,
            code=refund.code,
            message=_words(refund),
            created_at=shown(refund.created_at),
            changed_at=shown(refund.moved_at),
        )


def _words(refund: Refund) -> str | None:
    """What whoever runs the event should know, or do."""
    match refund.state:
        case refund_states.RefundState.UNKNOWN:
            return "M-Pesa has not told whether it gave this back; an Admin must look at its statement."
        case refund_states.RefundState.REFUSED if refund.code == "statement":
            return "M-Pesa's statement does not show it; ask again, or pay it back some other way."
        case refund_states.RefundState.REFUSED:
            return reversals.REFUSALS.get(
                refund.code or "", "M-Pesa did not take the request; ask again later."
            )
        case refund_states.RefundState.DUE if refund.declined_by:
            return "This was asked for and turned down; the money is due back still."
        case refund_states.RefundState.AWAITING_APPROVAL:
            return "Another organizer of the event, or an Admin, has to approve this."
        case refund_states.RefundState.DUE if not refund.attempt:
            return "It was paid in cash: give it back by hand, and record that with method manual."
        case _:
            return None
