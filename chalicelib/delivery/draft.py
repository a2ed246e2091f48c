"""A letter before it is dressed, as plain data: text and HTML are made of it, so both say the same."""

from dataclasses import dataclass
from typing import NamedTuple


class Paragraph(NamedTuple):
    """Some sentences; a `warning` stands out."""

    words: str
    warning: bool = False


class Facts(NamedTuple):
    """What there is to know, as (name, value)."""

    rows: list[tuple[str, str]]


class Link(NamedTuple):
    """Something to open: what it is, more of it, and what its button says."""

    title: str
    detail: str
    button: str
    url: str


Part = Paragraph | Facts | Link


@dataclass(frozen=True)
class Draft:
    """What a letter says, in `language`. `topic` is the event that it is about, if any."""

    language: str
    subject: str
    heading: str
    topic: str
    parts: list[Part]
    footer: list[str]
