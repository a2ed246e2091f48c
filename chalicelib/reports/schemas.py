"""What a report says: tickets as numbers, money in whole KES."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from chalicelib.catalog.times import shown
from chalicelib.web.fields import BLANK_IS_NONE, Line, Schema, Whole, example

if TYPE_CHECKING:
    from chalicelib.reports.models import Payout


class Taken(Schema):
    """Tickets that were sold and taken back, and the money without what is due back."""

    sold: int
    refunded: int
    revenue: int


class TypeSums(Taken):
    """One ticket type, or all of them, as of now: `sold` without those that were taken back."""

    label: str
    held: int
    left: int


class DaySums(Taken):
    """One day in Nairobi (`2026-12-24`): what was sold on it, and what was taken back on it."""

    day: str
    ticket_types: dict[str, Taken]


class ReportView(Schema):
    """The sales of one event. Types that share their seats can each sell all that is `left` of them."""

    event_id: str
    event_name: str
    currency: str = "KES"
    ticket_types: dict[str, TypeSums]
    days: list[DaySums]
    total: TypeSums


class PayoutForm(Schema):
    """Money that was paid out to an event's organizer, in whole KES, with the reference of its transfer."""

    model_config = example(amount=250_000, reference="FT26331XK9P2", note="First half.")

    amount: Whole = Field(ge=1, le=1_000_000_000)
    reference: Line
    note: Annotated[Line | None, BLANK_IS_NONE] = None


class PayoutView(Schema):
    """A payout: `amount` in whole KES, to the organizer `paid_to`."""

    id: str
    amount: int
    reference: str
    note: str | None
    paid_to: str
    recorded_by: str
    at: str

    @classmethod
    def of(cls, payout: "Payout") -> Self:
        """The view of a payout."""
        return cls(
            id=payout.id,
            amount=int(payout.amount),
            reference=payout.reference,
            note=payout.note,
            paid_to=payout.paid_to,
            recorded_by=payout.recorded_by,
            at=shown(payout.at),
        )


class StatementView(Schema):
    """What is owed for an event: `revenue` - `cash` - `charges` - `fee` - `paid_out`, in whole KES.

    `sold` and `refunded` are tickets. `revenue` is without what went back or has to, `charges` is what M-Pesa
    took, `fee` the platform's: `fee_bps` ten-thousandths of the revenue. `owed` is below zero if more was
    paid out than is owed by now.
    """

    event_id: str
    event_name: str
    currency: str = "KES"
    organizer_id: str
    organizer_name: str
    organizer_verified: bool
    sold: int
    refunded: int
    revenue: int
    cash: int
    charges: int
    fee_bps: int
    fee: int
    paid_out: int
    owed: int
    payouts: list[PayoutView]
