"""What only a browser can prove: `/docs` as people see it, CORS, cookies, which headers a page may read."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.origins import ELSEWHERE, NEXT_DOOR, UNLISTED, WITHOUT
from tests.promises import description

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def name():
    return f"amina-{uuid.uuid4().hex[:8]}"


def test_the_docs_show_every_operation_without_leaving_this_machine(tab, stack):
    tab.page.goto(f"{stack.url}/docs")

    operations = sum(len(methods) for methods in description()["paths"].values())
    expect(tab.page.locator(".opblock")).to_have_count(operations, timeout=15_000)
    tab.page.click("#operations-payments-buy button")
    expect(tab.page.locator("#operations-payments-buy")).to_contain_text("Not enough seats")
    assert tab.complaints == []
    assert tab.hosts == {"127.0.0.1"}


def test_the_docs_can_be_tried_out(tab, stack):
    tab.page.goto(f"{stack.url}/docs")
    tab.page.click("#operations-web-health button")

    tab.page.click("text=Try it out")
    tab.page.click("text=Execute")

    expect(tab.page.locator(".live-responses-table")).to_contain_text('"status": "ok"', timeout=15_000)
    assert tab.complaints == []


@pytest.mark.parametrize("origin", [ELSEWHERE, NEXT_DOOR])
def test_a_page_on_another_origin_signs_up_lists_buys_and_logs_out(opens, name, origin):
    tab = opens(origin)
    tab.fills(name)

    signed_up = tab.clicks("sign-up", "signed up")
    logged_in = tab.clicks("log-in", "logged in")
    listed = tab.clicks("list", "listed")
    first_page = tab.page.locator("#events li").count()
    tab.clicks("more", "listed")
    expect(tab.page.locator("#events li")).not_to_have_count(first_page)
    tab.clicks("list", "listed")
    looked_again = tab.clicks("look-again", "looked again")
    paid = tab.clicks("buy", "Completed")
    logged_out = tab.clicks("log-out", "logged out")
    refused = tab.clicks("buy", "ordered")

    assert (signed_up["status"], logged_in["status"], logged_out["status"]) == (201, 200, 200)
    assert listed["link"].startswith("<?cursor=")
    assert listed["etag"].startswith('W/"')
    assert listed["requestId"]
    assert listed["server"] is None  # not among the exposed headers
    assert looked_again["status"] == 304
    assert paid["status"] == 200
    expect(tab.page.locator("#tickets li")).to_have_count(1)
    assert tab.page.get_attribute("#said", "data-retry-after") == "3"
    assert (refused["status"], refused["code"], refused["sameRequestId"]) == (401, "unauthenticated", True)
    assert tab.hosts <= {"127.0.0.1", "localhost"}


@pytest.mark.parametrize("action", ["list", "sign-up"])
def test_a_page_on_an_origin_that_is_not_listed_reads_nothing(opens, name, action):
    tab = opens(f"http://localhost:{UNLISTED}")
    tab.fills(name)

    said = tab.clicks(action, "blocked")

    assert "Failed to fetch" in said["error"]
    assert tab.page.locator("#events li").count() == 0
    assert any("has been blocked by CORS policy" in complaint for complaint in tab.complaints)


def test_an_origin_without_credentials_reads_nothing_that_asks_for_them(opens, name):
    tab = opens(f"http://localhost:{WITHOUT}")

    tab.clicks("list", "blocked")

    assert any("Access-Control-Allow-Credentials" in complaint for complaint in tab.complaints)


def test_a_page_on_the_same_origin_needs_no_token(opens, name, stack):
    tab = opens(cookie="1")
    tab.fills(name)

    tab.clicks("sign-up", "signed up")
    tab.clicks("list", "listed")
    tab.clicks("buy", "Completed")
    cookie = next(c for c in tab.page.context.cookies() if c["name"] == "tiketi_session")
    tab.clicks("log-out", "logged out")

    expect(tab.page.locator("#tickets li")).to_have_count(1)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert tab.page.evaluate("document.cookie") == ""
    assert tab.clicks("buy", "ordered")["status"] == 401
    assert not any(each["name"] == "tiketi_session" for each in tab.page.context.cookies())


def test_the_cookie_alone_changes_nothing_for_a_page_next_door(opens, name):
    """The same site, so that the browser sends even a strict cookie; the service refuses it."""
    tab = opens(NEXT_DOOR, cookie="1")
    tab.fills(name)

    tab.clicks("sign-up", "signed up")
    tab.clicks("list", "listed")
    refused = tab.clicks("buy", "ordered")

    assert (refused["status"], refused["code"]) == (403, "forbidden")


def test_the_cookie_does_not_come_along_from_another_site(opens, name):
    tab = opens(ELSEWHERE, cookie="1")
    tab.fills(name)

    tab.clicks("sign-up", "signed up")
    tab.clicks("list", "listed")

    assert tab.clicks("buy", "ordered")["status"] == 401


def test_going_back_shows_the_front_end_and_not_what_it_fetched_from_the_same_address(tab, stack):
    tab.page.goto(f"{stack.url}/events")
    tab.page.evaluate("fetch('/events').then((answer) => answer.json())")
    tab.page.goto(f"{stack.url}/docs")

    tab.page.go_back()

    assert tab.page.title() == "A shop of the tests' own"
    assert tab.page.evaluate("fetch('/events').then((answer) => answer.json())")
