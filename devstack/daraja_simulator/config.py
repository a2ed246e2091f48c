"""Who the simulated merchant is, and how long things take at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PAYBILL: Final = "CustomerPayBillOnline"
TILL: Final = "CustomerBuyGoodsOnline"
TRANSACTION_TYPES: Final = (PAYBILL, TILL)
DEFAULT_PORT: Final = 8001


class WrongConfig(ValueError):
    """An environment variable has a value that cannot be used; the message names it."""


@dataclass(frozen=True)
class Config:
    """The merchant that the simulator knows; the defaults are good for local work only.

    Attributes:
        consumer_key: HTTP Basic user of the OAuth call.
        consumer_secret: HTTP Basic password of the OAuth call.
        shortcode: BusinessShortCode; 174379 is the one of Safaricom's sandbox.
        party_b: who is paid; empty means the short code itself. For a till, the till number.
        transaction_type: the only TransactionType that this merchant may send.
        passkey: third part of the push's Password.
        initiator: who may ask for reversals.
        security_credential: the initiator's password, as M-Pesa's certificate would encrypt it.
        delay: seconds until the customer answers the prompt.
        late: seconds until the customer answers on the phone whose callback comes late.
        hang: seconds for which the answer that never comes keeps the connection open.
        pulls: whether the short code is registered for Pull Transactions already.
        trusted: a file with certificates to trust when calling back, instead of the usual ones.
    """

    consumer_key: str = "local-consumer-key"
    consumer_secret: str = field(default="local-consumer-secret", repr=False)
    shortcode: str = "174379"
    party_b: str = ""
    transaction_type: str = PAYBILL
    passkey: str = field(default="local-passkey", repr=False)
    initiator: str = "local-initiator"
    security_credential: str = field(default="local-security-credential", repr=False)
    delay: float = 1.0
    late: float = 310.0
    hang: float = 20.0
    pulls: bool = True
    trusted: str = ""

    @property
    def payee(self) -> str:
        """The PartyB that a push must name."""
        return self.party_b or self.shortcode

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Config:
        """Read the same variables as an application does; an empty one counts as absent.

        Raises:
            WrongConfig: a number or the transaction type is not usable.
        """
        defaults = cls()
        transaction_type = environ.get("DARAJA_TRANSACTION_TYPE") or defaults.transaction_type
        if transaction_type not in TRANSACTION_TYPES:
            raise WrongConfig(f"DARAJA_TRANSACTION_TYPE must be {' or '.join(TRANSACTION_TYPES)}.")
        return cls(
            consumer_key=environ.get("DARAJA_CONSUMER_KEY") or defaults.consumer_key,
            consumer_secret=environ.get("DARAJA_CONSUMER_SECRET") or defaults.consumer_secret,
            shortcode=environ.get("DARAJA_SHORTCODE") or defaults.shortcode,
            party_b=environ.get("DARAJA_PARTY_B") or defaults.party_b,
            transaction_type=transaction_type,
            passkey=environ.get("DARAJA_PASSKEY") or defaults.passkey,
            initiator=environ.get("DARAJA_INITIATOR") or defaults.initiator,
            security_credential=environ.get("DARAJA_SECURITY_CREDENTIAL") or defaults.security_credential,
            delay=_seconds(environ, "DARAJA_SIM_DELAY", defaults.delay),
            late=_seconds(environ, "DARAJA_SIM_LATE", defaults.late),
            hang=_seconds(environ, "DARAJA_SIM_HANG", defaults.hang),
            trusted=environ.get("DARAJA_SIM_TRUSTED", ""),
        )


def port_from(environ: Mapping[str, str]) -> int:
    """The port to listen on, from SIMULATOR_PORT; 0 means any free one.

    Raises:
        WrongConfig: not a port number.
    """
    given = environ.get("SIMULATOR_PORT") or str(DEFAULT_PORT)
    if not (given.isascii() and given.isdigit() and int(given) <= 65535):
        raise WrongConfig(f"SIMULATOR_PORT must be a port number from 0 to 65535, not {given!r}.")
    return int(given)


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    given = environ.get(name) or str(default)
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 86400:
        raise WrongConfig(f"{name} must be a number of seconds from 0 to 86400, not {given!r}.")
    return seconds
