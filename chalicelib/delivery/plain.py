"""A draft as plain text."""

import textwrap
from typing import Final

from chalicelib.delivery.draft import Draft, Facts, Link, Paragraph, Part

_WIDTH: Final = 72


def text(draft: Draft) -> str:
    """The letter for whoever reads no HTML."""
    head = "\n".join(line for line in (draft.heading.upper(), draft.topic) if line)
    parts = [
        head,
        *map(_part, draft.parts),
        "-- \n" + "\n".join(map(_wrapped, draft.footer)),
    ]
    return "\n\n".join(parts) + "\n"


def _part(part: Part) -> str:
    if isinstance(part, Paragraph):
        return _wrapped(f"! {part.words}" if part.warning else part.words)
    if isinstance(part, Facts):
        return "\n".join(f"{name}: {value}" for name, value in part.rows)
    return _link(part)


def _link(link: Link) -> str:
    head = ", ".join(words for words in (link.title, link.detail) if words)
    return f"{head or link.button}:\n{link.url}"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, _WIDTH, break_long_words=False, break_on_hyphens=False)
