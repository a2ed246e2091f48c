"""What comes in to change an event and its staff."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field

from chalicelib.catalog.models import Event
from chalicelib.catalog.schemas import (
    MOST_SEATS,
    Description,
    Image,
    Labels,
    MaybeInstant,
    Price,
    Quotas,
    SeatCount,
    Tags,
)
from chalicelib.catalog.times import Instant, Zone
from chalicelib.web.fields import BLANK_OR_WHOLE, Line, MaybeNumber, Schema, example


def _null_to_empty(value: Any) -> Any:
    return "" if value is None else value


#: How many tickets an old page had seen left: 0 of an event that was sold out.
SeenCount = Annotated[Annotated[int, Field(ge=0, le=MOST_SEATS)] | None, BLANK_OR_WHOLE]


class EventEdit(Schema):
    """What to change of an event: any part of it, or all of it as it was read with some of it changed.

    What is as it was is left alone. `available_tickets` changes the capacity by its difference from
    `available_tickets_read`; without that one only `capacity` changes it. Likewise `quotas` with
    `quotas_read`. An empty price takes the type off sale; an empty `early_booking_ends` is 7 days before the
    start. Null stands for empty, and for "as it is" where nothing can be empty.
    """

    model_config = example(event_name="Nairobi Jazz Night", capacity=250)

    event_name: Line | None = None
    description: Annotated[Description, BeforeValidator(_null_to_empty)] = ""
    tags: Tags = Field([])
    location: Line | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    timezone: Zone | None = None
    early_booking_price: Price = None
    regular_price: Price = None
    MVP_price: Price = None
    available_tickets: SeenCount = None
    available_tickets_read: SeenCount = None
    capacity: SeatCount = None
    early_booking_ends: MaybeInstant = None
    quotas: Quotas | None = None
    quotas_read: Quotas | None = None
    labels: Labels | None = None
    max_per_customer: SeatCount = None
    max_per_phone: SeatCount = None
    category_id: MaybeNumber = None
    images: Annotated[Image, BeforeValidator(_null_to_empty)] = ""
    status: Literal["draft", "published", "cancelled", "past"] | None = None
    user_id: Annotated[str | None, Field(max_length=64)] = None


class StaffForm(Schema):
    """What somebody is to an event: one of its organizers, or at its gate."""

    model_config = example(role="gate")

    role: Literal["organizer", "gate"]


class StaffView(Schema):
    """Who runs an event, the first organizer first, and who works at its gate."""

    event_id: str
    user_id: str
    organizer_ids: list[str]
    gate_ids: list[str]

    @classmethod
    def of(cls, event: Event) -> Self:
        """The view of an event's staff."""
        return cls(
            event_id=event.id,
            user_id=event.user_id,
            organizer_ids=list(event.organizer_ids),
            gate_ids=list(event.gate_ids),
        )
