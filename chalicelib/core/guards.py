"""Uniqueness: an item whose key can be taken once, written in the transaction it protects.

Used for user names, e-mail addresses, category names, M-Pesa receipts, idempotency keys and phones.
"""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core.dynamo import TableMeta, table_name


class Guard(Model):
    """One taken key. `lapses_at` is in epoch seconds; without it the key is taken for good."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("guards")

    key = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    fingerprint = UnicodeAttribute(null=True)
    lapses_at = NumberAttribute(null=True)

    def holds(self, now: datetime) -> bool:
        """Whether the key is still taken; DynamoDB's own TTL is late by hours, so compare times here."""
        return self.lapses_at is None or self.lapses_at > now.timestamp()


def release(writing: TransactWrite, guard: Guard) -> None:
    """Free the key in this transaction, which fails if somebody else has it; one that is free is fine."""
    writing.delete(guard, condition=Guard.key.does_not_exist() | (Guard.owner == guard.owner))


def take(writing: TransactWrite, guard: Guard, now: datetime, *, again: bool = False) -> None:
    """Take the key in this transaction, which fails if somebody has it and it has not lapsed.

    With `again`, its present owner may take it too, for longer.
    """
    free = Guard.key.does_not_exist()
    if again:
        free = free | (Guard.owner == guard.owner)
    if guard.lapses_at is not None:
        free = free | (Guard.lapses_at <= int(now.timestamp()))
    writing.save(guard, condition=free)
