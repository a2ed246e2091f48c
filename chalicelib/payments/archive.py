"""Raw callbacks, kept for disputes: in S3 where deployed, in a folder locally."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.core import log
from chalicelib.core.settings import settings


def keep(payment_id: str, attempt: int, body: str, at: datetime) -> None:
    """Keep a callback's body as it came; the same body again on the same day is kept once.

    A failure is an alert and nothing more: the money must be settled all the same.
    """
    place = settings().callback_archive
    if not place:
        return
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    name = f"{at:%Y/%m/%d}/{payment_id}-{attempt}-{digest}.json"
    try:
        _write(place, name, body)
    except Exception:
        log.crash("archive.failed", payment_id=payment_id, attempt=attempt)


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
