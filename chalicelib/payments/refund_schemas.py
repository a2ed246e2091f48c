"""What comes in and goes out about refunds."""

from typing import Annotated, Literal, Self

from pydantic import Field

from chalicelib.catalog.times import shown
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


class RefundView(Schema):
    """Money that has to go back, or has gone; `amount` in whole KES. `code` says why M-Pesa refused it."""

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
    code: str | None
    created_at: str
    changed_at: str

    @classmethod
    def of_refund(cls, refund: Refund) -> Self:
        """The view of a refund."""
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
            asked_by=refund.asked_by,
            approved_by=refund.approved_by,
            code=refund.code,
            created_at=shown(refund.created_at),
            changed_at=shown(refund.moved_at),
        )
