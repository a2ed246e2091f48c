"""E-mails and SMS as files, for whoever tries it on their own machine: nothing leaves it.

A file appears whole or not at all.
"""

import os
from datetime import datetime
from pathlib import Path

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.delivery import mime
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.outcomes import Outcome, Sent


def leave_email(letter: Letter, message: OutboxMessage, at: datetime) -> Outcome:
    """An e-mail as `.eml`, which mail programs open."""
    return _leave(mime.raw(letter, settings().mail_from, message.id, at), message, at, "eml")


def leave_sms(letter: Letter, message: OutboxMessage, at: datetime) -> Outcome:
    """An SMS as `.sms.txt`: whom to, an empty line, what it says."""
    return _leave(f"To: {letter.phone}\n\n{letter.sms}\n".encode(), message, at, "sms.txt")


def _leave(content: bytes, message: OutboxMessage, at: datetime, form: str) -> Outcome:
    name = f"{at:%Y%m%d-%H%M%S-%f}-{message.kind}-{message.id}-{message.tries}.{form}"
    path = Path(settings().mail_folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{name}.part")  # which nobody takes for an e-mail
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
    return Sent(name)
