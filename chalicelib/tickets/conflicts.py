"""What went wrong at the gates of an event: second scans, revoked tickets, admissions that were undone.

`python -m chalicelib.tickets.conflicts <event id>` shows them, oldest first.
"""

import argparse
import sys
from collections.abc import Iterable

from chalicelib.tickets.models import Scan


def of_event(event_id: str) -> list[Scan]:
    """All of an event, by our clock, oldest first; by an index, so up to a moment old."""
    return list(Scan.contests.query(event_id))


def told(scans: Iterable[Scan]) -> list[str]:
    """The lines as a person reads them."""
    return [
        "  ".join(
            [
                f"{scan.at:%Y-%m-%d %H:%M:%S}Z",
                f"ticket {scan.ticket_id}",
                str(scan.outcome) + (f" instead of {scan.took_over}" if scan.took_over else ""),
                f"by {scan.user_id}",
                *([f"on {scan.device}"] if scan.device else []),
            ]
        )
        for scan in scans
    ]


def main(arguments: list[str] | None = None) -> int:
    """Show those of an event."""
    parser = argparse.ArgumentParser(description="What went wrong at the gates of an event.")
    parser.add_argument("event", help="the event's id")
    print("\n".join(told(of_event(parser.parse_args(arguments).event)) or ["Nothing."]))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
