"""What follows from who runs an event, or works at its gate: each finds it in a list of their own.

An event's first organizer is found by the event's own index; for the others there is one small item each.
Organizers are counted, too: who runs an event cannot leave.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people
from chalicelib.catalog.models import CoOrganizer, Event, GateDuty
from chalicelib.catalog.problems import TooManyStaff

#: All are within the event's item, which is read on every look at it; and a new start writes each organizer.
_MOST: Final = 10


def refuse_many(organizer_ids: Sequence[str]) -> None:
    """Refuse more organizers than an event has room for.

    Raises:
        TooManyStaff: that is so.
    """
    if len(organizer_ids) > _MOST:
        raise TooManyStaff(f"An event has at most {_MOST} organizers; take somebody off it first.")


def follow(writing: TransactWrite, event: Event, organizer_ids: Sequence[str], starts_at: datetime) -> None:
    """Add to a transaction what the new organizers, or a new start, of an event mean for these items.

    Args:
        writing: the transaction, which stands under a condition that the event is as it was read. It fails
            if somebody new has left at the same moment.
        event: as it was read.
        organizer_ids: all its organizers from now on, the first one first; none if it is deleted.
        starts_at: its start from now on.
    """
    gone, new = set(event.organizer_ids) - set(organizer_ids), set(organizer_ids) - set(event.organizer_ids)
    for person in sorted(gone):
        people.lays_down_event(writing, person)
    for person in sorted(new):
        people.takes_on_event(writing, person)
    before = {(person, place(event.starts_at, event.id)) for person in list(event.organizer_ids)[1:]}
    after = {(person, place(starts_at, event.id)) for person in organizer_ids[1:]}
    for person, where in sorted(before - after):
        writing.delete(CoOrganizer(person, where))
    for person, where in sorted(after - before):
        writing.save(CoOrganizer(person, where, event_id=event.id))


def follow_gate(writing: TransactWrite, event: Event, gate_ids: Sequence[str]) -> None:
    """Add to a transaction what the new people at the gate of an event mean for these items."""
    before, after = set(event.gate_ids), set(gate_ids)
    for person in sorted(before - after):
        writing.delete(GateDuty(person, event.id))
    for person in sorted(after - before):
        writing.save(GateDuty(person, event.id))


def at_whose_gate(user_id: str, most: int) -> Iterator[str]:
    """The ids of the events at whose gate a person may work, those first that were made last."""
    items = GateDuty.query(user_id, scan_index_forward=False, limit=most)
    return (item.event_id for item in items)


def run_with_others(user_id: str, most: int) -> list[str]:
    """The ids of the events that a person runs but not as their first organizer, latest start first."""
    items = CoOrganizer.query(user_id, scan_index_forward=False, limit=most)
    return [item.event_id for item in items]


def place(starts_at: datetime, event_id: str) -> str:
    """Where an event stands among a person's."""
    return f"{starts_at:%Y-%m-%dT%H:%M:%S}Z#{event_id}"
