"""Rows as CSV that a spreadsheet opens without running what somebody wrote into it."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

#: What makes a spreadsheet take a cell for a formula, in the wide forms of East Asia too. Source: OWASP,
#: "CSV Injection".
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(rows: Iterable[Sequence[str | int]]) -> str:
    """The rows as CSV (RFC 4180). Numbers are ours, and stay as they are."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [cell if isinstance(cell, int) else safe(cell) for cell in row] for row in rows
    )
    return text.getvalue()


def safe(cell: str) -> str:
    """The cell as text: an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
