"""Adding up what is counted with each sale. Reads and writes nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from chalicelib.catalog import stock
from chalicelib.catalog.models import Event, Stock, Takings
from chalicelib.catalog.schemas import label_of
from chalicelib.catalog.ticket_types import TICKET_TYPES
from chalicelib.reports.schemas import DaySums, ReportView, Taken, TypeSums

_COLUMNS = ("sold", "refunded", "revenue")


def report(event: Event, shards: Sequence[Stock], takings: Iterable[Takings]) -> ReportView:
    """The sales of an event, by ticket type and by day.

    Args:
        event: whose seats these are.
        shards: all of its stock.
        takings: what each shard took on each day.
    """
    by_day: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in takings:
        day, _, kind = row.day.partition("#")
        by_day[day][kind].update({column: int(getattr(row, column)) for column in _COLUMNS})
    days = [_day(day, by_day[day]) for day in sorted(by_day)]
    kinds = {kind: _type(event, shards, kind, days) for kind in TICKET_TYPES}
    here = {kind: sums for kind, sums in kinds.items() if kind in event.prices or _any(sums)}
    return ReportView(
        event_id=event.id,
        event_name=event.name,
        ticket_types=here,
        days=days,
        total=TypeSums(
            label="All tickets",
            held=sum(one.held for one in here.values()),
            left=stock.left(shards),
            **_added(here.values()),
        ),
    )


def _day(day: str, kinds: dict[str, Counter[str]]) -> DaySums:
    taken = {
        kind: Taken(**{column: kinds[kind][column] for column in _COLUMNS})
        for kind in TICKET_TYPES
        if kind in kinds
    }
    return DaySums(day=day, ticket_types=taken, **_added(taken.values()))


def _type(event: Event, shards: Sequence[Stock], kind: str, days: Iterable[DaySums]) -> TypeSums:
    return TypeSums(
        label=label_of(event, kind),
        sold=_in_all(shards, "sold", kind),
        held=_in_all(shards, "held", kind),
        left=stock.available(event, shards, kind),
        refunded=sum(day.ticket_types[kind].refunded for day in days if kind in day.ticket_types),
        revenue=_in_all(shards, "revenue", kind),
    )


def _in_all(shards: Iterable[Stock], column: str, kind: str) -> int:
    return sum(int(getattr(shard, column)[kind]) for shard in shards)


def _added(parts: Iterable[Taken]) -> dict[str, int]:
    parts = list(parts)
    return {column: sum(getattr(part, column) for part in parts) for column in _COLUMNS}


def _any(sums: TypeSums) -> bool:
    return bool(sums.sold or sums.held or sums.refunded)
