"""The statement: M-Pesa's own record of a day, compared with our books.

`python -m chalicelib.payments.statement FILE` takes the CSV that M-Pesa's portal exports. What was paid and
not known here is settled as by its callback, unless `--only-compare`; each other difference is printed and
kept. It exits 0 if there is none, 1 if there are, 2 if the file cannot be read; then nothing was done.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

from chalicelib.core import clock
from chalicelib.payments import differences
from chalicelib.payments.comparing import Comparison, Period
from chalicelib.payments.daraja import statements
from chalicelib.payments.daraja.statements import Unreadable
from chalicelib.payments.daraja.transactions import NAIROBI, Transaction
from chalicelib.payments.differences import Finding

_EVERY = 1000


def compare(path: Path, since: datetime | None, until: datetime | None, *, settles: bool) -> Comparison:
    """Compare a statement with our books, settle what can be settled, keep what differs.

    Args:
        path: of the CSV. It is read twice: one that turns out to be unreadable must have changed nothing.
        since: from when it is whole; by default, its first transaction.
        until: up to when, likewise.
        settles: whether money that we did not know of is settled.

    Raises:
        Unreadable: it is no statement, or it has no transactions and no period was given.
    """
    period, at = _period(path, since, until), clock.now()
    watched = frozenset(differences.standing())
    comparison = Comparison(period, at, settles, watched)
    with _opened(path) as transactions:
        _shown("lines of the statement", comparison.of_theirs(transactions))
    _shown("payments of ours", comparison.of_ours())
    differences.keep(comparison.found, at)
    differences.resolve(comparison.agreed, at)
    return comparison


def _period(path: Path, since: datetime | None, until: datetime | None) -> Period:
    """Read the whole file once: whether it can be read, and of what time it is."""
    first = last = None
    with _opened(path) as transactions:
        for one in transactions:
            first, last = min(first or one.at, one.at), max(last or one.at, one.at)
    since, until = since or first, until or last
    if since is None or until is None:
        raise Unreadable("There is no payment in it; say from when to when it is, with --from and --to.")
    if since > until:
        raise Unreadable("It ends before it begins: look at --from and --to.")
    return Period(since, until)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[Transaction]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield statements.read(file)
    except OSError as error:
        raise Unreadable(f"The file cannot be opened: {error.strerror}.") from error


def _shown(what: str, counts: Iterator[int]) -> None:
    """Tell how far it is, a thousand at a time."""
    done = 0
    for count in counts:
        done += count
        if done // _EVERY > (done - count) // _EVERY:
            print(f"{done:,} {what} …", file=sys.stderr)  # noqa: T201
    print(f"{done:,} {what}", file=sys.stderr)  # noqa: T201


def table(found: Sequence[Finding]) -> str:
    """The differences, one a line, by when their money moved (in Nairobi)."""
    heads = ("DIFFERENCE", "RECEIPT", "WHEN", "M-PESA", "OURS", "PAYMENT", "WHY")
    rows = [heads] + [
        (
            str(one.kind),
            one.about if "#" not in one.about else one.about[-24:],
            f"{one.at.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S}",
            "-" if one.theirs is None else f"{one.theirs:,}",
            "-" if one.ours is None else f"{one.ours:,}",
            one.payment_id or "-",
            one.why or "",
        )
        for one in sorted(found, key=lambda one: (one.at, one.about))
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _instant(text: str, at: time) -> datetime:
    """A day in Nairobi, or an instant, there if it has no offset: `2026-11-24`, `2026-11-24 09:30:00`."""
    if len(text) > 10:
        given = datetime.fromisoformat(text)
        return given if given.tzinfo else given.replace(tzinfo=NAIROBI)
    return datetime.combine(date.fromisoformat(text), at, NAIROBI)


def _beginning(text: str) -> datetime:
    return _instant(text, time.min)


def _end(text: str) -> datetime:
    return _instant(text, time.max)


def main(arguments: list[str] | None = None) -> int:
    """Compare, and print: for a person at a terminal, or a timer."""
    parser = argparse.ArgumentParser(description="Compare M-Pesa's statement (CSV) with our books.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", dest="since", type=_beginning, help="from when it is whole, in Nairobi")
    parser.add_argument("--to", dest="until", type=_end, help="up to when; a day is meant to its end")
    parser.add_argument("--only-compare", action="store_true", help="settle nothing")
    given = parser.parse_args(arguments)
    try:
        done = compare(given.file, given.since, given.until, settles=not given.only_compare)
    except Unreadable as error:
        print(f"{given.file}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    if done.found:
        print(table(done.found))  # noqa: T201
    print(f"{done.supplied} settled, {len(done.found)} differences", file=sys.stderr)  # noqa: T201
    return 1 if done.found else 0


if __name__ == "__main__":
    sys.exit(main())
