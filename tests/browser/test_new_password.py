"""The link in the e-mail for a forgotten password, as somebody follows it on a phone."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from devstack.stack import Stack
from tests.browser.tab import Tab
from tests.scenarios.shop import Person, Shop, awaited

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
FORM = "input >> nth="


def link_to(shop: Shop, email: str) -> str:
    """The link in the newest e-mail to somebody."""
    letters = awaited(lambda: shop.mail(email))
    body = letters[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"http\S+/password-resets/\w+", body.get_content())
    assert found
    return found[0]


def test_the_link_in_the_e_mail_leads_to_a_new_password(chromium: Browser, stack: Stack) -> None:
    shop = Shop(stack)
    amina = Person(shop, name="amina")
    amina.calls("POST", "/password-resets", 202, json={"email": amina.email})
    context = chromium.new_context(viewport={"width": 390, "height": 760}, device_scale_factor=2)
    tab = Tab(context)
    tab.page.goto(link_to(shop, amina.email))
    if os.environ.get("SCREENSHOTS"):
        tab.page.screenshot(path=IMAGES / "new-password.png")

    tab.page.fill(f"{FORM}0", "Sauti-za-Busara")
    tab.page.fill(f"{FORM}1", "Sauti-ya-Busara")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("The two passwords differ.")

    tab.page.fill(f"{FORM}1", "Sauti-za-Busara")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("status")).to_contain_text("Your password is changed; log in with it.")
    amina.calls("POST", "/login", 200, json={"email": amina.email, "_password_hash": "Sauti-za-Busara"})
    assert tab.complaints == []
    assert tab.hosts == {"127.0.0.1"}

    tab.page.reload()  # the link has ended
    for number in (0, 1):
        tab.page.fill(f"{FORM}{number}", "another-password")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("link")
    context.close()
