"""Signed links: whoever has one opens that ticket, for as long as it makes sense."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.models import Event
from chalicelib.core.settings import settings as present
from chalicelib.tickets import links
from chalicelib.tickets.models import Ticket

ENDS_AT = datetime(2026, 12, 24, 20, 0, tzinfo=UTC)
AT = ENDS_AT - timedelta(days=30)
TICKET = Ticket("1" * 32 + "01", event_id="0" * 32)
EVENT = Event("0" * 32, ends_at=ENDS_AT)
DAY = timedelta(seconds=links.AFTERWARDS_SECONDS)


def link_of(ticket: Ticket = TICKET, at: datetime = AT) -> str:
    [link] = parse_qs(urlsplit(links.url_of(ticket, at)).query)["link"]
    return link


def test_a_link_is_an_address_of_ours_with_an_expiry_and_a_mac():
    url = links.url_of(TICKET, AT, "svg")

    assert url.startswith(f"{present().public_url}/tickets/{TICKET.id}/ticket.svg?link=")
    assert links.expiry_of(TICKET.id, link_of()) == int((AT + DAY).timestamp())
    assert len(url) - len(present().public_url) < 100  # it has to fit an SMS


def test_a_link_counts_until_a_day_after_the_event():
    expiry = links.expiry_of(TICKET.id, link_of())

    links.check(expiry, EVENT, ENDS_AT + DAY)
    with pytest.raises(links.LinkExpired):
        links.check(expiry, EVENT, ENDS_AT + DAY + timedelta(seconds=1))


def test_a_link_that_is_made_afterwards_counts_for_a_day():
    late = ENDS_AT + timedelta(days=7)
    expiry = links.expiry_of(TICKET.id, link_of(at=late))

    links.check(expiry, EVENT, late + DAY)
    with pytest.raises(links.LinkExpired):
        links.check(expiry, EVENT, late + DAY + timedelta(seconds=1))


def test_a_link_to_an_event_that_was_put_off_counts_until_that_is_over():
    expiry = links.expiry_of(TICKET.id, link_of())
    put_off = Event(EVENT.id, ends_at=ENDS_AT + timedelta(days=60))

    links.check(expiry, put_off, ENDS_AT + timedelta(days=60))
    with pytest.raises(links.LinkExpired):
        links.check(expiry, put_off, ENDS_AT + timedelta(days=62))


def test_a_link_opens_no_other_ticket():
    with pytest.raises(links.LinkNotGenuine):
        links.expiry_of("1" * 32 + "02", link_of())


def test_nobody_makes_a_link_last_longer():
    expiry, _, mac = link_of().partition(".")

    with pytest.raises(links.LinkNotGenuine):
        links.expiry_of(TICKET.id, f"{int(expiry) + 1}.{mac}")


@given(st.data())
def test_a_changed_link_is_not_genuine(data):
    link = link_of()
    place = data.draw(st.integers(0, len(link) - 2))  # the last letter may hold bits that mean nothing
    other = data.draw(st.sampled_from("ABCabc0123-_.").filter(lambda letter: letter != link[place]))

    with pytest.raises(links.LinkNotGenuine):
        links.expiry_of(TICKET.id, link[:place] + other + link[place + 1 :])


@given(st.one_of(st.text(), st.from_regex(r"[0-9]{1,14}\.[A-Za-z0-9_-]{22}")))
def test_no_text_is_a_link(text):
    with pytest.raises(links.LinkNotGenuine):
        links.expiry_of(TICKET.id, text)


def test_links_stay_good_when_a_new_key_signs_and_end_with_their_key(monkeypatch):
    old = link_of()
    keys = present().ticket_keys
    monkeypatch.setattr(links, "settings", lambda: replace(present(), ticket_keys={"2": "ab" * 32, **keys}))

    assert link_of() != old
    assert links.expiry_of(TICKET.id, old) == links.expiry_of(TICKET.id, link_of())
    monkeypatch.setattr(links, "settings", lambda: replace(present(), ticket_keys={"2": "ab" * 32}))
    with pytest.raises(links.LinkNotGenuine):
        links.expiry_of(TICKET.id, old)
