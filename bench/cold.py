"""Cold start: a new process that imports the application and answers one request, against a floor.

The floor only imports chalice and makes a botocore client for DynamoDB, which anything on this ground must.
CPU time of the whole process, the interpreter too; in turns, medians.
"""

import sys
from collections.abc import Mapping
from typing import Final

from bench.measuring import cpu_of_process, medians
from bench.page import show

ROUNDS: Final = 15
GOAL: Final = 1.25

_FLOOR: Final = """
from chalice.app import Chalice
from botocore.session import get_session
app = Chalice(app_name="floor")
get_session().create_client("dynamodb")
"""
_IMPORTED: Final = """
import app
"""
#: What Lambda does at a container's first request; `/health` needs no table.
_ASKED: Final = """
import app
from types import SimpleNamespace
event = {
    "resource": "/health", "path": "/health", "httpMethod": "GET", "headers": {}, "pathParameters": {},
    "stageVariables": {}, "multiValueQueryStringParameters": None, "body": None, "isBase64Encoded": False,
    "requestContext": {"httpMethod": "GET", "resourcePath": "/health", "identity": {"sourceIp": "192.0.2.1"}},
}
assert app.app(event, SimpleNamespace(aws_request_id="1"))["statusCode"] == 200
"""
WAYS: Final[Mapping[str, str]] = {
    "floor: chalice and a DynamoDB client": _FLOOR,
    "import app": _IMPORTED,
    "import app, and one request": _ASKED,
}


def measured(rounds: int = ROUNDS) -> dict[str, float]:
    """CPU milliseconds of each way."""

    def running(code: str) -> float:
        return cpu_of_process([sys.executable, "-c", code])

    return medians({name: lambda code=code: running(code) for name, code in WAYS.items()}, rounds)  # type: ignore[misc]


def main(arguments: list[str]) -> None:  # noqa: ARG001 - it takes none
    """Measure and show."""
    found = measured()
    floor = next(iter(found.values()))
    lines = ["| a process that does | CPU ms | against the floor |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {spent:.0f} | {spent / floor:.2f} |" for name, spent in found.items()]
    show("cold", lines)
