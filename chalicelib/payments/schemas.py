"""What comes in and goes out about payments."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from chalicelib.catalog.schemas import TicketType
from chalicelib.catalog.times import shown
from chalicelib.core.phones import Phone, masked
from chalicelib.core.settings import settings
from chalicelib.payments import failures, notices
from chalicelib.payments.daraja.results import Failure
from chalicelib.payments.models import MPESA, Attempt, LedgerLine, Payment
from chalicelib.payments.refund_schemas import RefundView
from chalicelib.tickets.schemas import TicketView
from chalicelib.web.fields import BLANK_IS_NONE, BLANK_OR_WHOLE, Schema, Whole, example


class OrderLine(Schema):
    """So many tickets of one type."""

    ticket_type: TicketType
    quantity: Whole = Field(ge=1)


class Purchase(Schema):
    """An order: one ticket type and quantity, or several as `items`. The amount is worked out here.

    `Cash` and `Complimentary` are for those who run the event; then `phone`, where the ticket links go by
    SMS, may be left out.
    """

    model_config = example(
        event_id="0199f2c7a4b17d3f9c52e8d0a1b2c3d4", ticket_type="regular", quantity=2, phone="0712 345 678"
    )

    event_id: str = Field(min_length=1, max_length=64)
    payment_type: Literal["Mpesa", "Cash", "Complimentary"] = "Mpesa"
    phone: Phone = Field(None, validate_default=True)
    promo_code: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None, BLANK_IS_NONE
    ] = None
    items: list[OrderLine] | None = None
    ticket_type: TicketType | None = Field(None, validate_default=True)
    quantity: Annotated[Annotated[int, Field(ge=1)] | None, BLANK_OR_WHOLE] = Field(
        None, validate_default=True
    )

    @field_validator("phone", mode="wrap")
    @classmethod
    def _or_none(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if value in (None, "") and info.data.get("payment_type") != MPESA:
            return ""
        if value is None:
            raise ValueError("This field is required.")
        return read(value)

    @field_validator("items")
    @classmethod
    def _not_too_many(cls, value: list[OrderLine] | None) -> list[OrderLine] | None:
        if value is not None:
            _check_size(sum(line.quantity for line in value))
        return value

    @field_validator("ticket_type", "quantity")
    @classmethod
    def _or_items(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.data.get("items", ...) is None:
            raise ValueError("Give ticket_type and quantity, or a list of them in items.")
        if isinstance(value, int):
            _check_size(value)
        return value

    @property
    def wanted(self) -> dict[str, int]:
        """How many of each ticket type."""
        wanted: dict[str, int] = {}
        if self.items is None and self.ticket_type and self.quantity:
            return {self.ticket_type: self.quantity}
        for line in self.items or []:
            wanted[line.ticket_type] = wanted.get(line.ticket_type, 0) + line.quantity
        return wanted


def _check_size(tickets: int) -> None:
    most = settings().max_tickets
    if not 1 <= tickets <= most:
        raise ValueError(f"An order has 1 to {most} tickets; this one has {tickets}.")


class Again(Schema):
    """A new attempt for a payment, on the same phone or another."""

    model_config = example(payment_id="0199f2c7a4b17d3f9c52e8d0a1b2c3d5", phone="0712 345 678")

    payment_id: str = Field(min_length=1, max_length=64)
    phone: Phone | None = None


class Received(Schema):
    """What Safaricom wants to hear: the callback has come."""

    ResultCode: int = 0
    ResultDesc: str = "Accepted"


class ItemView(Schema):
    """So many tickets of one type, at `price` KES each."""

    ticket_type: str
    label: str
    quantity: int
    price: int


class FailureView(Schema):
    """Why there is no payment yet, in words for the customer; `retry_after` in seconds."""

    code: str
    message: str
    can_retry: bool
    retry_after: int | None

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """The view of a failure."""
        return cls(
            code=failure.code,
            message=failure.message,
            can_retry=failure.can_retry,
            retry_after=failure.retry_after,
        )


class PaymentView(Schema):
    """A payment; `amount`, and `discount`, what its code took off, in whole KES."""

    id: str
    event_id: str
    event_name: str
    amount: int
    currency: str = "KES"
    payment_type: str
    payer_phone: str
    sold_by: str | None
    payment_date: str
    status: str
    user_id: str
    items: list[ItemView]
    receipt: str | None
    expires_at: str
    notice: str | None
    refunded_amount: int
    promo_code: str | None
    discount: int

    @classmethod
    def of(cls, payment: Payment, *, mask: bool = False) -> Self:
        """The view of a payment; `mask` hides most of the phone number from organizers."""
        return cls(**_common(payment, mask))


class AttemptView(Schema):
    """One prompt on one phone; `pushed_at` is null while it waits for its turn and has not been sent."""

    number: int
    phone: str
    asked_at: str
    pushed_at: str | None
    outcome: str | None
    result_code: str | None

    @classmethod
    def of(cls, attempt: Attempt, *, mask: bool) -> Self:
        """The view of an attempt."""
        return cls(
            number=int(attempt.number),
            phone=masked(attempt.phone) if mask else attempt.phone,
            asked_at=shown(attempt.asked_at),
            pushed_at=shown(attempt.pushed_at) if attempt.pushed_at else None,
            outcome=attempt.outcome,
            result_code=attempt.result_code,
        )


class LedgerView(Schema):
    """One thing that happened to money; `amount` in whole KES."""

    kind: str
    at: str
    attempt: int
    amount: int
    receipt: str | None
    code: str | None

    @classmethod
    def of(cls, line: LedgerLine) -> Self:
        """The view of a line."""
        return cls(
            kind=line.kind,
            at=shown(line.at),
            attempt=int(line.attempt),
            amount=int(line.amount),
            receipt=line.receipt,
            code=line.code,
        )


class PaymentDetail(PaymentView):
    """A payment with all that belongs to it."""

    attempts: list[AttemptView]
    tickets: list[TicketView]
    ledger: list[LedgerView]
    refunds: list[RefundView]
    failure: FailureView | None

    @classmethod
    def with_all(
        cls,
        payment: Payment,
        tickets: list[TicketView],
        ledger: Iterable[LedgerLine],
        refunds: Iterable[RefundView],
        *,
        mask: bool,
    ) -> Self:
        """The whole view; `mask` hides most of the phone numbers from organizers."""
        return cls(
            **_common(payment, mask),
            attempts=[AttemptView.of(attempt, mask=mask) for attempt in payment.attempts],
            tickets=tickets,
            ledger=[LedgerView.of(line) for line in ledger],
            refunds=list(refunds),
            failure=_failure(payment),
        )


def _common(payment: Payment, mask: bool) -> dict[str, Any]:
    at: datetime = payment.settled_at or payment.created_at
    return {
        "id": payment.id,
        "event_id": payment.event_id,
        "event_name": payment.event_name,
        "amount": int(payment.amount),
        "payment_type": payment.payment_type,
        "payer_phone": masked(payment.payer_phone) if mask else payment.payer_phone,
        "sold_by": payment.sold_by,
        "payment_date": shown(at),
        "status": payment.status,
        "user_id": payment.user_id,
        "items": [
            ItemView(
                ticket_type=item.ticket_type,
                label=item.label,
                quantity=int(item.quantity),
                price=int(item.price),
            )
            for item in payment.items
        ],
        "receipt": payment.receipt,
        "expires_at": shown(payment.expires_at),
        "notice": notices.of(payment),
        "refunded_amount": int(payment.refunded_amount),
        "promo_code": payment.promo_code,
        "discount": int(payment.discount or 0),
    }


def _failure(payment: Payment) -> FailureView | None:
    if payment.failure is None:
        return None
    return FailureView.of(failures.of(payment.failure))
