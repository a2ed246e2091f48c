"""Going through all payments month by month, oldest first, in steps that somebody can go on with later."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.core.dynamo import read_together
from chalicelib.payments.buckets import spread
from chalicelib.payments.models import Payment

#: Payments in one step: what one BatchGetItem takes.
MOST: Final = 100
#: Queries in one step at most: three months of which nothing was sold.
_QUERIES: Final = 24
#: Nothing was sold before.
FIRST_MONTH: Final = "2026-01"


class Step(NamedTuple):
    """Some payments, and where the next step begins; None after the last."""

    payments: list[Payment]
    next: str | None


def begin(month: str | None = None) -> str:
    """The place before all payments of a month; before all that there are, if none is named."""
    return f"{month or FIRST_MONTH}#0#"


def month_of(place: str) -> str:
    """The month, such as `2026-11`, in which a place is."""
    return place.partition("#")[0]


def before(month: str) -> str:
    """The month before one."""
    year, of_year = int(month[:4]), int(month[5:])
    return f"{year:04d}-{of_year - 1:02d}" if of_year > 1 else f"{year - 1:04d}-12"


def step(place: str, last_month: str) -> Step:
    """Some payments behind a place, all of one bucket of one month, and none after `last_month`.

    Costs a Query, one more for each bucket that is empty, 24 at most, and a BatchGetItem.
    """
    for _ in range(_QUERIES):
        ids, following = _look(place, last_month)
        if ids or following is None:
            break
        place = following
    return Step(read(ids), following)


def _look(place: str, last_month: str) -> tuple[list[str], str | None]:
    month, number, after = place.split("#")
    key = spread(month)[int(number)]
    ids = [row.id for row in Payment.by_month.query(key, Payment.id > (after or "0"), limit=MOST)]
    if len(ids) == MOST:
        return ids, f"{month}#{number}#{ids[-1]}"
    return ids, _next(month, int(number), last_month)


def read(ids: Iterable[str]) -> list[Payment]:
    """The payments with these ids, 100 at most, as of now."""
    keys = [(Payment, payment_id) for payment_id in ids]
    found = read_together(keys) if keys else {}
    return [found[key] for key in keys if key in found]


def _next(month: str, number: int, last_month: str) -> str | None:
    if number + 1 < len(spread(month)):
        return f"{month}#{number + 1}#"
    year, of_year = int(month[:4]), int(month[5:])
    after = f"{year:04d}-{of_year + 1:02d}" if of_year < 12 else f"{year + 1:04d}-01"
    return begin(after) if after <= last_month else None
