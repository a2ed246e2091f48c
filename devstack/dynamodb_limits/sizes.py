"""How large an item is, and how many units that makes.

Sources: "DynamoDB item sizes and formats", "DynamoDB read and write operations", "Amazon DynamoDB
Transactions: How it works" (all Amazon DynamoDB Developer Guide).
"""

import math
from collections.abc import Mapping
from typing import Any, Final

#: An item in DynamoDB's JSON: `{"id": {"S": "1"}}`.
Item = Mapping[str, Any]

#: Bytes that one unit pays for.
READ_UNIT: Final = 4096
WRITE_UNIT: Final = 1024
#: A transaction prepares and commits, so each of its reads and writes costs two.
TRANSACTION: Final = 2


def read_units(size: int, *, consistent: bool) -> float:
    """Units of a read of so many bytes; what is not there costs as much as something small."""
    return max(1, math.ceil(size / READ_UNIT)) * (1.0 if consistent else 0.5)


def write_units(*sizes: int) -> float:
    """Units of a write, by the largest of the sizes in bytes: before it and after it."""
    return float(max(1, math.ceil(max(sizes, default=0) / WRITE_UNIT)))


def item_size(item: Item) -> int:
    """An item's size in bytes: names and values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(typed: Mapping[str, Any]) -> int:
    """The size in bytes of one value with its type, `{"S": "abc"}`."""
    ((kind, value),) = typed.items()
    if kind == "S":
        return len(value.encode())
    if kind == "N":
        digits = value.lstrip("-").replace(".", "").strip("0")
        return math.ceil(len(digits) / 2) + 1
    if kind == "B":  # bytes in botocore's hands, base64 on the wire
        return len(value) if isinstance(value, bytes) else len(value) * 3 // 4 - value.count("=")
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(part) for name, part in value.items())
    if kind == "L":
        return 3 + sum(1 + value_size(part) for part in value)
    return sum(value_size({kind[0]: part}) for part in value)  # sets
