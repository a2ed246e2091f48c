"""Attributes that PynamoDB has only in a slow form.

Its raw map makes an object with descriptors of each value, its list copies the attributes of its elements at
each use, and its number parses JSON: a quarter of the CPU of a page of events (docs/performance.md).
"""

from typing import Any, TypeVar

from pynamodb.attributes import Attribute, ListAttribute, MapAttribute, NumberAttribute
from pynamodb.constants import MAP

Entry = TypeVar("Entry")
Record = TypeVar("Record", bound=MapAttribute[str, object])


class WholeAttribute(NumberAttribute):
    """A whole number."""

    def deserialize(self, value: str) -> int:
        """The number that DynamoDB's digits spell."""
        return int(value)


class ByNameAttribute(Attribute[dict[str, Entry]]):
    """Entries of one kind by name: a map in DynamoDB, a plain dict here."""

    attr_type = MAP

    def __init__(self, of: Attribute[Any], **options: Any) -> None:
        super().__init__(**options)
        self._of = of

    def serialize(self, value: dict[str, Entry]) -> dict[str, dict[str, Any]]:
        """The map as DynamoDB takes it."""
        return {name: {self._of.attr_type: self._of.serialize(entry)} for name, entry in value.items()}

    def deserialize(self, value: dict[str, dict[str, Any]]) -> dict[str, Entry]:
        """The entries of a map as DynamoDB gives it."""
        return {name: self._of.deserialize(entry[self._of.attr_type]) for name, entry in value.items()}


class RecordsAttribute(ListAttribute[Record]):
    """A list of maps of one kind."""

    def __init__(self, of: type[Record], **options: Any) -> None:
        super().__init__(of=of, **options)
        self._kind = of
        self._paths: dict[int, Any] = {}

    def deserialize(self, value: list[dict[str, Any]]) -> list[Record]:
        """The records of a list as DynamoDB gives it."""
        return [self._kind._instantiate(record[MAP]) for record in value]

    def __getitem__(self, number: int) -> Any:  # type: ignore[override] # as its base
        """The path of one record, for expressions."""
        if number not in self._paths:
            self._paths[number] = super().__getitem__(number)
        return self._paths[number]
