"""What a caller can be told no about."""

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.core.problems import Conflict, Forbidden, Problem


class BelowTaken(Conflict):
    """Fewer seats than are held, sold, or kept for a type; `lowest` says what is possible, by field."""

    def __init__(self, lowest: Mapping[str, int], sentences: Mapping[str, str], **details: Any) -> None:
        super().__init__(" ".join(sentences.values()), fields=dict(sentences), lowest=dict(lowest), **details)


class StillADraft(Conflict):
    """Nobody can have bought a ticket."""

    message = "This event is a draft, so nobody has a ticket; delete it instead."


class CategoryExists(Problem):
    """There is a category of this name."""

    code = "already_exists"
    message = "There is already a category of this name; choose another."


class CategoryInUse(Problem):
    """Events are in this category."""

    code = "in_use"
    message = "Events are in this category; move them to another one first."


class NotYourEvent(Forbidden):
    """The caller may see the event, but it is somebody else's to run."""

    message = "Only the event's organizers can do this; ask one of them to add you."


class LastOrganizer(Conflict):
    """Nobody would run the event."""

    message = "This is the event's only organizer; add another one first."


class NotTakenOver(Conflict):
    """Whose event it is, who answers for it and cannot leave it, nobody becomes by what others do."""

    message = (
        "The next organizer would answer for this event, so only they can do that, or an Admin; "
        "ask one of them to take it over."
    )


class TooManyStaff(Conflict):
    """An event has so many organizers, or people at the gate."""


class IsOver(Conflict):
    """The event has ended, or was cancelled."""

    def __init__(self, status: str, fields: list[str]) -> None:
        super().__init__(
            f"This event is {status}: {', '.join(fields)} cannot be changed any more. Its name, description, "
            "tags, location, picture, category and labels can.",
            fields=dict.fromkeys(fields, f"Cannot be changed: the event is {status}."),
        )


class WasSold(Conflict):
    """A published event of which something was sold or held."""

    message = "Tickets of this event were sold or held, so it cannot be a draft again; you can cancel it."


class EventInUse(Problem):
    """Seats of the event were sold or held."""

    code = "in_use"
    message = (
        "Tickets of this event were sold or held, so it stays; cancel it instead: POST /events/{id}/cancel."
    )


#: What an edit may be refused with.
NOT_EDITED: Final = (BelowTaken, IsOver, TooManyStaff, WasSold)
