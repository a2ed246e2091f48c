"""Password hashes: argon2id with OWASP's least parameters (m = 19456 KiB, t = 2, p = 1), never below."""

from functools import cache
from typing import Final

_OPERATIONS: Final = 2
_MEMORY_BYTES: Final = 19456 * 1024


def hash_of(password: str) -> str:
    """The hash to keep, with its salt and parameters in it."""
    from nacl.pwhash import argon2id  # here, since most routes never hash

    return argon2id.str(password.encode(), opslimit=_OPERATIONS, memlimit=_MEMORY_BYTES).decode()


def matches(password: str, kept: str | None) -> bool:
    """Whether the password has this hash.

    Without a hash (an unknown account) the same work is done, so that the time tells nothing.
    """
    from nacl.exceptions import InvalidkeyError
    from nacl.pwhash import argon2id

    try:
        argon2id.verify((kept or _nobody()).encode(), password.encode())
    except InvalidkeyError:
        return False
    return kept is not None


@cache
def _nobody() -> str:
    return hash_of("nobody has this password")
