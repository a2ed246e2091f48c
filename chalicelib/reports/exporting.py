"""All of an event's payments and attendees as one CSV file, for whoever runs the service.

`python -m chalicelib.reports.exporting <event id> > attendees.csv` tells its progress on stderr. The file
begins with a byte-order mark, without which Excel takes UTF-8 for something else.
"""

import argparse
import sys
from typing import TextIO

from chalicelib.reports import attendees
from chalicelib.reports.sheets import csv_of

#: How many rows until the next word about progress.
_EVERY = 1_000


def export(event_id: str, to: TextIO, progress: TextIO) -> int:
    """Write all rows; returns how many there were."""
    to.write("\ufeff" + csv_of([attendees.HEADER]))
    written = 0
    for _, rows in attendees.of_event(event_id):
        to.write(csv_of(rows))
        if (written + len(rows)) // _EVERY > written // _EVERY:
            print(f"{written + len(rows):,} rows ...", file=progress)
        written += len(rows)
    print(f"{written:,} rows.", file=progress)
    return written


def main() -> int:
    """Export the event that is named; 1 if it has no payment."""
    parser = argparse.ArgumentParser(description="All payments and attendees of an event, as CSV.")
    parser.add_argument("event_id")
    # Excel wants UTF-8 and its line ends as they are, whatever this machine's habits.
    to = open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False)  # noqa: SIM115
    with to:
        return 0 if export(parser.parse_args().event_id, to, sys.stderr) else 1


if __name__ == "__main__":
    sys.exit(main())
