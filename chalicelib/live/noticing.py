"""Noticing that the stock of events has changed, from the table's stream.

Source: "Change data capture for DynamoDB Streams", Amazon DynamoDB Developer Guide: records come in order for
each item, at least once.
"""

from collections.abc import Iterable
from datetime import datetime

from chalice.app import DynamoDBRecord

from chalicelib.live import telling, watching


def notice(records: Iterable[DynamoDBRecord], at: datetime) -> None:
    """Have those told who follow the events of these records, 100 at most.

    One round trip, and two more for each event that is watched and of which no round is on its way. Asked
    first, noted then: who dies between has asked twice, not never.

    Raises:
        Exception: Lambda brings the records again.
    """
    changed = {str(record.keys["key"]["S"]).rpartition("#")[0] for record in records}
    for watched in watching.unexpected(changed, at):
        telling.ask(watched.event_id, wait=watching.must_wait(watched, at))
        watching.expect(watched, at)
