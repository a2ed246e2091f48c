"""What comes in and goes out about promo codes."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from chalicelib.catalog.schemas import MaybeInstant, Price, SeatCount, TicketType
from chalicelib.catalog.times import shown
from chalicelib.core import clock
from chalicelib.offers import rules
from chalicelib.web.fields import BLANK_OR_WHOLE, Schema, example

if TYPE_CHECKING:
    from chalicelib.offers.codes import Standing

Types = Annotated[
    list[TicketType],
    Field(max_length=10),
    BeforeValidator(lambda value: [] if value in (None, "") else value),
]


class PromoCodeForm(Schema):
    """A code to make: so much off each ticket, in whole KES or per cent.

    An empty field sets no limit: any number of tickets, all ticket types, from now on, until the event's
    sales end.
    """

    model_config = example(
        code="JAZZ-20", percent_off=20, max_tickets=100, max_per_customer=2, ticket_types=["regular"]
    )

    code: str
    amount_off: Price = None
    percent_off: Annotated[Annotated[int, Field(ge=1, le=100)] | None, BLANK_OR_WHOLE] = Field(
        None, validate_default=True
    )
    max_tickets: SeatCount = None
    max_per_customer: SeatCount = None
    ticket_types: Types = Field([])
    starts_at: MaybeInstant = None
    ends_at: MaybeInstant = None

    @field_validator("code")
    @classmethod
    def _as_it_is_kept(cls, value: str) -> str:
        code = rules.normal(value.strip())
        if code is None:
            raise ValueError("Must be 3 to 32 letters, digits or hyphens.")
        return code

    @field_validator("amount_off")
    @classmethod
    def _something(cls, value: int | None) -> int | None:
        if value == 0:
            raise ValueError("Must be at least 1.")
        return value

    @field_validator("percent_off")
    @classmethod
    def _one_of_both(cls, value: int | None, info: ValidationInfo) -> int | None:
        if "amount_off" in info.data and (value is None) == (info.data["amount_off"] is None):
            raise ValueError("Give either amount_off, in whole shillings, or percent_off.")
        return value

    @field_validator("ends_at")
    @classmethod
    def _after_the_start(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        start = info.data.get("starts_at")
        if value and start and value <= start:
            raise ValueError("Must be after starts_at.")
        if value and value <= clock.now():
            raise ValueError("Is in the past.")
        return value


class PromoCodeView(Schema):
    """A code as its organizers see it; `used` and `left` count tickets that are held or sold by it.

    `left` is null where their number has no limit. No `ticket_types` are all.
    """

    event_id: str
    code: str
    amount_off: int | None
    percent_off: int | None
    currency: str = "KES"
    max_tickets: int | None
    max_per_customer: int | None
    ticket_types: list[str]
    starts_at: str | None
    ends_at: str | None
    created_at: str
    ended_at: str | None
    used: int
    left: int | None

    @classmethod
    def of(cls, standing: "Standing") -> Self:
        """The view of a code."""
        code, zone = standing.code, standing.event.timezone

        def at(instant: datetime | None) -> str | None:
            return shown(instant, zone) if instant else None

        return cls(
            event_id=code.event_id,
            code=code.code,
            amount_off=code.amount_off,
            percent_off=code.percent_off,
            max_tickets=code.max_tickets,
            max_per_customer=code.max_per_customer,
            ticket_types=list(code.ticket_types),
            starts_at=at(code.starts_at),
            ends_at=at(code.ends_at),
            created_at=shown(code.created_at, zone),
            ended_at=at(code.ended_at),
            used=standing.used,
            left=standing.left,
        )
