"""Schemathesis again, from answer to answer: what was made is changed, bought, cancelled, and asked for."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

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
#: Who makes things, and so walks far.
KINDS = ["user", "organizer", "admin"]

description = schemathesis.openapi.from_dict(promises.description())


def walker(url: str, bearer: str, walked: set[str]):
    """A machine that calls a stack as one person, and checks each answer."""

    class Walker(description.as_state_machine()):
        def before_call(self, case) -> None:
            if isinstance(case.body, dict) and "phone" in case.body:
                case.body = case.body | {"phone": a_phone_that_pays()}

        def get_call_kwargs(self, case) -> dict:
            return {"base_url": url, "headers": {"Authorization": f"Bearer {bearer}"}, "timeout": 40}

        def after_call(self, response, case) -> None:
            walked.add(f"{case.method} {case.path} {response.status_code}")

        def validate_response(self, response, case, **_) -> None:
            ours = [] if response.status_code in NOT_OURS else [not_a_server_error]
            case.validate_response(response, checks=[*CHECKS, *ours], excluded_checks=[])

    return Walker


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_no_walk_through_the_api_meets_a_crash_or_what_is_not_described(kind, shop, token):
    walked: set[str] = set()
    machine = walker(shop.stack.url, token(kind, "/events"), walked)

    machine.run(
        settings=settings(
            max_examples=25,
            stateful_step_count=12,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
    )

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
