"""How long is kept what tells of people: plain rules, in days or months, the only place where they are said.

The Data Protection Act (section 39) wants nothing kept longer than its purpose needs; the Tax Procedures Act
(section 23) wants records of money kept for five years from the end of their reporting period. The numbers
are our choice within that; docs/privacy.md says what each is for, and what deletes by it.
"""

from datetime import datetime, timedelta
from typing import Final

#: Phones on payments: five years, and the year in which the payment was made.
PHONE_MONTHS: Final = 72
#: What Admins did: as long as money that it may be about.
TRAIL_DAYS: Final = 6 * 366
#: What was told about an order: to see that it went out, and to whom, while an order may be complained of.
MESSAGE_DAYS: Final = 180
#: The same of a link for a new password.
ACCOUNT_MESSAGE_DAYS: Final = 30
#: Who scanned a ticket: as long as its payment may be disputed.
SCAN_DAYS: Final = 400
#: Callbacks, as they were archived: likewise.
CALLBACK_DAYS: Final = 400
#: That somebody asked to be forgotten, and when it was done: to show that it was.
ERASURE_DAYS: Final = 400
#: Where an account was made or logged in to, since the last log-in there, so that whoever owns it gets in.
PLACE_DAYS: Final = 90
#: Logs of all functions; `.chalice/config.json` says it again.
LOG_DAYS: Final = 30
#: Messages on queues, and dead letters: SQS keeps none for longer.
QUEUE_DAYS: Final = 4
DEAD_LETTER_DAYS: Final = 14
#: DynamoDB's continuous backups go back so far, and no further.
BACKUP_DAYS: Final = 35


def lapses(at: datetime, days: int) -> int:
    """When an item that is made now may be deleted, in epoch seconds, as DynamoDB's TTL wants it."""
    return int((at + timedelta(days=days)).timestamp())


def first_month(at: datetime) -> str:
    """The first month, such as `2026-11` (UTC), whose payments keep their phones."""
    months = at.year * 12 + at.month - 1 - PHONE_MONTHS
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
