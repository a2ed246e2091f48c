"""The audit trail: who did what to whom, written in the transaction that does it, and never changed.

`python -m chalicelib.accounts.trail 2026-11` shows a month (UTC), `… trail <user id>` what a person did and
what was done to them, `… trail event#<id>` what was done to an event by others than those who run it.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.accounts.models import AuditLine
from chalicelib.core import retention
from chalicelib.core.dynamo import transact
from chalicelib.core.ids import new_id


def line(by: str, at: datetime, what: str, on: str, **details: str) -> AuditLine:
    """A line for `write`. Make it before the transaction: all tries of one must write the same.

    Args:
        by: the id of the user who does it.
        at: when.
        what: what is done, such as `role.changed`.
        on: what it is done to: `user#<id>`, `role#4`, `category#7`, `event#<id>`.
        details: what a later reader needs; names of fields and roles, never a secret or an address.
    """
    return AuditLine(
        f"{at:%Y-%m}",
        f"{at:%Y-%m-%dT%H:%M:%S.%f}#{new_id(at)}",
        at=at,
        by=by,
        what=what,
        on=on,
        details=details,
        lapses_at=retention.lapses(at, retention.TRAIL_DAYS),
    )


def write(writing: TransactWrite, line: AuditLine | None) -> None:
    """Append a line to a transaction; None is nothing to tell."""
    if line is not None:
        writing.save(line, condition=AuditLine.month.does_not_exist())


def write_alone(line: AuditLine | None) -> None:
    """Write a line before something that no transaction writes; None is nothing to tell."""
    if line is not None:
        transact(lambda writing: write(writing, line))


def of_month(month: str) -> list[AuditLine]:
    """All of a month such as `2026-11`, oldest first."""
    return list(AuditLine.query(month, consistent_read=True))


def of_thing(on: str) -> list[AuditLine]:
    """What was done to a thing such as `event#<id>`, oldest first."""
    return list(AuditLine.by_subject.query(on))


def of_person(user_id: str) -> list[AuditLine]:
    """What a person did and what was done to them, oldest first."""
    found = {each.line: each for each in AuditLine.by_actor.query(user_id)}
    found |= {each.line: each for each in of_thing(f"user#{user_id}")}
    return [found[key] for key in sorted(found)]


def told(lines: Iterable[AuditLine]) -> list[str]:
    """The lines as a person reads them."""
    return [
        "  ".join(
            [
                f"{each.at:%Y-%m-%d %H:%M:%S}Z",
                f"{each.by} {each.what} {each.on}",
                *(f"{name}: {value}" for name, value in sorted(each.details.items())),
            ]
        )
        for each in lines
    ]


def main(arguments: list[str] | None = None) -> int:
    """Show a month, a person or a thing."""
    parser = argparse.ArgumentParser(description="What Admins did.")
    parser.add_argument("which", help="a month such as 2026-11, a user's id, or a thing such as event#<id>")
    print("\n".join(told(_found(parser.parse_args(arguments).which)) or ["Nothing."]))  # noqa: T201
    return 0


def _found(which: str) -> list[AuditLine]:
    if "#" in which:
        return of_thing(which)
    return of_month(which) if re.fullmatch(r"\d{4}-\d\d", which) else of_person(which)


if __name__ == "__main__":
    sys.exit(main())
