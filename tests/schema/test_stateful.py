"""Schemathesis again, from answer to answer: what was made is changed, bought, cancelled, and asked for."""

import copy
from contextlib import suppress
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.web.endpoint import ROUTES
from tests import promises
from tests.scenarios.shop import a_phone_that_pays
from tests.schema.test_schema import NOT_OURS

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.schema]

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Who makes things that links lead on from; a user makes payments only of what others made (test_schema.py).
KINDS = ["organizer", "admin"]


def to_walk_through() -> dict:
    """The description without what forms need not name: Schemathesis begins nowhere that needs somebody's id.

    A copy, since it adds links that it infers and takes away those that led nowhere.
    """
    found = copy.deepcopy(promises.description())
    for form in ("NewEvent", "NewUser", "SignUp"):
        schema = found["components"]["schemas"][form]
        for name in {*schema["properties"]} - {*schema["required"]}:
            if name.endswith(("_id", "_ids")):
                del schema["properties"][name]
    return found


description = schemathesis.openapi.from_dict(to_walk_through())
description.config.phases.stateful.inference.algorithms = []  # our own links are those that are tried
#: What `/docs` shows of each form: a form of random letters makes nothing that links could lead to.
SHOWN = {
    (route.method, route.path): route.takes.model_config["json_schema_extra"]["examples"][0]
    for route in ROUTES.values()
    if route.takes and route.path not in ("/signup", "/login")
}


def often_as_shown(case) -> object:
    """The body; two of three times the form's example, with the ids that a link has brought."""
    shown = SHOWN.get((case.method, case.path))
    number = crc32(repr(case.body).encode())
    if shown is None or not isinstance(case.body, dict) or number % 3 == 0:
        return case.body
    brought = {name: value for name, value in case.body.items() if name in shown and name.endswith("_id")}
    named = {name: f"{shown[name]} {number}" for name in ("name", "reference") if name in shown}
    return shown | named | brought | ({"phone": a_phone_that_pays()} if "phone" in shown else {})


def walker(url: str, bearer: str, walked: set[str], wrong: list[str]):
    """A machine that calls a stack as one person, checks each answer, and notes what it has seen."""

    class Walker(description.as_state_machine()):
        def before_call(self, case) -> None:
            case.body = often_as_shown(case)

        def get_call_kwargs(self, case) -> dict:
            return {"base_url": url, "headers": {"Authorization": f"Bearer {bearer}"}, "timeout": 40}

        def after_call(self, response, case) -> None:
            walked.add(f"{case.method} {case.path} {response.status_code}")

        def validate_response(self, response, case, **_) -> None:
            ours = [] if response.status_code in NOT_OURS else [not_a_server_error]
            try:
                case.validate_response(response, checks=[*CHECKS, *ours], excluded_checks=[])
            except Exception as failure:
                wrong.append(f"{case.method} {case.path}: {failure}")
                raise

    return Walker


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_no_walk_through_the_api_meets_a_crash_or_what_is_not_described(kind, shop, things, token):
    walked: set[str] = set()
    wrong: list[str] = []
    bearer = token(kind, "/events")
    for number in range(4):
        machine = seed(number)(walker(shop.stack.url, bearer, walked, wrong))
        # The stack remembers, so the same walk may come to another place: then another one is begun.
        with suppress(FlakyStrategyDefinition):
            machine.run(
                settings=settings(
                    max_examples=10,
                    stateful_step_count=15,
                    phases=[Phase.generate],
                    database=None,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                )
            )

    assert wrong == []
    followed = {one for one in walked if "{" in one and one.rsplit(" ", 1)[1] in ("200", "201", "202", "204")}
    assert followed, f"the control: no link led anywhere: {sorted(walked)}"


def test_what_is_made_leads_to_what_can_be_asked_of_it():
    """The links are made from the paths; a thing that can be made and then not be reached is seen here."""
    paths = promises.description()["paths"]
    links = {
        f"{method.upper()} {path}": set(answer["links"])
        for path, methods in paths.items()
        for method, operation in methods.items()
        for answer in operation["responses"].values()
        if "links" in answer
    }
    made = {
        "POST /signup",
        "POST /users",
        "POST /roles",
        "POST /categories",
        "POST /events",
        "POST /payments",
    }

    assert made <= set(links)
    assert {"edit_event", "get_event", "cancel_event", "buy"} <= links["POST /events"]
    assert "GET /payments/{payment_id}" in links
