"""A ticket's SVG as a browser draws it, opened by a link as from an e-mail."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from chalicelib.tickets import links
from chalicelib.tickets.models import Ticket
from tests.scenarios.shop import Shop
from tests.tickets import reading

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize("phone_width", [None, 320])
def test_a_link_opens_a_picture_whose_code_scans_and_that_asks_for_nothing_else(tab, stack, phone_width):
    shop = Shop(stack)
    buyer = shop.person()
    buyer.awaits(buyer.buys(shop.event()))
    [ticket] = buyer.tickets()
    address = urlsplit(links.url_of(Ticket(ticket["id"]), datetime.now(UTC), "svg"))
    path = f"{stack.url}{address.path}?{address.query}"

    if phone_width:  # as a picture on a page
        tab.page.goto(f"{stack.url}/health")
        tab.page.set_content(f'<img src="{path}" width="{phone_width}">', wait_until="load")
    else:
        tab.page.goto(path)

    assert reading.codes(reading.picture(tab.page.screenshot())) == [ticket["code"]]
    assert {urlsplit(asked).hostname for asked in tab.asked} == {"127.0.0.1"}
    assert tab.complaints == []
