"""The list of mutations holds together with the code; `python -m tests.faults.mutate` is the check itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.mutate import ROOT
from tests.faults.mutations import HELD_TWICE, MUTATIONS

#: The rooms of money, of who may what, and of who is told what: every write in them under a condition is in
#: the list.
ROOMS = [
    "chalicelib/payments",
    "chalicelib/offers",
    "chalicelib/tickets",
    "chalicelib/delivery",
    "chalicelib/reports",
    "chalicelib/privacy",
    "chalicelib/accounts",
    "chalicelib/live",
    "chalicelib/catalog/stock.py",
    "chalicelib/catalog/restocking.py",
    "chalicelib/catalog/revising.py",
    "chalicelib/catalog/calling_off.py",
    "chalicelib/catalog/deleting.py",
    "chalicelib/core/counters.py",
    "chalicelib/core/guards.py",
    "chalicelib/core/outbox.py",
    "chalicelib/core/dynamo.py",
]


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: one.what)
def test_what_is_taken_away_stands_in_the_code_once(one):
    assert (ROOT / one.file).read_text().count(one.old) == 1


@pytest.mark.parametrize("one", MUTATIONS, ids=lambda one: one.what)
def test_the_test_that_misses_it_exists(one):
    file, _, name = one.test.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text()


def test_every_condition_in_these_rooms_is_in_the_list():
    listed = {f"{one.file}: {one.old}" for one in MUTATIONS} | set(HELD_TWICE)

    unlisted = [
        condition
        for condition in conditions()
        if not any(_is_part(condition, one) or _is_part(one, condition) for one in listed)
    ]

    assert unlisted == []


def conditions() -> Iterator[str]:
    """`file: condition=…` of each conditional write in these rooms; of `update` the third argument."""
    for room in ROOMS:
        path = ROOT / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            text = file.read_text()
            for node in ast.walk(ast.parse(text)):
                if found := _condition(node):
                    yield f"{file.relative_to(ROOT)}: {ast.get_source_segment(text, found)}"


def _condition(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.keyword) and node.arg == "condition":
        return node
    is_update = isinstance(node, ast.Call) and ast.unparse(node.func) in ("update", "dynamo.update")
    return node.args[2] if is_update else None


def _is_part(part: str, whole: str) -> bool:
    file, _, text = part.partition(": ")
    return whole.startswith(file) and text in whole


def test_the_rooms_are_there():
    assert all(Path(ROOT / room).exists() for room in ROOMS)
    assert len(list(conditions())) > 20
