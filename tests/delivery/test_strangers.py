"""Names and places that strangers chose do no harm in a letter, whatever they hold."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.accounts.models import User
from chalicelib.catalog.models import Event
from chalicelib.delivery import about_tickets, dressed, mime, plain, strangers
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.orders import Order
from chalicelib.delivery.wording import wording
from chalicelib.payments.models import Item, Payment
from chalicelib.tickets import papers
from chalicelib.tickets.models import Ticket
from tests.delivery import post

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
#: The default alphabet and two extensions of one letter each less: 3GPP TS 23.038, 6.2.1, its ASCII part.
GSM_7 = frozenset("@$_ !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
NASTY = [
    "\r\nBcc: all@example.com",
    "\u202e",
    "\u2066",
    "🎉",
    "🇰🇪",
    '"',
    "'",
    "<b>",
    "&amp;",
    "</td>",
    "\x00",
]
NASTY += [
    "{0}",
    "{name}",
    "%s",
    "https://evil.example/x",
    "ĩ",
    "\u2028",
    "ng’ombe",
    "`",
    "^",
    "€",
    "=?utf-8?q?x?=",
]
NAMES = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=30)), max_size=12
).map("".join)


@pytest.fixture(autouse=True, scope="module")
def undrawn():
    """Pages of odd names are drawn in tests/tickets/test_drawing.py; here they would take all the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(papers, "pdf", lambda *pages: b"%PDF" + bytes(len(pages)))
        yield


def order(event="Blankets & Wine", username="amina", place="Nairobi", label="Regular", tickets=2):
    payment_id = "0193a5c0ffee7c3e8d7e5a1b2c3d4e5f"
    return Order(
        payment=Payment(
            payment_id,
            status="Completed",
            event_id="0193a5c0ffee7c3e8d7e5a1b2c3d4e60",
            event_name=event,
            amount=2000 * tickets,
            items=[Item(ticket_type="regular", label=label, quantity=tickets, price=2000)],
            receipt="TKX1234567",
            attempt_count=1,
        ),
        event=Event(
            id="0193a5c0ffee7c3e8d7e5a1b2c3d4e60",
            name=event,
            location=place,
            timezone="Africa/Nairobi",
            status="published",
            starts_at=AT + timedelta(days=30),
            ends_at=AT + timedelta(days=30, hours=5),
        ),
        tickets=[
            Ticket(
                f"{payment_id}{number:02x}",
                payment_id=payment_id,
                event_id="0193a5c0ffee7c3e8d7e5a1b2c3d4e60",
                ticket_type="regular",
                label=label,
                order_size=tickets,
                status="valid",
            )
            for number in range(1, tickets + 1)
        ],
        buyer=User("u1", username=username, email="amina@example.com", phone_number="254712345678"),
        which="TKX1234567",
        at=AT,
    )


def letter(language, **names):
    written = about_tickets.issued(order(**names), wording(language))
    return Letter(
        email="amina@example.com",
        phone="254712345678",
        subject=written.draft.subject,
        text=plain.text(written.draft),
        html=dressed.html(written.draft),
        sms=written.sms,
        attachments=written.attachments,
    )


@settings(max_examples=60)
@given(NAMES, NAMES, NAMES, NAMES, st.sampled_from(["en", "sw"]))
def test_no_name_breaks_a_header_the_page_or_an_sms(event, username, place, label, language):
    written = letter(language, event=event, username=username, place=place, label=label)
    harmless = letter(language)

    mail = message_from_bytes(mime.raw(written, "Tiketi <t@example.com>", "m#1", AT), policy=SMTP)
    assert mail.keys() == message_from_bytes(mime.raw(harmless, "t@example.com", "m", AT), policy=SMTP).keys()
    assert mail["To"] == "amina@example.com"
    assert mail["Subject"] == written.subject
    page, other = post.Page(written.html), post.Page(harmless.html)
    assert set(page.elements) == set(other.elements)
    assert set(page.attributes) == set(other.attributes)
    assert len(page.links) == 2
    for text in (written.subject, written.text.replace("\n", ""), page.words):
        assert not {unicodedata.category(letter) for letter in text} & {"Cc", "Cs"}
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f") & set(text)
    assert set(written.sms) <= GSM_7
    assert len(written.sms) <= 306


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("  Amina \r\n Bcc: x ", "Amina Bcc: x"),
        ("user\u202emoc.live", "usermoc.live"),
        ("Kĩmani 🎉🇰🇪", "Kĩmani 🎉🇰🇪"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("a" * 200, "a" * 119 + "…"),
        ("Tamasha " * 30, "Tamasha " * 13 + "Tamasha…"),
        ("\x00\u200b", ""),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(name, seen):
    assert strangers.one_line(name) == seen


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("You won, see evil.com/x", "You won, see evil com x"),
        ("https://evil.example", "https evil example"),
        ("mail me@evil.com", "mail me evil com"),
        ("St. John Ng’ang’a", "St. John Ng’ang’a"),
        ("Version 2.0 at 19:30", "Version 2.0 at 19:30"),
        ("St. Mary's Hall, Nairobi", "St. Mary's Hall, Nairobi"),
        ("Blankets & Wine", "Blankets & Wine"),
        (
            "Acme Ltd., 24/12/2026, 7.30pm (incl. lunch etc.)",
            "Acme Ltd., 24/12/2026, 7.30pm (incl. lunch etc.)",
        ),
        ("evil\u200b.com", "evil com"),
        ("a\u200b@evil\u200b.com", "a evil com"),
        ("http:\u200b//1.2.3.4", "http 1 2 3 4"),
        ("1.2.3.4:80/x", "1 2 3 4 80 x"),
        ("evil．com／x", "evil com x"),
        ("evil。com", "evil com"),
        ("a＠evil｡com", "a evil com"),
        ("bit.|ly/abc", "bit |ly abc"),
        ("evil.😀com", "evil 😀com"),
        ("evil~.com", "evil~ com"),
        ("evil․com", "evil com"),
        ("evil.1com", "evil 1com"),
        ("evil1.1com", "evil1 1com"),
        ("evil.\u200dcom", "evil \u200dcom"),
    ],
)
def test_a_name_holds_nothing_that_becomes_a_link(name, seen):
    assert strangers.harmless(name) == seen


@pytest.mark.parametrize(
    "name",
    [
        "evil\u200b.com",
        "a\u200b@evil\u200b.com",
        "http:\u200b//1.2.3.4",
        "evil．com／x",
        "bit.|ly/abc",
        "evil.😀com",
        "evil~.com",
        "evil․com",
        "evil.1com",
        "1.|2.3.4",
        "evil℅com",
    ],
)
def test_no_stranger_puts_a_link_into_a_letter(name):
    written = letter("en", event=name, username=name, place=name, label=name)

    own = set(post.Page(written.html).links)
    for text in (written.subject, written.text, post.Page(written.html).words, written.sms):
        words = set(text.split()) - own
        assert not [word for word in words if re.search(r"(?<=\S)[.:/@．／․]+[^\s\w]*[^\W\d_]", word)]
        assert not re.search(r"\d\.\d+\.\d+\.\d", " ".join(words))


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Ng’ombe wa Kĩmani – “Café”", 'Ng\'ombe wa Kimani - "Cafe"'),
        ("Sauti Sol 🎉 [Live] ~ `night`", "Sauti Sol (Live) 'night'"),
        ("ሰላም", ""),
        ("Ｎａｉｒｏｂｉ", "Nairobi"),
        ("x" * 60, "x" * 37 + "..."),
    ],
)
def test_a_name_in_an_sms_is_made_of_plain_letters(name, seen):
    assert strangers.for_sms(name, 40) == seen


@pytest.mark.parametrize("language", ["en", "sw"])
def test_an_sms_names_the_event_though_its_name_has_no_plain_letter_or_too_many(language, monkeypatch):
    from chalicelib.core.settings import settings as ours

    assert wording(language).say("some_event") in letter(language, event="🎉ሰላም").sms
    monkeypatch.setenv("PUBLIC_URL", "https://tickets.of-a-rather-long-name-of-an-organisation.co.ke")
    ours.cache_clear()
    long = letter(language, event="Tamasha la Kimataifa la Muziki wa Asili ya Waswahili " * 5).sms
    ours.cache_clear()
    assert "Tamasha la Kimataifa la Muziki" in long
    assert len(long) <= 306


def test_an_sms_of_one_ticket_says_no_more_than_it_must():
    text = letter("en", tickets=1).sms

    assert text.startswith("Tiketi Tamasha: Blankets & Wine, 24 Dec 12:00. Your ticket: http")
    assert len(text) < 200
