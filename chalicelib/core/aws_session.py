"""How PynamoDB reaches DynamoDB: one botocore session for all models, and answers that are not parsed twice.

Left alone, each model makes a session of its own, which reads botocore's files anew (50 ms of CPU a model in
a cold container), and botocore copies every value of an answer after looking up its shape, though the JSON
has it already as PynamoDB wants it (a third of the CPU of a list). docs/performance.md has the figures.
"""

import threading
from typing import Any, Final

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session, get_session
from pynamodb.connection import base

_of_thread: Final = threading.local()  # sessions may not make clients in two threads at once


def install() -> None:
    """Let every model made from now on use these; it has no setting of its own for them."""
    base.get_session = lambda env_vars=None: shared_session()  # type: ignore[attr-defined]  # noqa: ARG005


def shared_session() -> Session:
    """The session of this thread."""
    session: Session | None = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = get_session()
        session.register_component("response_parser_factory", _Parsers())
    return session


class _ValuesAsTheyAre(JSONParser):
    """Leaves `{"S": "abc"}` as it is. Only binary values would need decoding, and no model has any."""

    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if shape.name == "AttributeValue":
            return node
        return super()._parse_shape(shape, node)  # type: ignore[misc]


class _Parsers(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _ValuesAsTheyAre() if protocol_name == "json" else super().create_parser(protocol_name)
