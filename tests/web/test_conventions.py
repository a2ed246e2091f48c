"""What holds for every path and method, whoever asks: the error's shape, CORS, request ids, paging."""

import re
from urllib.parse import urlencode

import pytest

import app  # noqa: F401 - declares the routes
from chalicelib.core.problems import Busy
from chalicelib.web.endpoint import ROUTES

FRONT_END = "http://localhost:3000"
PATHS = sorted({path for _, path in ROUTES})
LISTS = sorted(path for (method, path), route in ROUTES.items() if "page" in route.parameters)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "BREW"]


def filled(path: str) -> str:
    return re.sub(r"{\w+}", "0199f2c7a4b17d3f9c52e8d0a1b2c3d4", path)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("origin", [FRONT_END, "https://elsewhere.example"])
def test_every_answer_has_a_request_id_and_the_origins_headers(town, method, origin):
    for path in [*PATHS, "/no/such/thing"]:
        answer = town.asks(method, filled(path), headers={"Origin": origin})
        known = origin == FRONT_END

        assert answer.header("X-Request-Id"), path
        assert answer.header("Access-Control-Allow-Origin") == (FRONT_END if known else None), path
        assert answer.header("Access-Control-Allow-Credentials") == ("true" if known else None), path
        assert {"Origin", "Accept"} <= set(answer.header("Vary").split(", ")), path
        if known:
            exposed = set(answer.header("Access-Control-Expose-Headers").split(", "))
            assert exposed == {"Link", "Retry-After", "ETag", "X-Request-Id"}, path


@pytest.mark.parametrize("method", METHODS)
def test_every_error_has_the_one_shape(town, method):
    for path in [*PATHS, "/no/such/thing"]:
        answer = town.asks(method, filled(path))
        if answer.status >= 400 and method != "HEAD":
            body = answer.body
            assert answer.header("Content-Type") == "application/json", path
            assert {"code", "message", "request_id"} <= set(body), path
            assert set(body) <= {"code", "message", "request_id", "fields"}, path
            assert body["request_id"] == answer.header("X-Request-Id"), path


def test_a_method_that_a_path_does_not_have_is_told_those_it_has(town):
    for path in PATHS:
        there = {method for method, other in ROUTES if other == path}
        allowed = there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"} - there:
            answer = town.asks(method, filled(path))
            assert (answer.status, answer.body["code"]) == (405, "method_not_allowed"), (method, path)
            assert set(answer.header("Allow").split(", ")) == allowed, (method, path)


def test_a_preflight_names_the_methods_and_headers(town):
    for path in PATHS:
        asked = {"Origin": FRONT_END, "Access-Control-Request-Method": "POST"}
        answer = town.asks("OPTIONS", filled(path), headers=asked)

        assert (answer.status, answer.raw) == (204, b""), path
        there = {method for method, other in ROUTES if other == path}
        assert set(answer.header("Access-Control-Allow-Methods").split(", ")) == there
        headers = answer.header("Access-Control-Allow-Headers")
        assert headers == "Authorization, Content-Type, Idempotency-Key, If-None-Match"


def test_a_head_is_a_get_without_its_body(town):
    for path in PATHS:
        if ("GET", path) in ROUTES:
            got, asked = town.asks("GET", filled(path)), town.asks("HEAD", filled(path))

            assert (asked.status, asked.raw) == (got.status, b""), path
            assert asked.header("Content-Type") == got.header("Content-Type"), path
            assert asked.header("ETag") == got.header("ETag"), path


def test_what_a_browser_has_already_comes_with_the_headers_to_use_it(town):
    first = town.asks("GET", "/events", headers={"Origin": FRONT_END})

    again = town.asks("GET", "/events", headers={"Origin": FRONT_END, "If-None-Match": first.header("ETag")})

    assert (again.status, again.raw) == (304, b"")
    for name in ("ETag", "Cache-Control", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"):
        assert again.header(name) == first.header(name)
    assert again.header("X-Request-Id")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": "0"}, "limit"), ({"limit": "one more"}, "limit"), ({"cursor": "A" * 60}, "cursor")],
)
def test_a_page_that_cannot_be_is_refused(town, path, query, field):
    if query.get("limit") == "one more":
        query = {"limit": ROUTES["GET", path].sizes.most + 1}
    answer = town.admin().asks("GET", f"{filled(path)}?{urlencode(query)}")

    assert (answer.status, answer.body["code"], set(answer.body["fields"])) == (
        422,
        "validation_error",
        {field},
    )


def test_the_next_page_is_relative_and_page_numbers_mean_nothing(town, organizer):
    made = [organizer.event()["id"] for _ in range(3)]

    first = town.asks("GET", "/events?limit=2&page=7")
    query = re.fullmatch(r'<(\?cursor=[^&>]+&limit=2)>; rel="next"', first.header("Link"))
    second = town.asks("GET", f"/events{query[1]}")

    assert sorted(event["id"] for event in first.body + second.body) == sorted(made)
    assert second.header("Link") is None


def test_a_busy_service_says_when_to_come_back(town, monkeypatch):
    from chalicelib.catalog import categories

    def too_much():
        raise Busy(retry_after=7)

    monkeypatch.setattr(categories, "all_categories", too_much)

    answer = town.asks("GET", "/categories", headers={"Origin": FRONT_END})

    assert (answer.status, answer.body["code"], answer.header("Retry-After")) == (503, "busy", "7")
    assert "Retry-After" in answer.header("Access-Control-Expose-Headers")
