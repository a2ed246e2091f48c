"""Reading the report of an event."""

from chalicelib.catalog import stock, takings
from chalicelib.catalog.revising import find_own
from chalicelib.reports import sums
from chalicelib.reports.schemas import ReportView
from chalicelib.web.caller import Caller


def of_event(event_id: str, caller: Caller) -> ReportView:
    """The sales of an event of the caller's.

    Costs a round trip for the event with its stock, and one for each shard; it reads no payment.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        NotYourEvent: the caller may see it only.
    """
    seen = find_own(event_id, caller)
    keys = [stock.key(event_id, shard.number) for shard in seen.shards]
    return sums.report(seen.event, seen.shards, takings.read(keys))
