"""Deleting an event that nobody has bought anything of."""

from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import categories, changes, organizing, restocking, stepping_in
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.problems import EventInUse
from chalicelib.catalog.revising import find_own, unchanged
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.problems import Busy
from chalicelib.web.caller import Caller

_TRIES: Final = 10
#: People at the gate whose way to the event goes with it; a transaction has no room for more, beside 32
#: shards, ten organizers and a line of the trail. The others' leads nowhere.
_MOST_DUTIES: Final = 45


def delete(event_id: str, caller: Caller) -> None:
    """Delete an event of the caller's, with its stock.

    A purchase at the same moment either comes first, and then the event stays, or finds no event.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to delete.
        EventInUse: something was sold or held, even if it came back.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        seen = find_own(event_id, caller)
        if restocking.was_touched(seen.shards):
            raise EventInUse
        if _wrote(seen, caller):
            changes.announce(event_id)
            return
    raise Busy


def _wrote(seen: OnShow, caller: Caller) -> bool:
    line = stepping_in.line(seen.event, caller, "event.deleted", user_id=seen.event.user_id)

    def fill(writing: TransactWrite) -> None:
        writing.delete(Event(seen.event.id), condition=unchanged(seen.event))
        for shard in seen.shards:
            # Every hold and sale counts `version` up, and wants the shard to be there.
            writing.delete(Stock(shard.key), condition=Stock.version == 0)
        changes.note(writing, seen.event.id, caller.at)
        trail.write(writing, line)
        if seen.event.category_id is not None:
            categories.lets_go(writing, int(seen.event.category_id))
        organizing.follow(writing, seen.event, (), seen.event.starts_at)
        organizing.follow_gate(writing, seen.event, seen.event.gate_ids[_MOST_DUTIES:])

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True
