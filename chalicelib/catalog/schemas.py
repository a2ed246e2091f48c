"""What comes in and goes out about events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from chalicelib.catalog import sales, stock
from chalicelib.catalog.models import Category, Event, Stock
from chalicelib.catalog.ticket_types import EARLY_BOOKING, LABELS, MVP, REGULAR, TICKET_TYPES
from chalicelib.catalog.times import DEFAULT_ZONE, Instant, Zone, shown
from chalicelib.web.fields import BLANK_OR_WHOLE, Line, MaybeNumber, Whole, example

#: The longest event, in days; the public list looks this far back for events that are under way.
LONGEST_DAYS: Final = 31

_MOST_SEATS: Final = 1_000_000
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


Price = Annotated[
    Annotated[int, Field(ge=0, le=_MOST_KES)] | None, BLANK_OR_WHOLE, BeforeValidator(_shillings)
]
SeatCount = Annotated[Annotated[int, Field(ge=1, le=_MOST_SEATS)] | None, BLANK_OR_WHOLE]
Tags = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20), BeforeValidator(_tag_list)]
MaybeInstant = Annotated[Instant | None, BeforeValidator(_blank_to_none)]
TicketType = Literal["early_booking", "regular", "MVP"]


class NewEvent(BaseModel):
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
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)] = ""
    tags: Tags = []
    location: Line
    start_time: Instant
    end_time: Instant
    timezone: Zone = DEFAULT_ZONE
    early_booking_price: Price = None
    regular_price: Price = None
    MVP_price: Price = None
    available_tickets: SeatCount = None
    capacity: SeatCount = Field(None, validate_default=True)
    early_booking_ends: MaybeInstant = None
    quotas: dict[TicketType, Annotated[Whole, Field(ge=1, le=_MOST_SEATS)]] = {}
    labels: dict[TicketType, Annotated[Line, Field(max_length=60)]] = {}
    category_id: MaybeNumber = None
    images: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2048)] = ""
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
        if start and not 0 < (value - start).total_seconds() <= LONGEST_DAYS * 86400:
            raise ValueError(f"Must be after the start, by {LONGEST_DAYS} days at most.")
        return value

    @field_validator("MVP_price")
    @classmethod
    def _something_is_sold(cls, value: int | None, info: ValidationInfo) -> int | None:
        names = ("early_booking_price", "regular_price")
        if value is None and all(name in info.data and info.data[name] is None for name in names):
            raise ValueError("Give at least one of the three prices; 0 is free.")
        return value

    @field_validator("capacity")
    @classmethod
    def _some_seats(cls, value: int | None, info: ValidationInfo) -> int | None:
        seats = value or info.data.get("available_tickets")
        if seats is None and "available_tickets" in info.data:
            raise ValueError("Say how many tickets there are, in available_tickets or here.")
        return seats

    @field_validator("early_booking_ends")
    @classmethod
    def _before_the_end(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        end = info.data.get("end_time")
        if value and end and value > end:
            raise ValueError("Must not be after the event has ended.")
        return value

    @field_validator("quotas")
    @classmethod
    def _fit(cls, value: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        capacity = info.data.get("capacity")
        if capacity and sum(value.values()) > capacity:
            raise ValueError(f"Add up to more than the {capacity} tickets there are.")
        priced = [kind for kind in TICKET_TYPES if info.data.get(f"{kind}_price") is not None]
        if capacity and priced and set(priced) <= value.keys() and sum(value.values()) < capacity:
            raise ValueError(f"Leave {capacity - sum(value.values())} seats that no type can sell.")
        unsold = [kind for kind in value if info.data.get(f"{kind}_price", 0) is None]
        if unsold:
            raise ValueError(f"Give a price for {' and '.join(unsold)} too, or nobody can buy those seats.")
        return value

    @property
    def prices(self) -> dict[str, int]:
        """The prices of the types that are sold, in KES."""
        given = {kind: getattr(self, f"{kind}_price") for kind in TICKET_TYPES}
        return {kind: price for kind, price in given.items() if price is not None}


class EventView(BaseModel):
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
    capacity: int
    available_tickets: int
    available_tickets_read: int
    category_id: int | None
    status: Literal["draft", "published", "cancelled", "past"]

    @classmethod
    def of(cls, event: Event, shards: Sequence[Stock], at: datetime) -> Self:
        """The view of an event with what is left now."""
        left = stock.left(shards)
        prices = event.prices.as_dict()
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
            quotas=event.quotas.as_dict(),
            capacity=int(event.capacity),
            available_tickets=left,
            available_tickets_read=left,
            category_id=None if event.category_id is None else int(event.category_id),
            status=sales.status_of(event, at),
        )


class TypeAvailability(BaseModel):
    """What is left of one ticket type, and whether its sale is open; price in KES."""

    label: str
    price: int
    available: int
    on_sale: bool


class AvailabilityView(BaseModel):
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
                for kind, price in event.prices.as_dict().items()
            },
            version=sum(int(shard.version) for shard in shards),
        )


def label_of(event: Event, ticket_type: str) -> str:
    """What people read for a ticket type."""
    return str(event.labels.as_dict().get(ticket_type, LABELS[ticket_type]))


class CategoryForm(BaseModel):
    """What to call a category."""

    model_config = example(name="Music")

    name: Annotated[Line, StringConstraints(max_length=64)]


class CategoryView(BaseModel):
    """A category."""

    id: int
    name: str

    @classmethod
    def of(cls, category: Category) -> Self:
        """The view of a category."""
        return cls(id=int(category.id), name=category.name)


class EventFilter(BaseModel):
    """Which events to list."""

    user_id: str = Field("", max_length=64)
    category_id: MaybeNumber = None
