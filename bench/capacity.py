"""Counting calls to DynamoDB and the read capacity they take, by AWS's rules, from what is really answered.

Emulators count capacity wrongly or not at all, so it is computed: an item's size by "DynamoDB item sizes and
formats", its units by "DynamoDB read and write operations" (both Amazon DynamoDB Developer Guide). 4 KB are
one unit, or half of one where a read may be a moment old; a Query rounds the sum of what it reads, all other
reads each item; an item that is not there costs as much as a small one.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import botocore.client

_UNIT: Final = 4096


@dataclass
class Meter:
    """The calls made, by name in their order, the read units they took, and the items they read."""

    calls: list[str] = field(default_factory=list)
    units: float = 0.0
    items: int = 0

    @property
    def said(self) -> str:
        """The calls as they stand in the table."""
        return " + ".join(
            f"{self.calls.count(name)} {name}" if self.calls.count(name) > 1 else name
            for name in dict.fromkeys(self.calls)
        )


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what this process asks of DynamoDB meanwhile."""
    meter = Meter()
    client: Any = botocore.client.BaseClient
    call = client._make_api_call

    def counting(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        answer = call(self, operation, parameters)
        if self.meta.service_model.service_name == "dynamodb":
            meter.calls.append(operation)
            units, items = read_units(operation, parameters, answer)
            meter.units += units
            meter.items += items
        return answer

    client._make_api_call = counting
    try:
        yield meter
    finally:
        client._make_api_call = call


def read_units(operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> tuple[float, int]:
    """Read units of one call, and the items it read; nothing for a write."""
    if operation in ("Query", "Scan"):
        assert "FilterExpression" not in parameters, "what is filtered away is not seen here"
        total = sum(map(item_size, answer["Items"]))
        return _units(total, parameters.get("ConsistentRead", False)), len(answer["Items"])
    if operation == "GetItem":
        item = answer.get("Item", {})
        return _units(item_size(item), parameters.get("ConsistentRead", False)), 1
    if operation == "BatchGetItem":
        return _batch(parameters, answer)
    return 0.0, 0


def _batch(parameters: dict[str, Any], answer: dict[str, Any]) -> tuple[float, int]:
    units, items = 0.0, 0
    for table, wanted in parameters["RequestItems"].items():
        found = answer["Responses"].get(table, [])
        missing = len(wanted["Keys"]) - len(found)
        for size in [*map(item_size, found), *[0] * missing]:
            units += _units(size, wanted.get("ConsistentRead", False))
        items += len(wanted["Keys"])
    return units, items


def _units(size: int, consistent: bool) -> float:
    return max(1, math.ceil(size / _UNIT)) * (1.0 if consistent else 0.5)


def item_size(item: dict[str, Any]) -> int:
    """An item's size in bytes: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: dict[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        digits = value.lstrip("-").replace(".", "").strip("0")
        return math.ceil(len(digits) / 2) + 1
    if kind == "B":
        return len(value)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(part) for name, part in value.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(part) for part in value)
    return sum(_value_size({kind[0]: part}) for part in value)  # sets
