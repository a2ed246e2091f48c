"""The outbox: a row for each message that a person should get, written with what it tells of.

`add` a `new` row in the transaction, then `announce` it: the queue makes it fast. A row that was never
announced is found by its index `due`.
"""

import hashlib
import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import log, queues, retention
from chalicelib.core.attributes import WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: The ways that a message can go.
EMAIL: Final = "email"
SMS: Final = "sms"

#: The schedule leaves a new row so long to its message on the queue.
GRACE: Final = timedelta(seconds=50)
_BUCKETS: Final = 4
#: The hash keys under which the schedule finds what is due.
DUE: Final = tuple(f"due#{number}" for number in range(_BUCKETS))


class State(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    """To be sent, now or after a pause."""
    SENDING = "sending"
    """Somebody has claimed it, and may have sent it."""
    SENT = "sent"
    """Whoever carries it has accepted it."""
    FAILED = "failed"
    """It was certainly not sent, and is not tried again by itself."""
    UNKNOWN = "unknown"
    """It may have been sent; only a person decides whether to send it again."""
    DROPPED = "dropped"
    """Nobody is to get it any more: its reader has left, or it is not true any more."""


class DueMessages(GlobalSecondaryIndex["OutboxMessage"]):
    """Messages by when the schedule should look: untold, paused, or claimed too long ago. Sparse."""

    class Meta:
        """Its name and what it holds."""

        index_name = "due"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


class MessagesOfPayment(GlobalSecondaryIndex["OutboxMessage"]):
    """What was told of a payment, by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_payment"
        projection = KeysOnlyProjection()

    payment_id = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class TroubledMessages(GlobalSecondaryIndex["OutboxMessage"]):
    """What failed, or may have been sent, by when that was seen; for Admin. Sparse."""

    class Meta:
        """Its name and what it holds."""

        index_name = "in_trouble"
        projection = KeysOnlyProjection()

    trouble = UnicodeAttribute(hash_key=True)
    trouble_at = UTCDateTimeAttribute(range_key=True)


class OutboxMessage(Model):
    """A message that a person should get, one way; it is written when it is sent, so nothing secret is here.

    Its id is the payment's (or a fresh one) and a hash of what it tells; `which` is the receipt or attempt.
    `claim` is of whoever sends it, or sent it last; `tries` counts claims, and the times that it could not
    be written; `announced` counts the schedule's calls that nothing came of since. `why` it did not go
    well; `to` is the address, masked, `reference` the carrier's name for it. `asked_by` is who had it sent
    again; `with_sms`: its SMS has a row of its own. `address`: where it goes, though the account may have
    another one by now; until it is certainly sent.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("outbox")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    which = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(default=EMAIL)
    user_id = UnicodeAttribute()
    payment_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    state = UnicodeAttribute(default=State.WAITING)
    tries = WholeAttribute(default=0)
    announced = WholeAttribute(default=0)
    claim = UnicodeAttribute(null=True)
    to = UnicodeAttribute(null=True)
    sent_at = UTCDateTimeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)
    asked_by = UnicodeAttribute(null=True)
    with_sms = BooleanAttribute(null=True)
    address = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    trouble = UnicodeAttribute(null=True)
    trouble_at = UTCDateTimeAttribute(null=True)
    lapses_at = WholeAttribute(null=True)
    by_due = DueMessages()
    by_payment = MessagesOfPayment()
    in_trouble = TroubledMessages()


def new(
    kind: str,
    user_id: str,
    at: datetime,
    *,
    about: str,
    which: str = "",
    payment_id: str | None = None,
    channel: str = EMAIL,
    asked_by: str | None = None,
) -> OutboxMessage:
    """A row that waits to be sent.

    Args:
        kind: what it tells, such as `tickets_issued`.
        user_id: who is to read it.
        at: now.
        about: the id of the payment, or a fresh one; 32 hex digits.
        which: tells several of one kind about one thing apart.
        payment_id: the payment, if it is about one.
        channel: `EMAIL` or `SMS`.
        asked_by: who asked for it, where somebody did.
    """
    told = hashlib.sha256(f"{kind}#{which}#{channel}".encode()).hexdigest()[:16]
    message_id = f"{about}{told}"
    days = retention.MESSAGE_DAYS if payment_id else retention.ACCOUNT_MESSAGE_DAYS
    return OutboxMessage(
        message_id,
        kind=kind,
        which=which or None,
        channel=channel,
        user_id=user_id,
        payment_id=payment_id,
        created_at=at,
        asked_by=asked_by,
        due=bucket(message_id),
        due_at=at + GRACE,
        lapses_at=retention.lapses(at, days),
    )


def add(writing: TransactWrite, message: OutboxMessage) -> None:
    """Add a row to a transaction, which fails if it is there already."""
    writing.save(message, condition=OutboxMessage.id.does_not_exist())


def announce(message_id: str) -> None:
    """Say that a message waits, after its row is written; quickly, or not at all.

    Never fails: the schedule finds what was not announced.
    """
    try:
        queues.hint(queues.DELIVERIES, json.dumps({"message_id": message_id}))
    except Exception:  # whatever it is: what the message tells of has happened
        log.crash("message.not_queued", message_id=message_id)


def find(message_id: str) -> OutboxMessage | None:
    """A row as of now; None if there is none."""
    try:
        return OutboxMessage.get(message_id, consistent_read=True)
    except OutboxMessage.DoesNotExist:
        return None


def bucket(message_id: str) -> str:
    """The hash key of a message that is due."""
    return DUE[int(message_id[-1], 16) % _BUCKETS]
