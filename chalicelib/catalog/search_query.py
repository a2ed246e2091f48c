"""What a search may be asked, as it comes in the query string."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StringConstraints, field_validator
from pydantic_core.core_schema import ValidationInfo

from chalicelib.catalog import matching, words
from chalicelib.catalog.schemas import Price
from chalicelib.catalog.times import DEFAULT_ZONE, parse_instant
from chalicelib.web.fields import MaybeNumber, Schema

if TYPE_CHECKING:
    from chalicelib.catalog.matching import Wanted

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]

_DATE: Final = len("2026-12-24")


class SearchQuery(Schema):
    """What to look for, in any mix: words and filters all have to fit. Prices in KES, of the regular type."""

    model_config = ConfigDict(populate_by_name=True)

    q: Text = Field("", description="Words, or their beginnings, of name, tags, location or category.")
    location: Text = Field("", description="Words, or their beginnings, of the location.")
    tags: Text = Field("", description="Whole tags, with commas between; the event has each of them.")
    category: Text = Field("", description="Words, or their beginnings, of the category's name.")
    category_id: MaybeNumber = None
    since: datetime | None = Field(
        None, alias="from", description="Events that have not ended by then; a date is its first moment."
    )
    until: datetime | None = Field(
        None, alias="to", description="Events that have begun by then; a date is its last moment."
    )
    min_price: Price = None
    max_price: Price = None

    @field_validator("since", mode="before")
    @classmethod
    def _from(cls, value: Any) -> datetime | None:
        return _instant(value, time.min)

    @field_validator("until", mode="before")
    @classmethod
    def _to(cls, value: Any) -> datetime | None:
        return _instant(value, time.max)

    @field_validator("until")
    @classmethod
    def _after_from(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if value and since and value < since:
            raise ValueError("Must not be before `from`.")
        return value

    @field_validator("max_price")
    @classmethod
    def _not_below(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_price")
        if value is not None and least is not None and value < least:
            raise ValueError("Must not be below `min_price`.")
        return value

    def wanted(self, at: datetime) -> "Wanted":
        """What that means at that moment: what has ended is never looked for."""
        return matching.Wanted(
            since=max(self.since, at) if self.since else at,
            until=self.until,
            words=tuple(words.words(self.q)),
            tags=tuple(filter(None, map(matching.tag, self.tags.split(",")))),
            location=tuple(words.words(self.location)),
            category=tuple(words.words(self.category)),
            category_id=self.category_id,
            min_price=self.min_price,
            max_price=self.max_price,
        )


def _instant(value: Any, at: time) -> datetime | None:
    """An instant, or a moment of a day in Nairobi."""
    if value in (None, ""):
        return None
    text = str(value).strip()
    if len(text) != _DATE:
        return parse_instant(text)
    zone = ZoneInfo(DEFAULT_ZONE)
    noon = parse_instant(f"{text}T12:00:00Z")
    return datetime.combine(noon.date(), at, zone).astimezone(UTC)
