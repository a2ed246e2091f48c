"""A cold start imports only what every container needs; counted by modules, not by time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: What is slow to import and needed by few routes, and what brings it.
LATE = {
    "requests": "pushes and queries: daraja.client",
    "boto3": "sending to a queue: core.queues",
    "nacl": "passwords and tickets' codes",
    "jwt": "tokens",
    "segno": "pictures of tickets",
    "argon2": "nothing: PyNaCl has it",
    "cryptography": "nothing",
    "asyncio": "nothing",
    "multiprocessing": "nothing",
    "yaml": "nothing",
}


def imported(code: str) -> set[str]:
    """The modules there are after some code in a new process."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}; import json, sys; print(json.dumps(list(sys.modules)))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(said.stdout))


@pytest.fixture(scope="module")
def at_start():
    return imported("import app")


def test_what_few_routes_need_is_imported_late(at_start):
    early = set(LATE) & at_start

    assert not early, {name: LATE[name] for name in early}


def test_a_module_that_is_imported_would_be_seen(at_start):
    """The control of the test above: `requests` is what the client brings."""
    assert "requests" in imported("import app; import chalicelib.payments.daraja.client")
    assert {"pydantic", "pynamodb", "botocore"} <= at_start


def test_the_application_is_not_many_more_modules_than_there_are(at_start):
    """Everything imported costs: a library that comes in with many modules is seen here."""
    others = {name for name in at_start if not name.startswith("chalicelib")}

    assert len(others) <= 440, len(others)
