"""One botocore client for all models, whose answers are not parsed twice. PynamoDB has settings for neither.

Left alone, each model makes a session and a client of its own (100 ms of CPU a model in a cold container),
and botocore copies every value of an answer after looking up its shape, though the JSON has it already as
PynamoDB wants it (a third of the CPU of a list). docs/performance.md has the figures.
"""

from collections.abc import Callable
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session, get_session
from pynamodb.connection import Connection, base, table


def install(connection: Callable[[], Connection]) -> None:
    """Let all models use this one connection. They have the same `TableMeta`, so the same limits."""
    base.get_session = lambda env_vars=None: _session()  # type: ignore[attr-defined]  # noqa: ARG005
    table.Connection = lambda **_: connection()  # type: ignore[assignment, attr-defined]


def _session() -> Session:
    session = get_session()
    session.register_component("response_parser_factory", _Parsers())
    return session


class _ValuesAsTheyAre(JSONParser):
    """Leaves items as they are. Only binary values would need decoding, and no model has any."""

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if shape.name in ("AttributeMap", "Key", "AttributeValue"):  # an item, its key, one of its values
            return node
        return super()._parse_shape(shape, node)  # type: ignore[misc]


class _Parsers(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _ValuesAsTheyAre() if protocol_name == "json" else super().create_parser(protocol_name)
