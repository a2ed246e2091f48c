"""Pages of a list: `limit`, and a signed, opaque `cursor` that only fits the list it came from."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from chalicelib.core.problems import Invalid
from chalicelib.core.settings import settings

_MAC_BYTES: Final = 16


class Sizes(NamedTuple):
    """How many things a page has: unless somebody asks for less or more, and at most."""

    usual: int
    most: int


SIZES: Final = Sizes(usual=50, most=100)

#: Where a list goes on: DynamoDB's LastEvaluatedKey.
Place = dict[str, Any]


class Page(NamedTuple):
    """What part of a list is asked for: at most `limit` things `after` a place."""

    limit: int = SIZES.usual
    after: Place | None = None


class Listing(NamedTuple):
    """A part of a list, and the place where the next one begins, if there is more.

    `items` is a `Reply` where they are not JSON.
    """

    items: Any
    after: Place | None = None


def page_of(query: Mapping[str, str], scope: str, sizes: Sizes = SIZES) -> Page:
    """The page that a query string asks for.

    Args:
        query: the request's parameters.
        scope: names the list (see `scope_of`); a cursor made under another scope is refused.
        sizes: what this list allows.

    Raises:
        Invalid: a limit out of range, a cursor that is not ours or belongs to another list.
    """
    wrong: dict[str, str] = {}
    limit = query.get("limit") or str(sizes.usual)
    is_short_number = limit.isascii() and limit.isdecimal() and len(limit) <= len(str(sizes.most))
    if not (is_short_number and 1 <= int(limit) <= sizes.most):
        wrong["limit"] = f"Must be a whole number from 1 to {sizes.most}."
    after = None
    if cursor := query.get("cursor"):
        after = _open(cursor, scope)
        if after is None:
            wrong["cursor"] = "Does not belong to this list; start again without it."
    if wrong:
        raise Invalid(fields=wrong)
    return Page(int(limit), after)


def scope_of(path: str, query: Mapping[str, str], user_id: str) -> str:
    """The name of a list: its path, its filters, and who asks."""
    return json.dumps([path, sorted(_filters(query).items()), user_id])


def link(listing: Listing, page: Page, query: Mapping[str, str], scope: str) -> dict[str, str]:
    """The `Link` header to the next page; nothing on the last one."""
    if listing.after is None:
        return {}
    cursor = _seal(listing.after, scope)
    following = urlencode({"cursor": cursor, "limit": page.limit, **_filters(query)})
    return {"Link": f'<?{following}>; rel="next"'}


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name not in ("limit", "cursor", "page")}


def _seal(place: Place, scope: str) -> str:
    payload = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(payload, scope) + payload).decode().rstrip("=")


def _open(cursor: str, scope: str) -> Place | None:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(payload, scope)):
        return None
    place: Place = json.loads(payload)
    return place


def _mac(payload: bytes, scope: str) -> bytes:
    key = settings().cursor_key.encode()
    return hmac.digest(key, scope.encode() + b"\0" + payload, hashlib.sha256)[:_MAC_BYTES]
