"""The outbox as tests look at it, and letters as their readers see them."""

from datetime import datetime
from html.parser import HTMLParser

from chalicelib.accounts.models import User
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery import letters
from chalicelib.delivery.letter import Letter


def rows(kind: str) -> list[OutboxMessage]:
    """The outbox's rows of a kind, oldest first."""
    return sorted(
        (row for row in OutboxMessage.scan() if row.kind == kind),
        key=lambda row: (row.created_at, row.which or ""),
    )


def letter(kind: str, at: datetime, which: int = -1) -> Letter | None:
    """What the newest row of a kind says now."""
    row = rows(kind)[which]
    return letters.write(row, User.get(row.user_id), at)


class Page(HTMLParser):
    """The words of a page as they are seen, its links, and every element and attribute in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self._hidden = False
        self.feed(html)

    @property
    def words(self) -> str:
        return " ".join("".join(self.seen).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value for name, value in attrs if name in ("href", "src", "background", "action")]
        self._hidden = tag in ("title", "style", "script")
        self.seen.append(" ")

    def handle_endtag(self, tag):
        self._hidden = False
        self.seen.append(" ")

    def handle_data(self, data):
        if not self._hidden:
            self.seen.append(data)
