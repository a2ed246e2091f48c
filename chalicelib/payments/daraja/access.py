"""Access tokens: each new one invalidates the one before, so they are shared and renewed by one at a time."""

from dataclasses import dataclass
from typing import Final, Protocol

import requests

#: A token is not used in its last seconds, since it must outlive the request that carries it.
MARGIN_SECONDS: Final = 60
#: Seconds to connect and to read: a token first and then a push must fit into 28 s together.
TIMEOUTS: Final = (3.0, 15.0)
_TOKEN_TIMEOUTS: Final = (3.0, 6.0)


class NoAccess(Exception):
    """No access token is to be had, so nothing was sent. The text has no secrets."""


@dataclass(frozen=True)
class AccessToken:
    """A token and how many seconds it lasts."""

    text: str
    seconds: int

    def __repr__(self) -> str:
        return f"AccessToken(seconds={self.seconds})"


class TokenKeeper(Protocol):
    """Where all containers keep the one token they share."""

    def token(self) -> str:
        """A token that should be good.

        Raises:
            NoAccess: none is to be had.
        """

    def renewed(self, bad: str) -> str:
        """Another token than the one that M-Pesa just refused.

        Raises:
            NoAccess: none is to be had.
        """


def fetch(session: requests.Session, base_url: str, key: str, secret: str) -> AccessToken:
    """Ask for a new token, which ends the present one.

    Raises:
        NoAccess: M-Pesa cannot be reached, or refuses the consumer key or secret.
    """
    url = f"{base_url}/oauth/v1/generate"
    try:
        answer = session.get(
            url,
            params={"grant_type": "client_credentials"},
            auth=(key, secret),
            timeout=_TOKEN_TIMEOUTS,
            allow_redirects=False,  # nobody else is told our secret
        )
        if answer.status_code != 200:
            raise NoAccess(f"access token refused: HTTP {answer.status_code} {_error_code(answer)}")
        body = answer.json()
        text, seconds = body["access_token"], int(body["expires_in"])
        if not (isinstance(text, str) and text):
            raise NoAccess("access token: empty")
    except requests.RequestException as error:
        raise NoAccess(f"access token: {type(error).__name__}") from None
    except (ValueError, KeyError, TypeError):
        raise NoAccess("access token: an answer that makes no sense") from None
    return AccessToken(text, seconds)


def _error_code(answer: requests.Response) -> str:
    try:
        return str(answer.json().get("errorCode", ""))
    except (ValueError, AttributeError):
        return ""
