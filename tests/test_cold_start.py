"""A cold start imports only what every container needs; counted by modules, not by time."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from chalicelib import late

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


def after(code: str, *what: str) -> list:
    """What some Python says of a new process, after some code in it."""
    tell = f"import json, sys; print(json.dumps([{', '.join(what)}]))"
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(said.stdout)


def imported(code: str) -> set[str]:
    """The modules there are after some code in a new process; those that only wait are not there."""
    modules, waiting = after(
        f"{code}; from chalicelib import late", "list(sys.modules)", "list(late.waiting())"
    )
    return set(modules) - set(waiting)


@pytest.fixture(scope="module")
def at_start():
    return imported("import app")


def test_what_few_routes_need_is_imported_late(at_start):
    early = set(LATE) & at_start

    assert not early, {name: LATE[name] for name in early}


def test_a_module_that_is_imported_would_be_seen(at_start):
    """The control of the test above: `requests` is what the client brings."""
    assert "requests" in imported("import app; from chalicelib.payments.daraja.client import Mpesa")
    assert {"pydantic", "pynamodb", "botocore"} <= at_start


def test_the_application_is_not_many_more_modules_than_there_are(at_start):
    """Everything imported costs: a library that comes in with many modules is seen here."""
    others = {name for name in at_start if not name.startswith("chalicelib")}

    assert len(others) <= 440, len(others)


def test_only_declarations_are_run_at_start(at_start):
    """Routes and what they are declared with. A use case that is run at start is one imported by name."""
    ours = {name for name in at_start if name.startswith("chalicelib.") and name.count(".") == 2}
    declared = re.compile(r".*(routes|schemas|models|problems|\.web\.\w+|\.core\.\w+)")
    for_them = {
        "chalicelib.accounts.identity",  # given to web
        "chalicelib.payments.daraja.results",
        "chalicelib.payments.daraja",
        "chalicelib.catalog.search_query",
        "chalicelib.catalog.ticket_types",
        "chalicelib.catalog.times",
        "chalicelib.tickets.admission",  # what a ticket can be
    }

    assert {name for name in ours if not declared.fullmatch(name)} <= for_them
    assert len(ours) <= 56, sorted(ours)


def test_a_room_is_entered_by_the_first_who_needs_it():
    name = "chalicelib.payments.purchase"
    waits = f"'{name}' in late.waiting()"

    before, entered, after_it = after(
        "import app; from chalicelib import late; from chalicelib.payments import purchase",
        waits,
        "callable(purchase.start)",
        waits,
    )

    assert (before, entered, after_it) == (True, True, False)


def test_every_room_can_be_entered():
    """What is wrong with a module would else be seen by its first caller."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "chalicelib").rglob("*.py"))
    ]

    [waiting] = after(
        f"from importlib import import_module; from chalicelib import late\n"
        f"for name in {names!r}: late.enter(import_module(name))",
        "list(late.waiting())",
    )

    assert waiting == []


@pytest.fixture
def room(tmp_path):
    """Makes a late module of some text; `runs` is a list that it may write to."""

    def make(text, runs):
        path = tmp_path / "room.py"
        path.write_text(text)
        spec = spec_from_file_location("room", path, loader=late._Loader("room", str(path)))
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.runs = runs
        return module

    return make


def test_a_room_is_run_once_however_many_come_at_once_and_nobody_sees_half_of_it(room):
    runs = []
    made = room("early = 1\nruns.append(1)\nimport time\ntime.sleep(0.05)\nwhole = 1\n", runs)

    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(lambda _: (made.early, "whole" in vars(made)), range(8)))

    assert found == [(1, True)] * 8
    assert runs == [1]


def test_a_room_that_failed_is_tried_again_by_the_next(room):
    runs = []
    made = room("runs.append(1)\nif len(runs) == 1:\n    raise OSError('no')\nwhat = 'here'\n", runs)

    with pytest.raises(OSError, match="no"):
        _ = made.what

    assert made.what == "here"
    assert runs == [1, 1]


def test_a_name_that_a_room_has_not_is_told_as_ever():
    from chalicelib.catalog import sales

    with pytest.raises(AttributeError, match="no attribute 'nobody'"):
        _ = sales.nobody


#: Whether each schema has been built, by its name.
BUILT = "sorted(one.__name__ for one in Schema.__subclasses__() if one.__pydantic_complete__)"


def test_a_schema_is_built_by_the_first_who_needs_it():
    code = "import app; from chalicelib.web.fields import Schema; from chalicelib.web.routes import health"

    assert after(code, BUILT, "health().stage", BUILT) == [[], "local", ["Health"]]


#: Data classes of ours that have been made.
DATA_CLASSES = """sorted({
    one.__name__ for module in list(sys.modules.values()) for one in list(vars(module).values())
    if isinstance(one, type) and one.__module__.startswith("chalicelib.")
    and "__dataclass_fields__" in vars(one)
})"""


def test_few_classes_write_code_of_their_own_at_start():
    """A data class compiles its methods: half a millisecond or more, a named tuple an eighth of it."""
    [found] = after("import app", DATA_CLASSES)

    # With secrets, which the text of a tuple would show.
    assert found == ["Caller", "Credentials", "Identity", "Settings"]


def test_the_collector_looks_at_nothing_of_the_start_and_works_afterwards():
    enabled, kept = after("import app, gc", "gc.isenabled()", "gc.get_freeze_count()")

    assert enabled
    assert kept > 50_000
