"""What `/openapi.json` promises, held against every answer that a test gets.

`Town.asks` and the scenarios' people call `check`, so any test that meets an undocumented status, code or
body fails: add the refusal to the route's `raises`, or the field to its model.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from devstack.gateway import CATCH_ALL, Matcher


@cache
def description() -> dict[str, Any]:
    """The description of the whole application."""
    import app  # noqa: F401 - declares the routes
    from chalicelib.web.endpoint import ROUTES
    from chalicelib.web.openapi import document

    return document(ROUTES.values(), "http://127.0.0.1:8000", "test")


def check(method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """See that an answer is one that the description has.

    Paths and methods that no route has are not described: `tests/web/test_gateway.py` has their answers.
    """
    route = str(_matcher().match_route(path).route)
    operation = {} if route == CATCH_ALL else description()["paths"][route].get(method.lower(), {})
    if not operation:
        return
    what = f"{method} {route} answered {status}"
    response = _resolved(operation["responses"].get(str(status)))
    assert response, f"{what}, which it does not declare (gives, raises): {body[:300]!r}"
    sent = {name.lower(): value for name, value in headers.items()}
    for name, header in response.get("headers", {}).items():
        assert name.lower() in sent or not _resolved(header).get("required"), f"{what} without {name}"
    content = response.get("content", {})
    if not content:
        assert not body, f"{what} with a body, which it does not declare: {body[:300]!r}"
        return
    kind = sent["content-type"].partition(";")[0]
    assert kind in content, f"{what} with {kind}, which it does not declare"
    if kind == "application/json":
        wrong = [
            f"{error.json_path}: {error.message}"
            for error in _validator(json.dumps(content[kind]["schema"])).iter_errors(json.loads(body))
        ]
        assert not wrong, f"{what}, but not as declared (raises, or the model): {wrong}"


@cache
def _matcher() -> Matcher:
    return Matcher(list(description()["paths"]))


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": description()["components"]})


def _resolved(item: dict[str, Any] | None) -> dict[str, Any]:
    if not item or "$ref" not in item:
        return item or {}
    found = description()
    for part in item["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found
