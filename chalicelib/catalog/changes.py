"""Telling the search of a change: noted in the change's own transaction, then announced on a queue.

The note is what counts: a message that is lost is made up for by the schedule. The message makes it fast.
"""

import json
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog.index_models import DUE, Entry
from chalicelib.core import log, queues

#: Prefix of the subject that stands for all events of a category.
CATEGORY: Final = "category#"

#: The schedule leaves a change so long to its message.
_GRACE: Final = timedelta(seconds=15)
#: So that an event which is being indexed under the old name is there when its category is gone through.
_SETTLE_SECONDS: Final = 3


def note(writing: TransactWrite, event_id: str, at: datetime) -> None:
    """Add to a transaction that changes an event, also one that deletes it: the index is to follow."""
    writing.update(Entry(event_id), actions=changed(at))


def announce(event_id: str) -> None:
    """Say that an event has changed, after the change is written.

    Never fails: the change stands whatever becomes of the message.
    """
    _send(event_id)


def reindex_category(category_id: int, at: datetime) -> None:
    """Have the events of a category found by its present name; call it after the name is written."""
    subject = f"{CATEGORY}{category_id}"
    Entry(subject).update(actions=changed(at))
    _send(subject, _SETTLE_SECONDS)


def changed(at: datetime) -> list[Action]:
    """What a change does to an entry."""
    return [
        Entry.changes.add(1),
        Entry.due.set(DUE),
        Entry.due_at.set(at + _GRACE),
        Entry.walked_to.remove(),
        Entry.lapses_at.remove(),
    ]


def _send(subject: str, delay_seconds: int = 0) -> None:
    try:
        queues.send(queues.EVENT_CHANGES, json.dumps({"subject": subject}), delay_seconds)
    except (BotoCoreError, ClientError):
        log.crash("search.not_queued", subject=subject)
