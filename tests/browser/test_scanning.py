"""The gate page in a phone's browser: with a camera, with the network, without it, and with it again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.camera import film
from tests.browser.tab import Tab
from tests.scenarios.gate import Gate
from tests.scenarios.shop import Shop, awaited

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def gate(stack) -> Gate:
    return Gate(Shop(stack), tickets=3)


class Phone(Tab):
    """A phone with the gate page."""

    def __init__(self, context: BrowserContext, gate: Gate) -> None:
        super().__init__(context)
        self.gate, self.context = gate, context

    def opens(self, device: str = "Gate A", ticket_type: str = "") -> "Phone":
        page = self.page
        page.goto(f"{self.gate.organizer.shop.stack.url}/gate#event={self.gate.event['id']}")
        page.fill("[name=email]", self.gate.organizer.email)
        page.fill("[name=password]", "Tiketi@123")
        page.click("#log-in button")
        expect(page.locator("[name=event]")).to_have_value(self.gate.event["id"], timeout=15_000)
        page.fill("[name=device]", device)
        page.select_option("[name=type]", ticket_type)
        page.click("#choose button:not(.quiet)")
        expect(page.locator("#scan")).to_be_visible(timeout=15_000)
        return self

    def types(self, code: str) -> None:
        self.page.fill("[name=code]", code)
        self.page.click("#type button")

    def is_told(self, word: str, detail: str = "") -> None:
        expect(self.page.locator("#verdict")).to_be_visible(timeout=15_000)
        expect(self.page.locator("#word")).to_have_text(word)
        expect(self.page.locator("#detail")).to_contain_text(detail)

    def goes_on(self) -> None:
        self.page.click("#next")
        expect(self.page.locator("#verdict")).to_be_hidden()

    def scans(self, code: str, word: str, detail: str = "") -> None:
        self.types(code)
        self.is_told(word, detail)
        self.goes_on()

    def loses_network(self) -> None:
        self.context.set_offline(True)
        expect(self.page.locator("#offline")).to_be_visible()

    def finds_network(self) -> None:
        self.context.set_offline(False)
        expect(self.page.locator("#network")).to_have_text("online", timeout=20_000)
        expect(self.page.locator("#waiting")).to_have_text("", timeout=20_000)

    def pictured(self, name: str) -> None:
        """Into the docs, where SCREENSHOTS is set."""
        if os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=IMAGES / f"{name}.png")


@pytest.fixture
def phone(chromium: Browser, gate: Gate) -> Iterator[Callable[[], Phone]]:
    """Another phone each time it is called."""
    contexts: list[BrowserContext] = []

    def one() -> Phone:
        contexts.append(chromium.new_context(**PHONE))
        return Phone(contexts[-1], gate)

    yield one
    for context in contexts:
        context.close()


@pytest.fixture
def filming(gate: Gate, tmp_path: Path, launch: Callable[..., Browser]) -> Iterator[Phone]:
    """A phone whose camera sees the first ticket."""
    seen = film(gate.ticket["code"], tmp_path / "ticket.y4m")
    browser = launch(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
    )
    context = browser.new_context(**PHONE, permissions=["camera"])
    yield Phone(context, gate)
    browser.close()


def forged(code: str) -> str:
    """The code with another letter amid its signature, whose last ones hold zeros nearly always."""
    return code[:60] + ("A" if code[60] != "A" else "B") + code[61:]


def status(gate: Gate, ticket: dict[str, Any]) -> str:
    return str(gate.buyer.calls("GET", f"/tickets/{ticket['id']}", 200)["status"])


def test_the_camera_reads_a_ticket_and_the_gate_admits_it_once(filming, gate):
    filming.opens()

    filming.page.click("#start")
    filming.is_told("Admitted")
    expect(filming.page.locator("#label")).to_have_text("Regular")
    filming.pictured("gate-admitted")
    filming.goes_on()

    assert status(gate, gate.ticket) == "admitted"
    assert filming.complaints == []
    assert filming.hosts == {"127.0.0.1"}
    # It stays in front of the camera: only a ticket that was away is scanned again.
    filming.scans(gate.tickets[1]["code"], "Admitted")
    expect(filming.page.locator("#history li")).to_have_count(2)
    filming.pictured("gate-scanning")


def test_a_second_scan_says_who_when_and_where(phone, gate):
    body = {"code": gate.ticket["code"], "device": "Gate B, 01ab"}
    gate.organizer.calls("POST", gate.path, 200, json=body)
    one = phone().opens()

    one.types(gate.ticket["code"])

    one.is_told("Already admitted", "at Gate B, 01ab")
    expect(one.page.locator("#detail")).to_contain_text("by kamau")
    one.pictured("gate-already-admitted")


def test_what_is_no_ticket_of_this_event_is_not_valid(phone, gate, stack):
    one, other = phone().opens(), Gate(Shop(stack))

    one.scans("https://example.com", "Not valid", "no code of ours")
    one.scans(forged(gate.ticket["code"]), "Not valid", "no code of ours")
    one.types(other.ticket["code"])
    one.is_told("Not valid", "This ticket is for another event.")
    one.pictured("gate-not-valid")
    one.goes_on()

    gate.organizer.calls("POST", f"/events/{gate.event['id']}/cancel", 200)
    one.scans(gate.ticket["code"], "Not valid", "cancelled")
    assert [text for text in one.complaints if "422" not in text] == []


def test_a_code_is_taken_from_a_picture_and_typed_in_small_letters(phone, gate, tmp_path):
    one = phone().opens()
    picture = tmp_path / "ticket.png"
    picture.write_bytes(gate.buyer.asks("GET", f"/tickets/{gate.ticket['id']}/ticket.png").content)

    one.page.set_input_files("#picture", picture)
    one.is_told("Admitted")
    one.goes_on()
    one.scans(gate.tickets[1]["code"].lower(), "Admitted")

    assert [status(gate, each) for each in gate.tickets].count("admitted") == 2


def test_without_a_network_it_goes_on_and_tells_later(phone, gate):
    one = phone().opens()
    first, second, third = gate.tickets
    one.scans(first["code"], "Admitted")
    one.page.evaluate("navigator.serviceWorker.ready")

    one.loses_network()
    expect(one.page.locator("#offline")).to_contain_text("Another gate without network may let in the same")
    one.scans(second["code"], "Admitted", "this phone decided by itself")
    one.scans(second["code"], "Already admitted", "at Gate A")
    one.scans(first["code"], "Already admitted")
    one.scans(forged(third["code"]), "Not valid")
    assert status(gate, second) == "valid"

    one.page.reload()  # the phone's battery was empty, say
    expect(one.page.locator("#waiting")).to_have_text("1 scan waits for the network; nothing is lost.")
    one.scans(second["code"], "Already admitted", "at Gate A")
    one.page.evaluate("scrollTo(0, 0)")
    one.pictured("gate-offline")

    one.finds_network()
    assert status(gate, second) == "admitted"
    assert status(gate, third) == "valid"
    one.scans(third["code"], "Admitted")


def test_two_gates_without_a_network_let_the_same_ticket_in_and_are_told_of_it(phone, gate):
    one, other = phone().opens("Gate A"), phone().opens("Gate B")
    one.loses_network()
    other.loses_network()
    one.scans(gate.ticket["code"], "Admitted")
    other.scans(gate.ticket["code"], "Admitted")

    other.finds_network()
    one.finds_network()

    expect(one.page.locator("#history")).to_contain_text("Conflict: let in twice, also")
    expect(one.page.locator("#history")).to_contain_text("at Gate B")
    other.scans(gate.ticket["code"], "Already admitted", "at Gate A")


def test_an_answer_that_is_lost_on_its_way_is_no_conflict(phone, gate):
    """The service has admitted; the phone does not hear of it, decides by itself, and tells of it later."""
    one = phone().opens()

    def loses_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    one.page.route("**/checkins", loses_the_answer, times=1)
    one.scans(gate.ticket["code"], "Admitted", "this phone decided by itself")

    expect(one.page.locator("#waiting")).to_have_text("", timeout=20_000)
    expect(one.page.locator("#history")).not_to_contain_text("Conflict")
    assert status(gate, gate.ticket) == "admitted"


def test_a_phone_that_died_before_it_showed_the_answer_asks_for_the_same_scan(phone, gate):
    one = phone().opens()

    answered: list[int] = []
    one.page.route("**/checkins", lambda route: answered.append(route.fetch().status), times=1)
    one.types(gate.ticket["code"])
    awaited(lambda: one.page.title() and answered)  # the service has admitted; the page waits
    one.page.goto(f"{gate.organizer.shop.stack.url}/gate")
    expect(one.page.locator("#scan")).to_be_visible()

    one.scans(gate.ticket["code"], "Admitted")


def test_a_gate_for_one_ticket_type_sends_others_on(phone, gate):
    one = phone().opens(ticket_type="MVP")

    one.scans(gate.ticket["code"], "Wrong gate", "This is a regular ticket; this gate lets in MVP.")

    assert status(gate, gate.ticket) == "valid"


def test_a_browser_without_ed25519_checks_signatures_too(phone, gate):
    one = phone()
    one.page.add_init_script(
        "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))"
    )
    one.opens()

    one.scans(forged(gate.ticket["code"]), "Not valid")
    one.scans(gate.ticket["code"], "Admitted")


def test_a_log_in_that_has_ended_stops_nobody(phone, gate):
    one = phone().opens()
    gate.organizer.asks("DELETE", "/logout?all=true")

    one.scans(gate.ticket["code"], "Admitted", "this phone decided by itself")

    expect(one.page.locator("#network")).to_have_text("log in again", timeout=20_000)
    one.page.click("#network")
    one.page.fill("[name=email]", gate.organizer.email)
    one.page.fill("[name=password]", "Tiketi@123")
    one.page.click("#log-in button")
    expect(one.page.locator("#waiting")).to_have_text("", timeout=20_000)
    assert status(gate, gate.ticket) == "admitted"


def test_who_does_not_work_at_the_gate_cannot_open_it(phone, gate, stack):
    one = phone()
    gate.organizer = Shop(stack).person()
    one.page.goto(f"{stack.url}/gate#event={gate.event['id']}")
    one.page.fill("[name=email]", gate.organizer.email)
    one.page.fill("[name=password]", "wrong")
    one.page.click("#log-in button")
    expect(one.page.locator("#log-in .wrong")).to_contain_text("password is wrong", timeout=15_000)
    one.page.fill("[name=password]", "Tiketi@123")
    one.page.click("#log-in button")
    expect(one.page.locator("[name=event]")).to_have_value(gate.event["id"], timeout=15_000)
    one.page.fill("[name=device]", "Gate A")
    one.page.click("#choose button:not(.quiet)")

    expect(one.page.locator("#choose .wrong")).to_contain_text("organizers and gate staff", timeout=15_000)
