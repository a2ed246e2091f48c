"""The description of the API, and the page that shows it."""

import base64
import hashlib
import json
import re
from http.cookies import SimpleCookie

import pytest
from chalice.app import Blueprint
from openapi_spec_validator import validate
from pydantic import BaseModel

from chalicelib.core.problems import Conflict
from chalicelib.web import docs_page, endpoint
from chalicelib.web.answers import STATUS
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import PUBLIC, ROUTES, SIGNED_IN
from chalicelib.web.openapi import document, sends_list
from chalicelib.web.ownership import ANYBODYS, BUYERS, OWNERS, WHAT_ONE_MAY_SEE
from chalicelib.web.paging import Listing, Page
from chalicelib.web.refusals import refusals_of
from devstack import docs_assets
from tests import promises


@pytest.fixture
def description(town):
    return town.asks("GET", "/openapi.json").body


@pytest.fixture
def apart(monkeypatch):
    """A table of routes of the test's own."""
    monkeypatch.setattr(endpoint, "ROUTES", {})
    return Blueprint(__name__)


def operations(description):
    return {
        (method.upper(), path): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_it_is_valid(description):
    validate(description)

    assert description["openapi"] == "3.1.0"


def test_no_route_is_missing_and_none_is_made_up(town, description):
    served = {(method, path) for path, methods in town.app.app.routes.items() for method in methods}

    assert set(operations(description)) == served


def test_every_operation_says_what_it_does_under_a_name_of_its_own(description):
    found = operations(description).values()

    assert all(operation["summary"] and operation["tags"] for operation in found)
    assert len({operation["operationId"] for operation in found}) == len(found)


def test_every_refusal_has_the_one_shape_and_its_codes(description):
    for (method, path), operation in operations(description).items():
        declared: dict[str, set[str]] = {}
        for kind in refusals_of(ROUTES[method, path]):
            declared.setdefault(str(STATUS[kind.code]), set()).add(kind.code)
        described = {}
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = promises._resolved(response)["content"]["application/json"]["schema"]
                assert schema["allOf"][0] == {"$ref": "#/components/schemas/Error"}
                described[status] = set(schema["allOf"][1]["properties"]["code"]["enum"])
        assert described == declared


def test_every_body_has_an_example_that_would_be_taken():
    for route in ROUTES.values():
        if route.takes:
            examples = route.takes.model_json_schema().get("examples")
            assert examples, f"{route.takes.__name__} has no example: model_config = example(…) gives one"
            for example in examples:
                route.takes.model_validate(example)


def test_a_model_has_a_name_of_its_own(description):
    assert not [name for name in description["components"]["schemas"] if "__" in name]


def test_a_list_is_an_array_with_a_link_and_takes_limit_and_cursor(description):
    listed = operations(description)["GET", "/events"]
    answer = listed["responses"]["200"]

    names = {item.get("name") or item["$ref"].rpartition("/")[2] for item in listed["parameters"]}
    assert {"user_id", "category_id", "at_gate", "limit", "cursor", "If-None-Match"} == names
    assert answer["content"]["application/json"]["schema"]["type"] == "array"
    assert {"Link", "ETag", "Cache-Control", "X-Request-Id"} == set(answer["headers"])
    assert "304" in listed["responses"]
    assert all(sends_list(route) for route in ROUTES.values() if "page" in route.parameters)


def test_a_purchase_takes_an_idempotency_key_and_says_what_may_go_wrong(description):
    purchase = operations(description)["POST", "/payments"]
    codes = json.dumps(purchase["responses"]["409"])

    assert {"$ref": "#/components/parameters/Idempotency-Key"} in purchase["parameters"]
    assert all(code in codes for code in ("sold_out", "sales_closed", "prompt_open", "conflict"))
    assert {"202", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "502", "503"} == set(
        purchase["responses"]
    )
    assert purchase["security"] == [{"bearer": []}, {"cookie": []}]


def test_a_picture_of_a_ticket_opens_by_log_in_or_by_link(description):
    picture = operations(description)["GET", "/tickets/{ticket_id}/ticket.png"]

    assert picture["security"] == [{"bearer": []}, {"cookie": []}, {"link": []}]
    assert description["components"]["securitySchemes"]["link"]["name"] == "link"
    assert {"200", "401", "404", "429", "500", "503"} == set(picture["responses"])
    assert set(picture["responses"]["200"]["content"]) == {"image/png"}


def test_what_anyone_may_do_needs_no_log_in(description):
    found = operations(description)

    assert found["GET", "/health"]["security"] == []
    assert found["GET", "/events"]["security"][0] == {}


def test_a_refusal_that_is_not_declared_fails_the_test_that_meets_it():
    """The control of the check that every test's answers go through."""
    sent = {"Content-Type": "application/json", "X-Request-Id": "r"}
    body = json.dumps({"code": "in_use", "message": "No.", "request_id": "r"}).encode()

    with pytest.raises(AssertionError, match="GET /events answered 409"):
        promises.check("GET", "/events", 409, sent, body)
    with pytest.raises(AssertionError, match="not as declared"):
        promises.check("POST", "/payments", 409, sent, body)
    with pytest.raises(AssertionError, match="not as declared"):
        promises.check("GET", "/categories", 200, sent, b'[{"id": "one", "name": "Muziki"}]')
    with pytest.raises(AssertionError, match="without X-Request-Id"):
        promises.check("GET", "/categories", 200, {"Content-Type": "application/json"}, b"[]")


def test_a_route_is_described_as_it_is_declared(apart):
    class Thing(BaseModel):
        name: str = "x"

    @endpoint.endpoint(
        apart,
        "GET /things",
        allow="things:read",
        whose=WHAT_ONE_MAY_SEE,
        gives=(200, Thing),
        raises=(Conflict,),
    )
    def list_things(page: Page) -> Listing:
        """All things.

        In no order.
        """

    @endpoint.endpoint(
        apart, "GET /things/{thing_id}/file", allow=PUBLIC, whose=ANYBODYS, gives=(200, "text/csv")
    )
    def get_file(thing_id: str) -> None:
        """A thing's file."""

    made = document(endpoint.ROUTES.values(), "https://api.example", "b1")

    validate(made)
    listed, file = made["paths"]["/things"]["get"], made["paths"]["/things/{thing_id}/file"]["get"]
    assert (listed["summary"], listed["description"]) == (
        "All things",
        "In no order.\n\nNeeds the permission `things:read`.",
    )
    assert made["components"]["schemas"]["Thing"]["required"] == ["name"]  # it always goes out
    assert "conflict" in json.dumps(listed["responses"]["409"])
    assert set(file["responses"]["200"]["content"]) == {"text/csv"}
    assert file["responses"]["404"] == {"$ref": "#/components/responses/NotFound"}


def test_whose_things_it_is_about_says_what_else_may_be_refused(apart):
    @endpoint.endpoint(apart, "GET /things/mine", allow=SIGNED_IN, whose=OWNERS)
    def get_mine(caller: Caller) -> None:
        """The caller's own thing."""

    @endpoint.endpoint(apart, "GET /things/bought", allow=SIGNED_IN, whose=BUYERS)
    def get_bought(caller: Caller) -> None:
        """What others may know of."""

    @endpoint.endpoint(apart, "GET /things/seen", allow=SIGNED_IN, whose=WHAT_ONE_MAY_SEE)
    def get_seen(caller: Caller) -> None:
        """A part of it is everybody's."""

    made = document(endpoint.ROUTES.values(), "https://api.example", "b1")["paths"]

    refused = {
        path: {status for status in ("401", "403", "404") if status in methods["get"]["responses"]}
        for path, methods in made.items()
    }
    assert refused == {
        "/things/mine": {"401", "404"},
        "/things/bought": {"401", "403", "404"},
        "/things/seen": {"401"},
    }
    assert made["/things/mine"]["get"]["description"] == "For whoever is signed in. Whose: the owner's."
    assert made["/things/seen"]["get"]["description"] == "For whoever is signed in."


def test_it_is_not_sent_again_to_somebody_who_has_it(town):
    first = town.asks("GET", "/openapi.json")

    again = town.asks("GET", "/openapi.json", headers={"If-None-Match": first.header("ETag")})

    assert (again.status, again.raw) == (304, b"")
    assert first.header("Cache-Control") == "public, max-age=60"


def test_a_start_does_not_wait_for_it():
    import subprocess
    import sys

    command = "import app, sys; print([name for name in sys.modules if 'openapi' in name])"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", docs_page.INTEGRITY)
def test_the_browser_is_told_the_digests_of_the_very_files(name):
    digest = hashlib.sha384((docs_assets.folder() / name).read_bytes()).digest()

    assert docs_page.INTEGRITY[name] == f"sha384-{base64.b64encode(digest).decode()}"


def test_the_cdn_has_the_version_of_the_package():
    version = (docs_assets.folder() / "VERSION").read_text().strip()

    assert docs_page.SWAGGER_UI.endswith(f"@{version.removeprefix('v')}")


def test_deployed_the_page_loads_from_the_cdn_only_what_it_knows(town):
    answer = town.asks("GET", "/docs")
    page, policy = answer.raw.decode(), answer.header("Content-Security-Policy")

    assert answer.header("Content-Type") == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="(https:[^"]+)" integrity="(sha384-[^"]+)" crossorigin', page)
    assert dict(loaded) == {
        f"{docs_page.SWAGGER_UI}/{name}": sri for name, sri in docs_page.INTEGRITY.items()
    }
    assert "default-src 'none'" in policy
    assert f"script-src {docs_page.SWAGGER_UI}/ 'sha256-" in policy
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy


def test_the_local_page_loads_nothing_from_elsewhere(town):
    page = docs_page.page(docs_assets.DOCS_ASSETS)

    assert "https:" not in page
    assert (
        "script-src 'self' 'sha256-"
        in docs_page.headers(docs_assets.DOCS_ASSETS, "http://127.0.0.1")["Content-Security-Policy"]
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/docs/assets/../flask_swagger_ui.py"),
        ("GET", "/docs/assets/index.html"),
        ("GET", "/docs/assets/no-such.js"),
        ("POST", "/docs/assets/swagger-ui.css"),
        ("GET", "/docs/swagger-ui.css"),
    ],
)
def test_only_the_pages_files_are_served(method, path):
    assert docs_assets.page(method, path) is None
    assert docs_assets.page("GET", "/docs/assets/swagger-ui.css?v=1") is not None


def test_the_cookie_is_named_as_described(town, buyer, description):
    answer = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"})
    scheme = description["components"]["securitySchemes"]["cookie"]

    assert list(SimpleCookie(answer.header("Set-Cookie"))) == [scheme["name"]]
