"""Who is calling, and with what: read from the request once, before the handler runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chalicelib.core.problems import Forbidden, Invalid, Unauthenticated
from chalicelib.core.settings import settings

COOKIE: Final = "tiketi_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_TOKEN: Final = frozenset({"", "null", "undefined"})


@dataclass(frozen=True)
class Identity:
    """A signed-in user, as the token and the user's item say at this moment."""

    user_id: str
    role_ids: tuple[int, ...]
    permissions: frozenset[str]
    session_id: str
    session_ends_at: datetime


@dataclass(frozen=True)
class Caller:
    """The sender of one request. `at` is when it came (UTC); `link`, a signed link to what they ask for."""

    at: datetime
    source_address: str = ""
    identity: Identity | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    link: str | None = field(default=None, repr=False)

    @property
    def user_id(self) -> str:
        """The user's id.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.identity is None:
            raise Unauthenticated
        return self.identity.user_id

    def is_user(self, user_id: str) -> bool:
        """Whether this very user is calling."""
        return self.identity is not None and self.identity.user_id == user_id

    def may(self, permission: str) -> bool:
        """Whether the caller's roles grant a permission; `*` grants all."""
        return self.identity is not None and not self.identity.permissions.isdisjoint({permission, "*"})

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do everything, to everybody's things."""
        return self.may("*")


@dataclass(frozen=True)
class Credentials:
    """A token as it came; `forgeable` if a stranger's page may have made the browser send it as a cookie."""

    token: str = field(repr=False)
    forgeable: bool


def credentials(method: str, headers: Mapping[str, str]) -> Credentials | None:
    """The token of a request: the `Authorization` header, else the cookie; None if there is neither."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip() not in _NO_TOKEN:
        return Credentials(token.strip(), forgeable=False)
    cookie = _cookie(headers.get("cookie", ""))
    if cookie is None:
        return None
    return Credentials(cookie, forgeable=method not in SAFE_METHODS and not _same_origin(headers))


def refuse_forgeable(given: Credentials) -> None:
    """Refuse a cookie on an unsafe method from another origin's page.

    Raises:
        Forbidden: with the way out.
    """
    if given.forgeable:
        raise Forbidden(
            "Send the token in the Authorization header; a cookie only counts on the same origin."
        )


def is_trusted(headers: Mapping[str, str]) -> bool:
    """Whether a page of a front end that is listed for cookies sent the request (`CREDENTIAL_ORIGINS`)."""
    return headers.get("origin") in settings().credential_origins


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a page sent the request that may send no cookie, and so must be able to set none."""
    return "origin" in headers and not (is_trusted(headers) or _same_origin(headers))


def idempotency_key(headers: Mapping[str, str]) -> str | None:
    """The `Idempotency-Key` of a request.

    Raises:
        Invalid: it is empty or longer than 255 characters.
    """
    key = headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= 255:
        raise Invalid(fields={"Idempotency-Key": "Must have 1 to 255 characters."})
    return key


def session_cookie(token: str, seconds: int) -> str:
    """The `Set-Cookie` value that carries a token; an empty token clears it."""
    secure = "" if settings().is_local else "; Secure"
    return f"{COOKIE}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _cookie(header: str) -> str | None:
    # Not http.cookies: it gives up at the first cookie of somebody else's that it finds odd.
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    tokens = {value for name, _, value in pairs if name == COOKIE} - _NO_TOKEN
    # A site next door may have set a second one, for one path, which comes first: nothing says which is ours
    return tokens.pop() if len(tokens) == 1 else None


def _same_origin(headers: Mapping[str, str]) -> bool:
    if headers.get("sec-fetch-site") == "same-origin":
        return True
    scheme, _, _ = settings().public_url.partition("://")
    return headers.get("origin") in (settings().public_url, f"{scheme}://{headers.get('host', '')}")
