"""The made part of docs/threat-model.md, where each named test is: `make resources` writes it."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from docs.make_data_model import page_with

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = Path(__file__).resolve().parent / "threat-model.md"
START: Final = "<!-- made by docs/make_threat_model.py, do not edit: -->"
_NAMED: Final = re.compile(r"`(test_[a-z0-9_]+)`")
_TEST: Final = re.compile(r"^def (test_\w+)", re.MULTILINE)


def named_in(text: str) -> list[str]:
    """The tests that a text names, each once, by name."""
    return sorted(set(_NAMED.findall(text)))


@cache
def existing() -> dict[str, Path]:
    """Every test that there is: its name, and a file that has one of that name."""
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "devstack").rglob("test_*.py")]
    return {name: file for file in sorted(files) for name in _TEST.findall(file.read_text())}


def made(text: str) -> str:
    """Where the links of a text lead; a test that there is not is left out, and another test says so."""
    there = existing()
    return "\n".join(
        [
            "",
            *(f"[`{name}`]: ../{there[name].relative_to(ROOT)}" for name in named_in(text) if name in there),
            "",
        ]
    )


def page() -> str:
    """The page with its made part exchanged."""
    text = PAGE.read_text()
    return page_with(text, made(text.partition(START)[0]), START)
