"""Counting what this process asks of DynamoDB and SQS, and the capacity it takes, by AWS's rules.

The rules are in `devstack/dynamodb_limits/`; here is who counts: at the client, below PynamoDB. Around each
write the items are looked up as they were and as they are, which is not counted.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import botocore.client
from botocore.exceptions import ClientError

from devstack.dynamodb_limits.costs import Charge, read_charges, totals, write_charges
from devstack.dynamodb_limits.requests import READS, WRITES, Table, Target, in_full, tables_of, targets
from devstack.dynamodb_limits.sizes import Item

#: What a condition that does not hold answers; such a write costs, too.
_REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")


@dataclass
class Meter:
    """The calls to DynamoDB by name in their order, what they took, and the messages sent to queues."""

    calls: list[str] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    items: int = 0
    sent: int = 0

    @property
    def units(self) -> float:
        """Read units."""
        return totals(self.charges)[0]

    @property
    def write_units(self) -> float:
        """Write units."""
        return totals(self.charges)[1]

    @property
    def said(self) -> str:
        """The calls as they stand in the table."""
        return " + ".join(
            f"{self.calls.count(name)} {name}" if self.calls.count(name) > 1 else name
            for name in dict.fromkeys(self.calls)
        )


class _Counter:
    """Counts calls on their way; `call` is botocore's own, given client, operation and parameters."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.meter = Meter()
        self._tables: dict[str, Table] = {}

    def counts(self, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        """Make a call, and count it."""
        if operation == "SendMessage":
            self.meter.sent += 1
        elif operation == "SendMessageBatch":
            self.meter.sent += len(parameters["Entries"])
        if operation not in READS | WRITES:
            return self.call(client, operation, parameters)
        self.meter.calls.append(operation)
        for name in set(tables_of(operation, parameters)) - set(self._tables):
            described = self.call(client, "DescribeTable", {"TableName": name})
            self._tables[name] = Table.of(described["Table"])
        return (self._read if operation in READS else self._write)(client, operation, parameters)

    def _read(self, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        answer = self.call(client, operation, parameters)
        full = in_full(parameters)
        seen = answer if full == parameters else self.call(client, operation, full)
        charges, items = read_charges(operation, full, seen, self._tables)
        self.meter.charges += charges
        self.meter.items += items
        return answer

    def _write(self, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        wanted = targets(operation, parameters, self._tables)
        before = self._looked_up(client, wanted)
        try:
            answer = self.call(client, operation, parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in _REFUSED:
                self.meter.charges += write_charges(
                    operation, wanted, before, before, self._tables, refused=True
                )
            raise
        after = self._looked_up(client, wanted)
        self.meter.charges += write_charges(operation, wanted, before, after, self._tables)
        return answer

    def _looked_up(self, client: Any, wanted: Sequence[Target]) -> list[Item | None]:
        gets = ({"TableName": one.table, "Key": one.key, "ConsistentRead": True} for one in wanted)
        return [self.call(client, "GetItem", get).get("Item") for get in gets]


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what this process asks meanwhile; it must have one thread."""
    every: Any = botocore.client.BaseClient
    counter = _Counter(every._make_api_call)
    every._make_api_call = lambda client, *asked: counter.counts(client, *asked)
    try:
        yield counter.meter
    finally:
        every._make_api_call = counter.call
