"""`python -m bench` runs every subject and writes its part of docs/performance.md; `… bench costs` does one.

Each runs in a process of its own: some measure time, some run over AWS in memory, some over the emulator.
"""

import argparse
import logging
import subprocess
import sys
from importlib import import_module
from typing import Final

SUBJECTS: Final = ("costs", "cpu", "cold", "growth", "shards", "live")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=SUBJECTS, help="without it, all")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="what the subject takes: its module says")
    options = parser.parse_args()
    if options.subject:
        logging.disable(logging.ERROR)  # the application's own lines
        import_module(f"bench.{options.subject}").main(options.rest)
        return
    for subject in SUBJECTS:
        subprocess.run([sys.executable, "-m", "bench", subject], check=True)  # noqa: S603 - of our own list


if __name__ == "__main__":
    main()
