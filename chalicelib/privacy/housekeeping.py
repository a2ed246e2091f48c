"""What the schedule puts right each minute: what no message has told of, what was kept long enough."""

from chalicelib.catalog import indexing
from chalicelib.core import clock
from chalicelib.delivery import posting
from chalicelib.privacy import ageing, erasing


def make_rounds() -> None:
    """Send and index what waits; events that have ended leave the index; go on forgetting."""
    posting.go_on(clock.now)
    indexing.repair()
    erasing.go_on(clock.now)
    ageing.go_on(clock.now)
