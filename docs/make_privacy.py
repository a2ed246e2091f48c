"""The made part of docs/privacy.md, from `privacy/holdings.py`: `make resources` writes it."""

from pathlib import Path
from typing import Final

from chalicelib.privacy.holdings import ELSEWHERE, TABLES, Held
from docs.make_data_model import page_with

PAGE: Final = Path(__file__).resolve().parent / "privacy.md"
START: Final = "<!-- made by docs/make_privacy.py, do not edit: -->"


def made() -> str:
    """What stands between the two marks."""
    of_people = [held for held in TABLES if held.personal]
    without = ", ".join(f"`{held.table}`" for held in TABLES if not held.personal)
    return "\n".join(
        [
            "",
            "| table | of people | what for | how long | what ends it |",
            "| --- | --- | --- | --- | --- |",
            *map(_row, of_people),
            "",
            f"Nothing of people: {without}.",
            "",
            "| elsewhere | what | what for | how long | what ends it |",
            "| --- | --- | --- | --- | --- |",
            *("| " + " | ".join(one) + " |" for one in ELSEWHERE),
            "",
        ]
    )


def page() -> str:
    """The page with its made part exchanged."""
    return page_with(PAGE.read_text(), made(), START)


def _row(held: Held) -> str:
    attributes = ", ".join(f"`{name}`" for name in held.personal.split())
    return f"| `{held.table}` | {attributes} | {held.why} | {held.kept} | {held.ends} |"
