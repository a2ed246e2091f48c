"""Calling an event off: nothing of it is sold from this moment on, and it leaves the list."""

from datetime import timedelta
from typing import Final

from chalicelib.catalog import sales
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.models import UNWINDING, Event
from chalicelib.catalog.problems import StillADraft
from chalicelib.catalog.restocking import Restock
from chalicelib.catalog.revising import Revision, revise
from chalicelib.web.caller import Caller

#: The schedule starts what nobody has started so long after the cancelling.
_GRACE: Final = timedelta(seconds=60)


def call_off(event_id: str, caller: Caller) -> OnShow:
    """Cancel an event of the caller's: one transaction closes its stock and takes it off the list.

    Every sale wants the stock to be open, so none comes after it. The event's mark `unwinding` says that its
    payments are to be given back; whoever works on that takes it off at the end. Cancelling twice is fine.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to cancel.
        StillADraft: it was never on sale.
        Busy: others were faster each time; nothing was changed.
    """

    def decide(seen: OnShow) -> Revision | None:
        if seen.event.status == sales.CANCELLED:
            return None
        if seen.event.status == sales.DRAFT:
            raise StillADraft
        actions = [
            Event.status.set(sales.CANCELLED),
            Event.listing.remove(),
            Event.cancelled_at.set(caller.at),
            Event.unwinding.set(UNWINDING),
            Event.look_at.set(caller.at + _GRACE),
        ]
        return Revision(actions, "event.cancelled", stock=Restock(on_sale=False))

    return revise(event_id, caller, decide)
