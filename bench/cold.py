"""Cold start: a new process that imports the application and answers one request, against a floor.

The floor only imports chalice and makes a botocore client for DynamoDB, which anything on this ground must.
CPU time of the process from its start, the interpreter too, until all is done; in turns, medians. As in
Lambda there is bytecode of every module (docs/decisions/0021), and nobody waits for the interpreter's end.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bench.events import load
from bench.measuring import cpu_of_process, medians
from bench.page import show
from bench.plot import bars
from devstack.stack import Stack

ROUNDS: Final = 15
EVENTS: Final = 3
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
#: Three requests that read, each in a way of its own, and find something, so that answers are built.
_READS: Final = """
import app, json
from types import SimpleNamespace
event_id = ""
for resource in ("/categories", "/events", "/events/{event_id}/availability"):
    event = {
        "resource": resource, "path": resource.format(event_id=event_id), "httpMethod": "GET", "headers": {},
        "pathParameters": {"event_id": event_id} if "{" in resource else {},
        "stageVariables": {}, "multiValueQueryStringParameters": None, "body": None, "isBase64Encoded": False,
        "requestContext": {"httpMethod": "GET", "resourcePath": resource, "identity": {"sourceIp": ""}},
    }
    answer = app.app(event, SimpleNamespace(aws_request_id="1"))
    assert answer["statusCode"] == 200
    found = json.loads(answer["body"])
    event_id = found[0]["id"] if isinstance(found, list) else event_id
"""
_FLOOR_READS: Final = (
    _FLOOR.replace("get_session()", "dynamodb = get_session()")
    + """
for _ in range(4):
    dynamodb.get_item(TableName="tiketi-local-events", Key={"id": {"S": "x"}})
"""
)
#: The end of each: a container is stopped, its interpreter does not take down module by module.
_STOPPED: Final = """
import os, sys
sys.stdout.flush()
os._exit(0)
"""
#: By what is compared with what: the floor first.
PAIRS: Final[Mapping[str, Mapping[str, str]]] = {
    "start": {"chalice and a DynamoDB client": _FLOOR, "import app": _IMPORTED, "app, one request": _ASKED},
    "reads": {"the first, and as many reads": _FLOOR_READS, "app, three requests that read": _READS},
}


def measured(ways: Mapping[str, str], rounds: int = ROUNDS) -> dict[str, float]:
    """CPU milliseconds of each way."""
    commands = {
        name: partial(cpu_of_process, [sys.executable, "-c", code + _STOPPED]) for name, code in ways.items()
    }
    return medians(commands, rounds)  # the first round, which does not count, writes the bytecode


def main(arguments: list[str]) -> None:  # noqa: ARG001 - it takes none
    """Measure and show."""
    ratios: dict[str, float] = {}
    lines = ["| a process that does | CPU ms | against its floor |", "| --- | ---: | ---: |"]
    with Stack(parts=["emulator"]) as stack, tempfile.TemporaryDirectory() as bytecode:
        os.environ.update(stack.environment, PYTHONPYCACHEPREFIX=bytecode, PYTHONDONTWRITEBYTECODE="")
        load(EVENTS, datetime.now(UTC))
        for ways in PAIRS.values():
            found = measured(ways)
            floor = next(iter(found.values()))
            ratios |= {name: spent / floor for name, spent in found.items()}
            lines += [f"| {name} | {spent:.0f} | {spent / floor:.2f} |" for name, spent in found.items()]
    show("cold", lines)
    bars("cold", "CPU of a cold container, in times of its floor", ratios, GOAL)
