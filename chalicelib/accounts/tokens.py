"""Session tokens: JWT as RFC 8725 advises, with a fixed algorithm, type, issuer, audience and key id."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.core.ids import new_id
from chalicelib.core.settings import settings

_ALGORITHM: Final = "HS256"
_TYPE: Final = "session+jwt"
_ISSUER: Final = "tiketi-tamasha"
_AUDIENCE: Final = "tiketi-tamasha-api"
#: So many seconds may the clock of the container that made a token be ahead of ours.
_CLOCKS_DIFFER: Final = 60


@dataclass(frozen=True)
class Session:
    """What a token says. `version` must equal the user's token version."""

    id: str
    user_id: str
    version: int
    ends_at: datetime


def issue(user_id: str, version: int, at: datetime) -> str:
    """A token that lasts `JWT_SECONDS`, signed with the first of `JWT_KEYS`."""
    import jwt  # here, since public reads never need it

    key_id, secret = next(iter(settings().jwt_keys.items()))
    issued = int(at.timestamp())
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": user_id,
        "ver": version,
        "jti": new_id(at),
        "iat": issued,
        "exp": issued + settings().jwt_seconds,
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM, headers={"kid": key_id, "typ": _TYPE})


def read(token: str, at: datetime) -> Session | None:
    """The session of a token that we signed, that has begun and has not run out; else None."""
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        secret = settings().jwt_keys.get(str(header.get("kid")))
        if secret is None or header.get("typ") != _TYPE:
            return None
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=_AUDIENCE,
            # Times are compared below, against the clock that was passed in.
            options={"require": ["exp", "iat", "jti", "sub"], "verify_exp": False, "verify_iat": False},
        )
        begins_at = datetime.fromtimestamp(claims["iat"] - _CLOCKS_DIFFER, UTC)
        ends_at = datetime.fromtimestamp(claims["exp"], UTC)
        session = Session(claims["jti"], claims["sub"], int(claims["ver"]), ends_at)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return session if begins_at <= at < ends_at else None
