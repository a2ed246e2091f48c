"""E-mails and the stack's start page as a browser shows them."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from chalicelib.delivery import about_orders, about_tickets, dressed, mime, plain
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.orders import Order
from chalicelib.delivery.wording import wording
from devstack.stack import Stack
from tests.browser.tab import Tab
from tests.delivery.test_strangers import AT, order

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 2}
NAMES = {"event": "Usiku wa Taarab Mombasa", "username": "Amina Wanjirũ", "place": "Fort Jesus, Mombasa"}


def letter(of: Order, language: str, write: Any) -> Letter:
    written = write(of, wording(language))
    texts = (written.draft.subject, plain.text(written.draft), dressed.html(written.draft))
    return Letter(of.buyer.email, of.buyer.phone_number, *texts, written.sms, written.attachments)


@pytest.fixture
def sent(stack: Stack) -> None:
    """Some mails and an SMS in the stack's folder, as its sender leaves them there; those of others go."""
    folder = Path(stack.environment["MAIL_FOLDER"])
    folder.mkdir(exist_ok=True)
    for other in folder.iterdir():
        other.unlink()
    tickets = letter(order(tickets=3, **NAMES), "sw", about_tickets.issued)
    failed = order(tickets=1, **NAMES | {"event": "Nairobi Jazz Evening"})
    failed.payment.status, failed.payment.failure, failed.payment.receipt = "Failed", "1032", None
    object.__setattr__(failed, "which", "1")
    letters = [letter(failed, "en", about_orders.failed), tickets]
    for number, each in enumerate(letters):
        raw = mime.raw(each, "Tiketi Tamasha <tickets@tiketi.example>", str(number), AT)
        (folder / f"{number}.eml").write_bytes(raw)
        os.utime(folder / f"{number}.eml", (AT.timestamp() + number, AT.timestamp() + number))
    (folder / "2.sms.txt").write_text(f"To: {tickets.phone}\n\n{tickets.sms}\n")
    os.utime(folder / "2.sms.txt", (AT.timestamp() + 2, AT.timestamp() + 2))


def pictured(tab: Tab, name: str) -> None:
    if os.environ.get("SCREENSHOTS"):
        tab.page.screenshot(path=IMAGES / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_fits_a_phone_and_looks_as_it_is_meant(
    chromium: Browser, stack: Stack, sent: None, scheme: Any
):
    context = chromium.new_context(**PHONE, color_scheme=scheme)
    tab = Tab(context)
    tab.page.goto(f"{stack.url}/_stack/mail/1.eml/html")

    expect(tab.page.locator("h1")).to_have_text("Tiketi zako 3 ziko tayari")
    expect(tab.page.locator("h1")).to_have_css("color", "rgb(255, 255, 255)")
    button = tab.page.get_by_role("link", name="Fungua").first
    expect(button).to_have_css("background-color", "rgb(27, 31, 59)")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 40  # a thumb's
    width = tab.page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    assert tab.complaints == []
    assert tab.hosts == {"127.0.0.1"}
    if scheme == "light":
        pictured(tab, "mail")
    context.close()


def test_the_start_page_shows_what_was_sent(chromium: Browser, stack: Stack, sent: None):
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    tab = Tab(context)
    tab.page.goto(f"{stack.url}/_stack")
    for text in ("SMS to 254712345678", "Nairobi Jazz Evening"):
        expect(tab.page.locator(".mails li").filter(has_text=text)).to_have_count(1)
    pictured(tab, "start-page")

    tab.page.get_by_role("link", name="Tiketi zako 3 za Usiku wa Taarab Mombasa").click()

    frame = tab.page.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("Tiketi zako 3 ziko tayari")
    expect(tab.page.locator("pre")).to_contain_text("Asante. Tumepokea malipo yako ya KES 6,000.")
    with tab.page.expect_download() as download:
        tab.page.get_by_role("link", name=".pdf").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert tab.complaints == []
    context.close()


def test_a_mail_that_brings_a_script_runs_nothing(chromium: Browser, stack: Stack, sent: None):
    folder = Path(stack.environment["MAIL_FOLDER"])
    script = "<script>document.title = top.document.title = 'taken'</script>"
    evil = f"<h1>Hi</h1>{script}<img src=x onerror=alert(1)>"
    (folder / "9.eml").write_text(f"Subject: Evil\nContent-Type: text/html\n\n{evil}\n")
    tab = Tab(chromium.new_context())
    tab.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for path in ("/_stack/mail/9.eml", "/_stack/mail/9.eml/html"):
        tab.page.goto(f"{stack.url}{path}")
        assert tab.page.title() != "taken"
    (folder / "9.eml").unlink()
    tab.page.context.close()
