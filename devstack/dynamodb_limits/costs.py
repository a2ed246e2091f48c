"""What a request costs, by Amazon's rules, from the sizes of the items it reads and writes.

Emulators count capacity wrongly or not at all. Of a read, the answer tells the sizes; of a write, the items
as they were before and after it, which whoever counts has to look up.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devstack.dynamodb_limits.requests import Index, Table, Target
from devstack.dynamodb_limits.sizes import TRANSACTION, Item, item_size, read_units, write_units

#: Where units are taken from: a table, or `table/index`, and the value of its hash key. The hottest case is
#: assumed: that each hash key has a partition of its own, and no more than one.
Place = tuple[str, str]


@dataclass(frozen=True)
class Charge:
    """Units that a request takes from one place."""

    place: Place
    reads: float = 0.0
    writes: float = 0.0


def place_of(table: Table, item: Item, index: Index | None = None) -> Place:
    """The place of an item, or of its entry in an index."""
    name = f"{table.name}/{index.name}" if index else table.name
    return name, repr(item.get(index.hash if index else table.keys[0]))


def read_charges(
    operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any], tables: Mapping[str, Table]
) -> tuple[list[Charge], int]:
    """What a read takes, and how many items it read.

    A Query rounds the sum of what it reads, all other reads each item ("DynamoDB read and write operations").

    Raises:
        ValueError: a Query that leaves out what it read: its size cannot be told from the answer.
    """
    if operation in ("Query", "Scan"):
        return _listed(parameters, answer, tables[parameters["TableName"]])
    charges = []
    for table, key, item, consistent, factor in _read_singly(operation, parameters, answer, tables):
        units = read_units(item_size(item), consistent=consistent) * factor
        charges.append(Charge(place_of(table, key), reads=units))
    return charges, len(charges)


def _listed(
    parameters: Mapping[str, Any], answer: Mapping[str, Any], table: Table
) -> tuple[list[Charge], int]:
    if {"FilterExpression", "ProjectionExpression", "Select"} & set(parameters):
        raise ValueError("what a Query leaves out has been read, too, and is not seen here")
    items = answer["Items"]
    index = next((one for one in table.indexes if one.name == parameters.get("IndexName")), None)
    units = read_units(sum(map(item_size, items)), consistent=parameters.get("ConsistentRead", False))
    return [Charge(place_of(table, items[0] if items else {}, index), reads=units)], len(items)


def _read_singly(
    operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any], tables: Mapping[str, Table]
) -> Iterable[tuple[Table, Item, Item, bool, int]]:
    """Table, key, item (empty if it is not there), whether it is as of now, and how many times it counts."""
    if operation == "GetItem":
        table = tables[parameters["TableName"]]
        yield table, parameters["Key"], answer.get("Item", {}), parameters.get("ConsistentRead", False), 1
    elif operation == "TransactGetItems":
        for entry, found in zip(parameters["TransactItems"], answer["Responses"], strict=True):
            wanted = entry["Get"]
            yield tables[wanted["TableName"]], wanted["Key"], found.get("Item", {}), True, TRANSACTION
    elif operation == "BatchGetItem":
        for name, wanted in parameters["RequestItems"].items():
            table = tables[name]
            found = {repr(table.key_of(item)): item for item in answer["Responses"].get(name, ())}
            for key in wanted["Keys"]:
                item = found.get(repr(table.key_of(key)), {})
                yield table, key, item, wanted.get("ConsistentRead", False), 1


def write_charges(
    operation: str,
    wanted: Sequence[Target],
    before: Sequence[Item | None],
    after: Sequence[Item | None],
    tables: Mapping[str, Table],
    *,
    refused: bool = False,
) -> list[Charge]:
    """What a write takes.

    A write takes units by the larger of the item before and after it. One that a condition refused takes
    those of the item as it is ("Conditional writes"); of a cancelled transaction each item takes one,
    its preparing (an assumption: Amazon says that it costs, and not how much).

    Args:
        operation: the request's name.
        wanted: the items it writes.
        before: the items as they were, None where there was none.
        after: the items as they are now.
        tables: the shape of each table.
        refused: whether nothing was written, since a condition did not hold.
    """
    factor = TRANSACTION if operation == "TransactWriteItems" and not refused else 1
    charges = []
    for target, old, new in zip(wanted, before, after, strict=True):
        table = tables[target.table]
        units = write_units(item_size(old or {}), item_size(new or {})) * factor
        charges.append(Charge(place_of(table, target.key), writes=units))
        if not refused:
            charges += _index_charges(table, old, new)
    return charges


def _index_charges(table: Table, old: Item | None, new: Item | None) -> Iterable[Charge]:
    """What the table's indexes take of a write ("Using Global Secondary Indexes in DynamoDB").

    Nothing where the entry stays as it is, or there is none; one write for an entry that is new, gone or
    changed; two where its key changes. Indexes follow after a transaction, by simple writes.
    """
    for index in table.indexes:
        was, is_now = index.entry(old, table.keys), index.entry(new, table.keys)
        if was == is_now:
            continue
        if was and is_now and all(was[key] == is_now[key] for key in index.keys):
            units = write_units(item_size(was), item_size(is_now))
            yield Charge(place_of(table, is_now, index), writes=units)
            continue
        for entry in (was, is_now):
            if entry:
                yield Charge(place_of(table, entry, index), writes=write_units(item_size(entry)))


def totals(charges: Iterable[Charge]) -> tuple[float, float]:
    """Read units and write units, all together."""
    charges = list(charges)
    return sum(one.reads for one in charges), sum(one.writes for one in charges)


def by_place(charges: Iterable[Charge]) -> dict[Place, tuple[float, float]]:
    """Read units and write units of each place."""
    found: dict[Place, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for one in charges:
        reads, writes = found[one.place]
        found[one.place] = (reads + one.reads, writes + one.writes)
    return dict(found)
