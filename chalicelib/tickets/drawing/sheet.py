"""What a ticket says, and the sheet that it is laid out on: plain data between layout and painters.

Lengths are in points (1/72 inch), from the upper left corner, y downwards. Colours are `#rrggbb`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Weight = Literal["regular", "bold"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Paper:
    """What stands on a ticket.

    `number` is the ticket's in its order, `of` how many the order has, if that is known. `status` is
    `valid`, or the word that is drawn on the ticket; `code` is empty where there is nothing to scan.
    """

    event: str
    day: str
    hours: str
    place: str
    label: str
    holder: str
    order: str
    number: int
    of: int | None
    status: str
    code: str


@dataclass(frozen=True)
class Area:
    """A filled outline: SVG's path syntax with absolute M, L, H, V, Q and Z; what winds around is inside."""

    outline: str
    colour: str
    on: str


@dataclass(frozen=True)
class Text:
    """A line of text, its baseline beginning at (x, y)."""

    x: float
    y: float
    size: float
    weight: Weight
    colour: str
    on: str
    words: str


@dataclass(frozen=True)
class Sheet:
    """A page; `title` says it in words, for whoever does not see it."""

    width: int
    height: int
    title: str
    marks: Sequence[Area | Text]


_TOKEN: Final = re.compile(r"[MLHVQZ]|-?\d+(?:\.\d+)?")
_POINTS: Final = {"M": 1, "L": 1, "Q": 2}


def steps(outline: str) -> Iterator[tuple[str, list[Point]]]:
    """An outline's steps: M and L with a point, Q with two, Z with none. H and V come as L."""
    tokens = _TOKEN.findall(outline)
    at, command = 0, ""
    x = y = 0.0
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        if command == "Z":
            yield "Z", []
            continue
        if command in "HV":
            x, y = (float(tokens[at]), y) if command == "H" else (x, float(tokens[at]))
            at += 1
            yield "L", [(x, y)]
            continue
        numbers = [float(token) for token in tokens[at : at + 2 * _POINTS[command]]]
        at += len(numbers)
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        x, y = points[-1]
        yield command, points
        command = "L" if command == "M" else command  # further points after M are lines


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    """The outline of a rectangle, with round corners if there is a radius."""
    right, bottom = x + width, y + height
    if not radius:
        return f"M{x:g} {y:g}H{right:g}V{bottom:g}H{x:g}Z"
    return (
        f"M{x + radius:g} {y:g}H{right - radius:g}Q{right:g} {y:g} {right:g} {y + radius:g}"
        f"V{bottom - radius:g}Q{right:g} {bottom:g} {right - radius:g} {bottom:g}"
        f"H{x + radius:g}Q{x:g} {bottom:g} {x:g} {bottom - radius:g}V{y + radius:g}"
        f"Q{x:g} {y:g} {x + radius:g} {y:g}Z"
    )
