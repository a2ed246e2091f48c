"""Saying things in a person's language: sentences, dates, lengths of time, money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from chalicelib.accounts.models import ENGLISH, SWAHILI
from chalicelib.catalog.models import Event
from chalicelib.catalog.times import DEFAULT_ZONE
from chalicelib.delivery import texts_en, texts_sw
from chalicelib.tickets.papers import ONE_EVENING, zone_of


@dataclass(frozen=True)
class Wording:
    """One language: its sentences by their keys, and what it calls days and months."""

    language: str
    texts: dict[str, str]
    reasons: dict[str, str]
    days: tuple[str, ...]
    months: tuple[str, ...]

    def say(self, key: str, **fields: object) -> str:
        """A sentence, with the fields in their places."""
        return self.texts[key].format(**fields)

    def say_of(self, count: int, key: str, **fields: object) -> str:
        """The sentence for one, or that for several."""
        return self.say(f"{key}.{'one' if count == 1 else 'many'}", count=count, **fields)

    def day(self, at: datetime) -> str:
        """`Saturday 26 December 2026`."""
        return f"{self.days[at.weekday()]} {at.day} {self.months[at.month - 1]} {at.year}"

    def when(self, event: Event) -> str:
        """From when to when, in the event's zone: `Saturday 26 December 2026, 19:00 – 02:00 EAT`."""
        starts_at, ends_at = (_there(event, at) for at in (event.starts_at, event.ends_at))
        # An end in the same night needs no date.
        day = "" if ends_at - starts_at < ONE_EVENING else f"{self.day(ends_at)}, "
        return f"{self.day(starts_at)}, {starts_at:%H:%M} – {day}{ends_at:%H:%M} {zone_of(starts_at)}"

    def moment(self, at: datetime) -> str:
        """When something happened, in Kenya: `Thursday 26 November 2026, 12:00 EAT`."""
        there = at.astimezone(ZoneInfo(DEFAULT_ZONE))
        return f"{self.day(there)}, {there:%H:%M} {zone_of(there)}"

    def briefly_when(self, event: Event) -> str:
        """When it starts, for an SMS: `26 Dec 19:00`."""
        at = _there(event, event.starts_at)
        return f"{at.day} {self.months[at.month - 1][:3]} {at:%H:%M}"

    def duration(self, seconds: int) -> str:
        """`1 hour`, `90 minutes`."""
        if seconds % 3600 == 0:
            return self.say_of(seconds // 3600, "hours")
        return self.say_of(max(1, round(seconds / 60)), "minutes")


def money(amount: int) -> str:
    """`KES 1,500`."""
    return f"KES {amount:,}"


_ALL: Final = {
    code: Wording(code, texts.TEXTS, texts.REASONS, texts.DAYS, texts.MONTHS)
    for code, texts in ((ENGLISH, texts_en), (SWAHILI, texts_sw))
}


def wording(language: str) -> Wording:
    """The language by its code."""
    return _ALL[language]


def _there(event: Event, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(event.timezone))
