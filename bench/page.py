"""Writing results where people read them: each subject has parts of docs/performance.md, between marks."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parent.parent / "docs"
PAGE: Final = DOCS / "performance.md"


def show(part: str, lines: Sequence[str]) -> None:
    """Print the lines, and put them into their part of the page."""
    print("\n".join(lines), flush=True)
    PAGE.write_text(with_part(PAGE.read_text(), part, lines))


def with_part(page: str, part: str, lines: Sequence[str]) -> str:
    """The page with a part that says this.

    Raises:
        LookupError: the page has no such part.
    """
    begin, end = f"<!-- {part} -->", f"<!-- until here: {part} -->"
    made = "\n".join([begin, "", *lines, "", end])
    new, found = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: made, page, flags=re.DOTALL)
    if found != 1:
        raise LookupError(f"docs/performance.md has no part {part}: it stands between {begin} and {end}")
    return new
