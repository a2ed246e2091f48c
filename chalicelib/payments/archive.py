"""Callbacks, kept for disputes: in S3 where deployed, in a folder locally.

They are kept as they came, but for phone numbers, which are masked: the payment knows whom it prompted, for
as long as it may (docs/privacy.md).
"""

import hashlib
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.core import log, phones
from chalicelib.core.settings import settings

#: A phone number as Safaricom writes it, as a JSON number, and in a text.
_NUMBER: Final = re.compile(r"(:\s*)(254[17]\d{8})(?:\.0+)?(?![\d.])")
_PHONE: Final = re.compile(r"(?<![\d.])(?:254|0)[17]\d{8}(?!\d)")


def keep(payment_id: str, attempt: int, body: str, at: datetime) -> None:
    """Keep a callback's body with its phones masked; the same body again on the same day is kept once.

    A failure is an alert and nothing more: the money must be settled all the same.
    """
    place = settings().callback_archive
    if not place:
        return
    kept = without_phones(body)
    digest = hashlib.sha256(kept.encode()).hexdigest()[:16]  # of the whole, the phone could be tried out
    name = f"{at:%Y/%m/%d}/{payment_id}-{attempt}-{digest}.json"
    try:
        _write(place, name, kept)
    except Exception:
        log.crash("archive.failed", payment_id=payment_id, attempt=attempt)


def without_phones(body: str) -> str:
    """The same text with each phone number masked; what was JSON is JSON."""
    quoted = _NUMBER.sub(r'\1"\2"', body)
    return phones.without_digits(_PHONE.sub(lambda found: phones.masked(found[0]), quoted))


def _write(place: str, name: str, body: str) -> None:
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        key = f"{prefix.rstrip('/')}/{name}".lstrip("/")
        _s3().put_object(Bucket=bucket, Key=key, Body=body.encode())
        return
    path = Path(place) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body)


@cache
def _s3() -> Any:
    import boto3  # here, since only settlement archives
    from botocore.config import Config

    # Settlement has ten seconds, and the money comes first: S3 gets two short tries.
    return boto3.client("s3", config=Config(connect_timeout=1, read_timeout=1, retries={"max_attempts": 1}))
