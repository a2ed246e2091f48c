"""What is left of an event, on a page that nobody reloads: the client of docs/live.js in a real browser."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from devstack.stack import Stack
from tests.browser.origins import ELSEWHERE
from tests.browser.tab import Tab
from tests.scenarios.shop import Person, Shop, _form

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]

DOCS = Path(__file__).parents[2] / "docs"
A_SECOND = 1_000
#: How long a page without a WebSocket may take to know, and to have one again, in milliseconds.
SOME_SECONDS = 15_000


@pytest.fixture
def shop(stack: Stack) -> Shop:
    return Shop(stack)


@pytest.fixture
def watches(chromium: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """Open the page, on another origin than the API's; it runs docs/live.js as it is."""
    contexts = []

    def opens(*events: str, prepare: Callable[[Page], None] = lambda page: None) -> Page:
        contexts.append(chromium.new_context())
        page = Tab(contexts[-1]).page
        page.route("**/live.js", lambda route: route.fulfill(path=DOCS / "live.js"))
        prepare(page)
        asked = [("api", stack.url), ("socket", stack.live_url), *(("event", event) for event in events)]
        page.goto(f"{ELSEWHERE}/live.html?{urlencode(asked)}")
        return page

    yield opens
    for context in contexts:
        context.close()


def left(page: Page, number: int, within: float = SOME_SECONDS) -> None:
    expect(page.locator("#left")).to_have_text(str(number), timeout=within)


def test_one_page_buys_and_another_sees_it_within_a_second_without_reloading(opens, shop, stack, chromium):
    shown = chromium.new_context(viewport={"width": 1000, "height": 900}).new_page()
    loads = []
    shown.on("load", lambda _: loads.append(shown.url))
    shown.goto(f"{stack.url}/_stack")
    buys = opens()
    buys.fills("amina-live")
    buys.clicks("sign-up", "signed up")
    buys.clicks("list", "listed")
    event = shop_event(shop, buys.page.get_attribute("#events", "data-first"))
    number = shown.locator("#live li", has_text=event["event_name"]).locator("b")
    expect(number).to_have_text(f"{event['available_tickets']:,}")

    buys.clicks("buy", "ordered")  # the seat is held, its payment goes on

    expect(number).to_have_text(f"{event['available_tickets'] - 1:,}", timeout=A_SECOND)
    if os.environ.get("SCREENSHOTS"):
        shown.locator("section", has=shown.locator("#live")).screenshot(path=DOCS / "images" / "live.png")
    assert len(loads) == 1
    shown.context.close()


def shop_event(shop: Shop, event_id: str | None) -> dict:
    event: dict = Person(shop).calls("GET", f"/events/{event_id}", 200)
    return event


def test_every_page_that_is_open_follows_a_sale(watches, shop):
    event, buyer = shop.event(seats=4), shop.person()
    pages = [watches(event["id"]) for _ in range(3)]
    for page in pages:
        left(page, 4)
    for sold in range(1, 5):
        buyer.buys(event)
        for page in pages:
            left(page, 4 - sold, 5 * A_SECOND)


def test_a_page_that_loses_its_line_asks_and_comes_back(watches, shop, stack):
    event, buyer = shop.event(seats=10), shop.person()
    page = watches(event["id"])
    left(page, 10)
    heard: list[object] = []
    page.on("websocket", lambda line: line.on("framereceived", lambda text: heard.append(text)))
    stack.kill("live")
    try:
        buyer.buys(event)
        left(page, 9)  # by GET /events/{id}/availability
    finally:
        stack.start("live")
    while not heard:  # a new line; the test's own time-out ends this
        page.wait_for_timeout(50)
    buyer.buys(event)
    left(page, 8)


def test_what_was_overtaken_is_not_shown(watches):
    lines: list[WebSocketRoute] = []

    def hears(line: WebSocketRoute) -> None:
        lines.append(line)
        line.on_message(lambda text: said.append(json.loads(text)))

    said: list[dict] = []
    page = watches("derby", prepare=lambda page: page.route_web_socket("**/live", hears))
    expect(page.locator("#times")).to_have_text("0")
    page.wait_for_function("document.readyState === 'complete'")
    for version, number in ((5, 7), (4, 8), (5, 7), (6, 2), (3, 9)):
        told = {"event_id": "derby", "version": version, "available_tickets": number}
        lines[0].send(json.dumps(told))

    left(page, 2)
    expect(page.locator("#version")).to_have_text("6")
    expect(page.locator("#times")).to_have_text("2")
    assert said == [{"action": "subscribe", "event_id": "derby"}]


def test_a_line_that_says_nothing_is_not_waited_for(watches, shop):
    event, buyer = shop.event(seats=10), shop.person()
    page = watches(event["id"], prepare=lambda page: page.route_web_socket("**/live", lambda line: None))
    left(page, 10)
    buyer.buys(event)
    left(page, 9)


def test_an_event_that_is_not_there_is_told_and_hinders_no_other(watches, shop):
    event, buyer = shop.event(seats=10), shop.person()
    page = watches("nothing", event["id"])
    left(page, 10)

    expect(page.locator("#refused li")).to_have_text(["not_found"])
    buyer.buys(event)
    left(page, 9)


def test_an_event_that_is_taken_down_is_told_and_shown_again_when_it_comes_back(watches, shop):
    organizer = Person(shop, role_id=2)
    event = organizer.calls("POST", "/events", 201, json=_form(10, 500))
    page = watches(event["id"])
    left(page, 10)

    organizer.calls("PATCH", f"/events/{event['id']}", 200, json={"status": "draft"})
    expect(page.locator("#refused li")).to_have_text(["not_found"], timeout=5 * A_SECOND)
    organizer.calls("PATCH", f"/events/{event['id']}", 200, json={"status": "published"})
    expect(page.locator("#times")).to_have_text("2", timeout=5 * A_SECOND)
    shop.person().buys(event)
    left(page, 9, 5 * A_SECOND)
