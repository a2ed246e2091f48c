"""What comes in and goes out about events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core.core_schema import ValidationInfo

from chalicelib.catalog import event_rules, sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.ticket_types import EARLY_BOOKING, LABELS, MVP, REGULAR, TICKET_TYPES
from chalicelib.catalog.times import DEFAULT_ZONE, Instant, Zone, shown
from chalicelib.web.fields import BLANK_OR_WHOLE, Line, MaybeNumber, Schema, Whole, example, seen

Value = TypeVar("Value")

MOST_SEATS: Final = 1_000_000
_MOST_KES: Final = 250_000


def _blank_to_none(value: Any) -> Any:
    return None if value == "" else value


def _tag_list(value: Any) -> Any:
    """Tags from an array or a comma-separated string, trimmed, each once."""
    if value is None:
        return []
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("Must be a list of words or one text with commas.")
    words = (part.strip() for entry in parts for part in entry.split(","))
    return list(dict.fromkeys(word for word in words if word))


def _shillings(value: Any) -> Any:
    if isinstance(value, (str, float)) and str(value).partition(".")[2].strip(" 0").isdecimal():
        raise ValueError("Must be whole shillings; M-Pesa cannot charge cents.")
    return value


def _without_blanks(value: Any) -> Any:
    """Entries by ticket type, without those that are null."""
    if not isinstance(value, dict):
        return value
    return {kind: entry for kind, entry in value.items() if entry is not None}


def _image(address: str) -> str:
    if wrong := event_rules.wrong_image(seen(address)):
        raise ValueError(wrong)
    return seen(address)


Price = Annotated[
    Annotated[int, Field(ge=0, le=_MOST_KES)] | None, BLANK_OR_WHOLE, BeforeValidator(_shillings)
]
SeatCount = Annotated[Annotated[int, Field(ge=1, le=MOST_SEATS)] | None, BLANK_OR_WHOLE]
Tag = Annotated[Line, Field(max_length=40)]
Tags = Annotated[list[Tag], Field(max_length=20), BeforeValidator(_tag_list)]
MaybeInstant = Annotated[Instant | None, BeforeValidator(_blank_to_none)]
TicketType = Literal["early_booking", "regular", "MVP"]
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=10_000), AfterValidator(seen)
]
Image = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048), AfterValidator(_image)]
Quotas = Annotated[
    dict[TicketType, Annotated[Whole, Field(ge=1, le=MOST_SEATS)]], BeforeValidator(_without_blanks)
]
Labels = Annotated[dict[TicketType, Annotated[Line, Field(max_length=60)]], BeforeValidator(_without_blanks)]


class NewEvent(Schema):
    """An event to create. Prices in whole KES; an empty price means that the type is not sold."""

    model_config = example(
        event_name="Blankets & Wine",
        description="An afternoon of live music on the grass.",
        tags=["music", "outdoor"],
        location="Loresho Gardens, Nairobi",
        start_time="2030-12-24T16:00:00+03:00",
        end_time="2030-12-24T22:00:00+03:00",
        regular_price=2000,
        available_tickets=500,
        images="https://example.com/blankets.jpg",
    )

    event_name: Line
    description: Description = ""
    tags: Tags = Field([])
    location: Line
    start_time: Instant
    end_time: Instant
    timezone: Zone = DEFAULT_ZONE
    early_booking_price: Price = None
    regular_price: Price = None
    MVP_price: Price = None
    capacity: SeatCount = None
    available_tickets: SeatCount = Field(None, validate_default=True)
    early_booking_ends: MaybeInstant = None
    quotas: Quotas = Field({})
    max_per_customer: SeatCount = None
    max_per_phone: SeatCount = None
    labels: Labels = Field({})
    category_id: MaybeNumber = None
    images: Image = ""
    status: Literal["draft", "published"] = "published"
    user_id: Annotated[str | None, Field(max_length=64)] = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        """The front end sends null for what was left empty."""
        return {name: value for name, value in data.items() if value is not None}

    @field_validator("end_time")
    @classmethod
    def _after_the_start(cls, value: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start_time")
        return _right(value, event_rules.wrong_end(start, value) if start else None)

    @field_validator("MVP_price")
    @classmethod
    def _something_is_sold(cls, value: int | None, info: ValidationInfo) -> int | None:
        names = ("early_booking_price", "regular_price")
        if value is None and all(name in info.data and info.data[name] is None for name in names):
            _right(value, event_rules.wrong_prices({}))
        return value

    @field_validator("available_tickets")
    @classmethod
    def _some_seats(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and "capacity" in info.data and info.data["capacity"] is None:
            raise ValueError("Say how many tickets there are.")
        return value

    @field_validator("early_booking_ends")
    @classmethod
    def _before_the_end(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        end = info.data.get("end_time")
        return _right(value, event_rules.wrong_early_booking_end(value, end) if value and end else None)

    @field_validator("quotas")
    @classmethod
    def _fit(cls, value: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        capacity = info.data.get("capacity") or info.data.get("available_tickets")
        if not capacity or any(f"{kind}_price" not in info.data for kind in TICKET_TYPES):
            return value  # told already, and one thing at a time is clearer here
        return _right(value, event_rules.wrong_quotas(value, _prices_in(info.data), capacity))

    @property
    def seats(self) -> int:
        """How many tickets there are; `capacity` counts where both are given."""
        return int(self.capacity or self.available_tickets or 0)

    @property
    def prices(self) -> dict[str, int]:
        """The prices of the types that are sold, in KES."""
        return _prices_in(self.__dict__)


def _prices_in(fields: Mapping[str, Any]) -> dict[str, int]:
    given = {kind: fields[f"{kind}_price"] for kind in TICKET_TYPES}
    return {kind: price for kind, price in given.items() if price is not None}


def _right(value: Value, wrong: str | None) -> Value:
    """The value, unless something is wrong with it."""
    if wrong:
        raise ValueError(wrong)
    return value


class EventView(Schema):
    """An event as everyone sees it. Nothing here is null but what is not sold or not set."""

    id: str
    event_id: str
    user_id: str
    organizer_ids: list[str]
    event_name: str
    description: str
    tags: str
    location: str
    images: str
    start_time: str
    end_time: str
    timezone: str
    early_booking_price: int | None
    early_booking_ends: str
    regular_price: int | None
    MVP_price: int | None
    currency: str = "KES"
    labels: dict[str, str]
    quotas: dict[str, int]
    quotas_read: dict[str, int]
    max_per_customer: int | None
    max_per_phone: int | None
    capacity: int
    available_tickets: int
    available_tickets_read: int
    category_id: int | None
    status: Literal["draft", "published", "cancelled", "past"]
    gate_ids: list[str] = Field([], exclude_if=lambda value: not value)

    @classmethod
    def of(cls, event: Event, left: int, at: datetime, *, with_gate: bool = False) -> Self:
        """The view of an event of which `left` seats are left; `with_gate` shows who works at its gate."""
        prices = event.prices
        return cls(
            id=event.id,
            event_id=event.id,
            user_id=event.user_id,
            organizer_ids=list(event.organizer_ids),
            event_name=event.name,
            description=event.description,
            tags=",".join(event.tags),
            location=event.location,
            images=event.images,
            start_time=shown(event.starts_at, event.timezone),
            end_time=shown(event.ends_at, event.timezone),
            timezone=event.timezone,
            early_booking_price=prices.get(EARLY_BOOKING),
            early_booking_ends=shown(event.early_booking_ends_at, event.timezone),
            regular_price=prices.get(REGULAR),
            MVP_price=prices.get(MVP),
            labels={kind: label_of(event, kind) for kind in prices},
            quotas=event.quotas,
            quotas_read=event.quotas,
            max_per_customer=event.max_per_customer,
            max_per_phone=event.max_per_phone,
            capacity=int(event.capacity),
            available_tickets=left,
            available_tickets_read=left,
            category_id=None if event.category_id is None else int(event.category_id),
            status=sales.status_of(event, at),
            gate_ids=list(event.gate_ids) if with_gate else [],
        )


class TypeAvailability(Schema):
    """What is left of one ticket type, and whether its sale is open; price in KES."""

    label: str
    price: int
    available: int
    on_sale: bool


class AvailabilityView(Schema):
    """What is left of an event; `version` only grows, so an older answer can be told from a newer one."""

    event_id: str
    available_tickets: int
    ticket_types: dict[str, TypeAvailability]
    currency: str = "KES"
    version: int

    @classmethod
    def of(cls, event: Event, shards: Sequence[Stock], at: datetime) -> Self:
        """The availability of an event as of `at`."""
        open_now = all(shard.on_sale for shard in shards)
        return cls(
            event_id=event.id,
            available_tickets=stock.left(shards),
            ticket_types={
                kind: TypeAvailability(
                    label=label_of(event, kind),
                    price=price,
                    available=stock.available(event, shards, kind),
                    on_sale=open_now and sales.is_on_sale(event, kind, at),
                )
                for kind, price in event.prices.items()
            },
            version=int(event.version) + sum(int(shard.version + shard.edits) for shard in shards),
        )


def label_of(event: Event, ticket_type: str) -> str:
    """What people read for a ticket type."""
    return str(event.labels.get(ticket_type, LABELS[ticket_type]))


class EventFilter(Schema):
    """Which events to list; `at_gate`: those at whose gate the caller works, whatever else is asked."""

    user_id: str = Field("", max_length=64)
    category_id: MaybeNumber = None
    at_gate: bool = False
