"""The code on a ticket: signed, so that a scanner can check it without asking us.

`T1.<key id>.<base32>`, where the base32 holds the ticket's id (17 bytes), the event's id (16), the ticket
type (1) and an Ed25519 signature (64) over all that comes before it and the prefix. Upper-case letters,
digits and dots only: a QR code packs those in alphanumeric mode, about a third smaller.
"""

import base64
import binascii
from typing import Final, NamedTuple

from chalicelib.core.settings import settings
from chalicelib.tickets.models import Ticket

_VERSION: Final = "T1"
_TYPES: Final = ("early_booking", "regular", "MVP")
_SIGNATURE_BYTES: Final = 64


class Claims(NamedTuple):
    """What a genuine code says."""

    ticket_id: str
    event_id: str
    ticket_type: str


def code_of(ticket: Ticket) -> str:
    """The code of a ticket, signed with the first of `TICKET_KEYS`."""
    from nacl.signing import SigningKey  # here, since few routes sign

    key_id, seed = next(iter(settings().ticket_keys.items()))
    prefix = f"{_VERSION}.{key_id}."
    claims = bytes.fromhex(ticket.id + ticket.event_id) + bytes([_TYPES.index(ticket.ticket_type)])
    signature = SigningKey(bytes.fromhex(seed)).sign(prefix.encode() + claims).signature
    return prefix + base64.b32encode(claims + signature).decode().rstrip("=")


def public_keys() -> dict[str, str]:
    """The public halves of all `TICKET_KEYS`, by key id, in hex: what a scanner checks codes with offline."""
    from nacl.signing import SigningKey

    return {
        key_id: SigningKey(bytes.fromhex(seed)).verify_key.encode().hex()
        for key_id, seed in settings().ticket_keys.items()
    }


def read(code: str) -> Claims | None:
    """What a code says, if one of our keys signed it; else None."""
    from nacl.exceptions import BadSignatureError
    from nacl.signing import SigningKey

    version, _, rest = code.strip().partition(".")
    key_id, _, text = rest.partition(".")
    seed = settings().ticket_keys.get(key_id)
    if version != _VERSION or seed is None:
        return None
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
        claims, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        SigningKey(bytes.fromhex(seed)).verify_key.verify(f"{version}.{key_id}.".encode() + claims, signature)
    except (binascii.Error, BadSignatureError, ValueError):
        return None
    return Claims(claims[:17].hex(), claims[17:33].hex(), _TYPES[claims[33]])
