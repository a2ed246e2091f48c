"""Fields that nobody may set: each that an answer has and a form has not is sent, and must change nothing.

The lists are made from `/openapi.json`, so a new field of an answer is tried in every form by itself.
"""

import json
from typing import Any

import pytest

from chalicelib.accounts import tokens
from chalicelib.accounts.models import User
from chalicelib.tables import TABLES
from chalicelib.web.endpoint import ROUTES
from tests import promises
from tests.callers import CALLERS, expected
from tests.scenes import SCENES
from tests.security.test_bodies import names_of
from tests.stages import in_memory

TAKING = [what for what in SCENES if ROUTES[tuple(what.split(" "))].takes]
#: Names that are in no answer, but in our tables, in other people's APIs, or in a language's own objects.
HIDDEN = {
    "_id",
    "__proto__",
    "constructor",
    "prototype",
    "admin",
    "is_admin",
    "is_verified",
    "verified_at",
    "verified_by",
    "roles",
    "permissions",
    "password_hash",
    "token_version",
    "kept_session",
    "revoked",
    "deleted_at",
    "owner",
    "state",
    "version",
    "settled_at",
    "attempt_count",
    "unit_price",
    "total",
    "prices",
    "paid",
    "free",
    "callback_url",
    "webhook",
    "webhook_url",
    "organizer_id",
    "sold",
    "held",
    "on_sale",
    "admitted_by",
    "fee_bps",
    "lapses_at",
}
WORD, NUMBER = "mass-assigned", 987_654_321
#: What is sent for a field, by what it is in an answer.
OF_KIND: dict[str, Any] = {
    "string": WORD,
    "integer": NUMBER,
    "boolean": True,
    "array": [WORD],
    "object": {"regular": NUMBER, WORD: WORD},
}


def answered() -> dict[str, str]:
    """All fields that any answer has, and of what kind they are."""
    schemas = promises.description()["components"]["schemas"].values()
    fields = [field for schema in schemas for field in schema.get("properties", {}).items()]
    return {name: kind_of(schema) for name, schema in fields}


def kind_of(schema: dict[str, Any]) -> str:
    kinds = [schema, *schema.get("anyOf", ())]
    return next((kind["type"] for kind in kinds if kind.get("type") in OF_KIND), "object")


@pytest.fixture(scope="module")
def world():
    with in_memory() as stage:
        yield stage.world


def who_may(world, what: str) -> str:
    route = ROUTES[tuple(what.split(" "))]
    there = [name for name in reversed(CALLERS) if name in world.people]
    return next(name for name in there if expected(route, name) == 200)


def asks(world, what: str, extra: dict[str, Any]) -> Any:
    buyer = world.owner
    wanted = SCENES[what](world)
    world.town.clock.passes(minutes=2)  # no prompt is open any more
    person = world.people[who_may(world, what)]
    world.people["the owner"] = buyer  # a scene may have put somebody else there
    person.token = tokens.issue(person.id, int(User.get(person.id).token_version), world.town.clock())
    return person.asks(what.split(" ")[0], wanted.path, extra | wanted.body)


def rows_that_hold(*sought: object) -> list[str]:
    """Rows of any table in which a value stands, at whatever depth."""
    found = []
    for table in TABLES:
        for row in table.scan():
            text = json.dumps(row.to_dynamodb_dict(), default=str)
            found += [f"{table.__name__}: {text}" for one in sought if str(one) in text]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("what", TAKING)
def test_what_a_form_does_not_have_is_not_set_by_it(world, what):
    form = ROUTES[tuple(what.split(" "))].takes
    known = {*names_of(form).values(), *names_of(form), "password", "_password_hash", "confirmPassword"}
    extra = {name: OF_KIND[kind] for name, kind in answered().items()} | dict.fromkeys(HIDDEN, WORD)
    extra = {name: value for name, value in extra.items() if name not in known}

    for sent in (extra, dict.fromkeys(extra, NUMBER)):
        answer = asks(world, what, sent)

        assert answer.status < 300, answer.body
        assert WORD not in answer.raw.decode()
        assert str(NUMBER) not in answer.raw.decode()
        told = answer.body if isinstance(answer.body, dict) else {}
        assert not [name for name in extra if told.get(name) is True and name != "can_retry"]

    assert rows_that_hold(WORD, NUMBER) == []


def test_the_control_a_row_that_holds_it_is_seen(world):
    person = world.town.signs_up("control")
    User(person.id).update(actions=[User.username.set(WORD)])

    assert rows_that_hold(WORD)
    User(person.id).update(actions=[User.username.set("control")])


def test_there_are_fields_to_try():
    assert {
        "verified",
        "role_ids",
        "refunded_amount",
        "status",
        "amount",
        "organizer_ids",
        "left",
    } <= set(answered())
