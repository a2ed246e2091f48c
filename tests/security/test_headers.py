"""What every answer tells a browser besides its body, and what a page of ours may do there."""

from dataclasses import replace

import pytest

import app  # noqa: F401 - declares the routes
from chalicelib.core import settings as module
from chalicelib.web import gateway
from chalicelib.web.endpoint import ROUTES
from tests.scenes import SCENES
from tests.stages import in_memory

PAGES = [f"{method} {path}" for (method, path), route in ROUTES.items() if "text/html" in str(route.gives[1])]


@pytest.fixture(scope="module")
def world():
    with in_memory() as stage:
        yield stage.world


def answered(world, what):
    wanted = SCENES[what](world)
    return world.admin.asks("GET", wanted.path)


@pytest.mark.parametrize("what", PAGES)
def test_every_page_allows_only_its_own_and_is_in_no_frame(world, what):
    page = answered(world, what)

    rules = dict(
        rule.strip().partition(" ")[::2] for rule in page.header("Content-Security-Policy").split(";")
    )
    assert page.header("Content-Type").startswith("text/html")
    assert {
        name: rules.get(name) for name in ("default-src", "base-uri", "frame-ancestors")
    } == dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'")
    assert "'unsafe-inline'" not in rules.get("script-src", "")
    assert page.header("Referrer-Policy") in ("no-referrer", "same-origin")


def test_there_are_pages():
    assert {"GET /gate", "GET /docs", "GET /events/{event_id}/report.html"} <= set(PAGES)


@pytest.mark.parametrize("path", ["/health", "/events", "/docs", "/nothing", "/users"])
def test_every_answer_says_that_it_is_what_it_says(town, path):
    assert town.asks("GET", path).header("X-Content-Type-Options") == "nosniff"


def test_deployed_a_browser_comes_by_tls_only_from_then_on(town, monkeypatch):
    deployed = replace(module.settings(), stage="prod")
    monkeypatch.setattr(gateway, "settings", lambda: deployed)

    assert town.asks("GET", "/health").header("Strict-Transport-Security") == "max-age=31536000"


def test_locally_there_is_no_tls_to_ask_for(town):
    assert town.asks("GET", "/health").header("Strict-Transport-Security") is None


@pytest.mark.parametrize("first", ["buyer", "organizer"])
def test_of_two_session_cookies_neither_counts(town, buyer, organizer, first):
    """A site next door (attacker.example.com beside tickets.example.com) may set one with a longer path."""
    tokens = [organizer.token, buyer.token] if first == "organizer" else [buyer.token, organizer.token]

    def asks(*values):
        cookie = "; ".join(["theme=dark", *(f"tiketi_session={value}" for value in values)])
        return town.asks("GET", "/payments", headers={"Cookie": cookie}).status

    assert asks(*tokens) == 401
    assert asks(buyer.token, buyer.token) == asks(buyer.token, "") == asks(buyer.token) == 200


def test_a_foreign_page_sets_no_cookie(town, buyer):
    form = {"email": "amina@example.com", "password": "Tiketi@123"}
    ours, foreign = ({"Origin": origin} for origin in ("http://127.0.0.1:8000", "http://127.0.0.1:9999"))

    assert town.asks("POST", "/login", form, foreign).header("Set-Cookie") is None
    assert town.asks("POST", "/login", form, ours).header("Set-Cookie")


def test_an_origin_without_credentials_is_told_of_none(town, monkeypatch):
    listed = replace(module.settings(), allowed_origins=("https://a.example",), credential_origins=())
    monkeypatch.setattr(gateway, "settings", lambda: listed)

    answer = town.asks("GET", "/events", headers={"Origin": "https://a.example"})

    assert answer.header("Access-Control-Allow-Origin") == "https://a.example"
    assert answer.header("Access-Control-Allow-Credentials") is None
