"""What a request to DynamoDB is about: the items it writes, and the shape of its tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from devstack.dynamodb_limits.sizes import Item

READS: Final = frozenset({"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"})
WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
_TRANSACTED: Final = ("Put", "Update", "Delete", "ConditionCheck")


@dataclass(frozen=True)
class Index:
    """A secondary index. `projected` are the attributes in it besides all keys; None: every attribute."""

    name: str
    hash: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None, table_keys: tuple[str, ...]) -> Item | None:
        """What of an item is in the index; None if it is not in it, as where it lacks one of its keys."""
        if not item or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return item
        kept = self.projected | {*self.keys, *table_keys}
        return {name: value for name, value in item.items() if name in kept}


@dataclass(frozen=True)
class Table:
    """A table's keys, the hash key first, and its indexes."""

    name: str
    keys: tuple[str, ...]
    indexes: tuple[Index, ...] = ()

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> "Table":
        """From DescribeTable's `Table`."""
        indexes = tuple(
            Index(
                one["IndexName"],
                _keys(one)[0],
                _keys(one),
                None
                if one["Projection"]["ProjectionType"] == "ALL"
                else frozenset(one["Projection"].get("NonKeyAttributes", ())),
            )
            for one in description.get("GlobalSecondaryIndexes") or ()
        )
        return cls(description["TableName"], _keys(description), indexes)

    def key_of(self, item: Item) -> dict[str, Any]:
        """The primary key of an item."""
        return {name: item[name] for name in self.keys}


class Target(NamedTuple):
    """One item that a request writes or checks: its table, its key, and the item itself where it is put."""

    table: str
    key: dict[str, Any]
    put: Item | None = None

    @property
    def name(self) -> tuple[str, str]:
        """What tells this item from all others."""
        return self.table, repr(sorted(self.key.items()))


def tables_of(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """The tables that a request names."""
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return list(parameters["RequestItems"])
    if operation.startswith("Transact"):
        parts = (part for entry in parameters["TransactItems"] for part in entry.values())
        return list(dict.fromkeys(part["TableName"] for part in parts))
    return [parameters["TableName"]]


def targets(operation: str, parameters: Mapping[str, Any], tables: Mapping[str, Table]) -> list[Target]:
    """The items that a request writes or checks, in its order; none for a read."""
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        return [_target(parameters, tables)]
    if operation == "TransactWriteItems":
        return [
            _target(entry[kind], tables)
            for entry in parameters["TransactItems"]
            for kind in _TRANSACTED
            if kind in entry
        ]
    if operation == "BatchWriteItem":
        return [
            _target(
                {"TableName": table, **entry.get("PutRequest", {}), **entry.get("DeleteRequest", {})}, tables
            )
            for table, entries in parameters["RequestItems"].items()
            for entry in entries
        ]
    return []


def read_together(operation: str, parameters: Mapping[str, Any]) -> list[Target]:
    """The items that TransactGetItems reads, which no transaction may be on; none for other requests."""
    if operation != "TransactGetItems":
        return []
    gets = (entry["Get"] for entry in parameters["TransactItems"])
    return [Target(get["TableName"], get["Key"]) for get in gets]


def in_full(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A read that answers with all that it reads: a count costs as much as the items it counts."""
    return {name: value for name, value in parameters.items() if name != "Select"}


def _target(part: Mapping[str, Any], tables: Mapping[str, Table]) -> Target:
    table = tables[part["TableName"]]
    if "Item" in part:
        return Target(table.name, table.key_of(part["Item"]), part["Item"])
    return Target(table.name, dict(part["Key"]))


def _keys(described: Mapping[str, Any]) -> tuple[str, ...]:
    schema = sorted(described["KeySchema"], key=lambda key: key["KeyType"])  # HASH before RANGE
    return tuple(key["AttributeName"] for key in schema)
