"""The letters that tickets are written with: outlines of the font Inter, and setting words in them.

`letters.json` is made by docs/make_letters.py. It has Latin with everything that Kenya's languages put on it,
Greek and Cyrillic. What it has not, emoji and other scripts, is left out of what is drawn.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.tickets.drawing.sheet import Weight

ELLIPSIS: Final = "…"
_FILE: Final = Path(__file__).with_name("letters.json")


@dataclass(frozen=True)
class Glyph:
    """A letter: its outline in thousandths of the size, and how far it stands from the line's beginning."""

    letter: str
    outline: str
    advance: int
    x: int


@cache
def _faces() -> dict[str, Any]:
    faces: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return faces


def drawable(text: str) -> str:
    """The text in letters that we have: fancy ones made plain, emoji and unknown scripts left out."""
    known = _faces()["bold"]["letters"]
    composed = unicodedata.normalize("NFC", text)
    plain = (one if one in known else unicodedata.normalize("NFKC", one) for one in composed)
    return " ".join("".join(c if c in known else " " * c.isspace() for one in plain for c in one).split())


def glyphs(words: str, weight: Weight) -> list[Glyph]:
    """The letters of a line, side by side."""
    face = _faces()[weight]
    found, x, before = [], 0, ""
    for letter in words:
        advance, outline = face["letters"][letter]
        x += face["pairs"].get(before + letter, 0)
        found.append(Glyph(letter, outline, advance, x))
        x, before = x + advance, letter
    return found


def width(words: str, size: float, weight: Weight) -> float:
    """How wide a line is at a size, both in points."""
    line = glyphs(words, weight)
    return (line[-1].x + line[-1].advance) * size / 1000 if line else 0.0


def fitted(
    words: str, room: float, sizes: Iterable[tuple[float, int]], weight: Weight
) -> tuple[float, list[str]]:
    """The largest size at which the words fit, and their lines; cut with an ellipsis if none is small enough.

    Args:
        words: what is to be set; drawable.
        room: how wide a line may be.
        sizes: sizes with the lines that there may be of each, largest first.
        weight: of the letters.
    """
    size, most, lines = 0.0, 0, list[str]()
    for size, most in sizes:
        lines = _wrapped(words, room, size, weight)
        if len(lines) <= most and not _broke_a_word(lines, words):
            return size, lines
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), room, size, weight)]
    return size, lines


def _wrapped(words: str, room: float, size: float, weight: Weight) -> list[str]:
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, weight) <= room:
            lines[-1] = longer
            continue
        pieces = _pieces(word, room, size, weight)
        lines = [*(lines if lines[-1] else lines[:-1]), *pieces]
    return lines


def _pieces(word: str, room: float, size: float, weight: Weight) -> list[str]:
    """A word in parts that fit a line each: one, unless it is longer than a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter, size, weight) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _broke_a_word(lines: Sequence[str], words: str) -> bool:
    return " ".join(lines) != words


def _cut(words: str, room: float, size: float, weight: Weight) -> str:
    while words and width(words + ELLIPSIS, size, weight) > room:
        words = words[:-1]
    return words.rstrip() + ELLIPSIS
