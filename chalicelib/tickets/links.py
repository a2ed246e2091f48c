"""Signed links, by which a ticket opens from an e-mail or SMS without a log-in.

`?link=<expiry>.<mac>`: the expiry in seconds since 1970, and half an HMAC-SHA256 over the ticket's id and
the expiry, as 22 letters of base64: short enough for an SMS, too long to be guessed. Its keys are derived
from `TICKET_KEYS`: who has those can sign tickets anyway, and a key stays in that list as long as what it
signed is to count.

A link counts until its expiry, a day after it was made, and besides until a day after its event has ended.
When that is, is asked when it is opened, so that it holds for an event that was put off.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from typing import Final

from chalicelib.catalog.models import Event
from chalicelib.core.problems import Unauthenticated
from chalicelib.core.settings import settings
from chalicelib.tickets.models import Ticket

#: A link counts for so long after it was made, and after the end of its event.
AFTERWARDS_SECONDS: Final = 86_400
_MAC_BYTES: Final = 16
#: Keeps these keys apart from whatever else may be derived from the same secrets.
_PURPOSE: Final = b"tiketi/ticket-link/1"
_SHAPE: Final = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{22})", re.ASCII)


class LinkNotGenuine(Unauthenticated):
    """The link is not one of ours, or not whole."""

    message = "This link is not complete; open it just as it was sent to you, or log in to see your tickets."


class LinkExpired(Unauthenticated):
    """The link has counted long enough."""

    message = "This link has expired; log in to see your tickets, or ask for the ticket to be sent again."


def url_of(ticket: Ticket, at: datetime, form: str = "pdf") -> str:
    """The address of a ticket that needs no log-in; `form` is `pdf`, `png` or `svg`.

    Args:
        ticket: whose it is.
        at: when the link is made.
        form: what it opens as.
    """
    expiry = int(at.timestamp()) + AFTERWARDS_SECONDS
    link = f"{expiry}.{_mac(_keys()[0], ticket.id, expiry)}"
    return f"{settings().public_url}/tickets/{ticket.id}/ticket.{form}?link={link}"


def expiry_of(ticket_id: str, link: str) -> int:
    """Until when a link counts by itself, in seconds since 1970.

    Raises:
        LinkNotGenuine: it was not made by us, or for another ticket.
    """
    if not (found := _SHAPE.fullmatch(link)):
        raise LinkNotGenuine
    expiry, mac = int(found[1]), found[2]
    # Each compared in constant time; which of the keys signed is no secret.
    if not any(hmac.compare_digest(_mac(key, ticket_id, expiry), mac) for key in _keys()):
        raise LinkNotGenuine
    return expiry


def check(expiry: int, event: Event, at: datetime) -> None:
    """Refuse a link that has expired.

    Raises:
        LinkExpired: it has.
    """
    if at.timestamp() > max(expiry, event.ends_at.timestamp() + AFTERWARDS_SECONDS):
        raise LinkExpired


def _keys() -> list[bytes]:
    seeds = settings().ticket_keys.values()
    return [hmac.digest(bytes.fromhex(seed), _PURPOSE, hashlib.sha256) for seed in seeds]


def _mac(key: bytes, ticket_id: str, expiry: int) -> str:
    mac = hmac.digest(key, f"{ticket_id}:{expiry}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac[:_MAC_BYTES]).decode().rstrip("=")
