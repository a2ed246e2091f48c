"""Schemathesis: whatever fits `/openapi.json`, or nearly, gets an answer that is in it, and never a crash."""

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

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.schema]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KINDS = ["stranger", "user", "organizer", "admin"]
#: Statuses above 500 that are no crash: M-Pesa said no, or is busy, and the route says so.
NOT_OURS = {502, 503}

description = schemathesis.openapi.from_dict(promises.description())


@pytest.mark.parametrize("kind", KINDS)
@description.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described_and_none_is_a_crash(case, kind, shop, things, token):
    key = f"{case.method} {case.path} {kind}"
    bearer = _tokens.get(key) or _tokens.setdefault(key, token(kind, case.path))
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    case.path_parameters = things.in_path(case.path, case.path_parameters)
    case.body = things.in_body(case.body)

    answer = case.call(base_url=shop.stack.url, headers=headers, timeout=40)

    checks = CHECKS[1:] if answer.status_code in NOT_OURS else CHECKS
    case.validate_response(answer, checks=checks, excluded_checks=[])
    sent = {name: values[0] for name, values in answer.headers.items()}
    promises.check(answer.request.method, answer.request.path_url, answer.status_code, sent, answer.content)


#: One log-in for all examples of a test.
_tokens: dict[str, str] = {}
