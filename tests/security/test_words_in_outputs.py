"""What strangers call themselves and their events, in every page, picture, table and letter that we make.

Each output is held against the same with plain words: its elements, attributes, rows, headers and objects are
the same ones, so whatever the words are, they are words.
"""

import csv
import io
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest

from chalicelib.accounts.models import User
from chalicelib.catalog.models import Event
from chalicelib.delivery import about_tickets, mime
from chalicelib.delivery.letter import Attachment
from chalicelib.payments.models import Payment
from chalicelib.reports.sheets import csv_of
from chalicelib.tickets.models import Ticket
from tests.actors import Answer, Organizer, Person, Town
from tests.delivery import post

PLAIN = "Amina"
ATTACKS = {
    "a script": "<script>alert(1)</script>",
    "an attribute": "\" onload='alert(1)' x=\"",
    "a picture": "'><img src=x onerror=alert(1)>",
    "ends of elements": "</title></style></text></svg></td></h1><iframe src=//evil.test>",
    "XML": "]]><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "entities": "&lt;script&gt;&#60;b&#62;&quot;&amp;",
    "a formula": "=cmd|'/c calc'!A0",
    "a plus": '+1+HYPERLINK("https://evil.test","x")',
    "a minus": "-2+3+cmd|' /c calc'!A0",
    "an at": "@SUM(1+1)*cmd|' /c calc'!A0",
    "a wide formula": "＝1+1",
    "cells": 'a","=1+1","b',
    "PDF": ") Tj ET endstream endobj 9 0 obj <</S/JavaScript/JS(app.alert(1))>> endobj (",
    "a template": "{0.__class__} {event} %s %(x)s ${7*7} {{7*7}} \\n \\u202e",
    "an encoded word": "=?utf-8?q?=0D=0ABcc:_evil@evil.test?=",
    "SQL": "'; DROP TABLE users; --",
}
#: What is refused today, but may stand in a row that was written before.
OLD = {
    "a header": "Jazz\r\nBcc: evil@evil.test\r\n\r\n<b>",
    "a zero and an escape": "Ja\x00zz\x1b[31m\x7f",
    "another direction": "\u202eazzaJ\u202c\u2066",
    "nothing to see": "\u200b\u3164\ufeff\u2060",
    "separators": "Ja\u2028zz\u2029\x85",
    "no characters": "Ja\uffff\ufffezz",
    "a tab and a formula": "\t=1+1",
    "a line and a formula": "\r\n=1+1",
}


@dataclass
class Sale:
    """A ticket that was sold, and whoever may look at what is made of it."""

    town: Town
    admin: Person
    organizer: Organizer
    buyer: Person
    event: str
    payment: str
    ticket: str

    def is_called(self, words: str) -> None:
        """Call everything by these words, whatever the forms would say to them."""
        User(self.buyer.id).update(actions=[User.username.set(words[:64])])
        User(self.organizer.id).update(actions=[User.username.set(words[:64])])
        Event(self.event).update(actions=[Event.name.set(words), Event.location.set(words)])
        Event(self.event).update(actions=[Event.labels.set({"regular": words[:60]})])
        Ticket(self.ticket).update(actions=[Ticket.label.set(words[:60])])
        payment = Payment.get(self.payment)
        for item in payment.items:
            item.label = words[:60]
        payment.update(actions=[Payment.items.set(payment.items), Payment.event_name.set(words)])

    def shows(self, path: str, who: Person | None = None) -> Answer:
        answer = (who or self.organizer).asks("GET", path)
        assert answer.status == 200, answer.body
        return answer

    def event_page(self, name: str) -> Answer:
        return self.shows(f"/events/{self.event}/{name}")

    def ticket_as(self, form: str) -> Answer:
        return self.shows(f"/tickets/{self.ticket}/ticket.{form}", self.buyer)

    def letter(self) -> Any:
        return post.letter("tickets_issued", self.town.clock())


@pytest.fixture(scope="module")
def sale():
    from chalicelib.core import clock as real
    from chalicelib.delivery import ways
    from chalicelib.payments import till
    from tests.actors import Clock
    from tests.memory import aws_in_memory

    held = Clock()
    real.set_clock(held)
    with aws_in_memory():
        town = Town(held)
        till.open_with(town.till)
        ways.open_with(town.post.ways)
        admin, organizer, buyer = town.admin(), town.organizer("otieno"), town.signs_up("amina")
        event = organizer.event(event_name=PLAIN)
        payment = buyer.buys(event)
        town.safaricom.calls_back(0)
        User(organizer.id).update(actions=[User.verified_at.set(held())])
        paid = admin.asks("POST", f"/events/{event['id']}/payouts", {"amount": 100, "reference": "FT1"})
        assert paid.status == 201, paid.body
        ticket = buyer.payment(payment)["tickets"][0]["id"]
        # The letter's page is the ticket's own, which is looked at; to draw it twice takes all the time.
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                about_tickets, "_pdf", lambda order: Attachment("t.pdf", "application/pdf", b"%PDF")
            )
            yield Sale(town, admin, organizer, buyer, event["id"], payment["id"], ticket)
        till.open_with(None)
        ways.open_with(None)
    real.set_clock(None)


class Shape(HTMLParser):
    """A page without its words: elements and the names of their attributes, and addresses."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        links = [value for name, value in attrs if name in ("href", "src")]
        self.found.append((tag, *(name for name, _ in attrs), *links))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_pi(self, data: str) -> None:
        self.found.append("pi")


ALL = [pytest.param(words, id=what) for what, words in (ATTACKS | OLD).items()]


@pytest.fixture(scope="module")
def plain(sale):
    """Every output with plain words."""
    sale.is_called(PLAIN)
    return made(sale)


@pytest.mark.parametrize("words", ALL)
def test_words_stay_words_in_whatever_we_make_of_them(sale, plain, words):
    sale.is_called(words)

    odd = made(sale)

    for name, shape in plain.items():
        assert odd[name] == shape, name


def made(sale: Sale) -> dict[str, Any]:
    """Every output, without its words."""
    found: dict[str, Any] = {}
    for page in ("report.html", "payout.html"):
        answer = sale.event_page(page)
        found[page] = Shape(answer.raw.decode()).found
        found[f"headers of {page}"] = headers(answer)
    for page in ("report.csv", "payout.csv"):
        answer = sale.event_page(page)
        rows = list(csv.reader(io.StringIO(answer.raw.decode())))
        assert not [cell for row in rows for cell in row if is_formula(cell)]
        found[page] = [len(row) for row in rows]
        found[f"headers of {page}"] = headers(answer)
    picture = sale.event_page("report.svg")
    found["report.svg"] = [
        (one.tag, *one.attrib) for one in ElementTree.fromstring(picture.raw.decode()).iter()
    ]
    found["headers of report.svg"] = headers(picture)
    for form, shape in (("svg", svg), ("pdf", pdf)):
        answer = sale.ticket_as(form)
        found[f"headers of a {form}"] = headers(answer)
        found[f"a {form}"] = shape(answer.raw)
    found |= of_letter(sale.letter())
    return found


def headers(answer: Answer) -> dict[str, str]:
    return {
        name: value
        for name, value in answer.headers.items()
        if name not in ("X-Request-Id", "Content-Length")
    }


def is_formula(cell: str) -> bool:
    return not re.fullmatch(r"-?\d+", cell) and cell.lstrip().startswith(("=", "+", "-", "@", "＝"))


def svg(raw: bytes) -> Any:
    """Letters are outlines, and there are as many as words have; but nothing else is there."""
    tree = list(ElementTree.fromstring(raw.decode()).iter())
    addresses = {value for one in tree for name, value in one.attrib.items() if name.endswith("href")}
    assert all(re.fullmatch(r"#g\d+", address) for address in addresses)
    return {(one.tag, *sorted(one.attrib)) for one in tree}


def pdf(raw: bytes) -> Any:
    outside = re.sub(rb"stream\r?\n.*?endstream", b"", raw, flags=re.DOTALL)
    assert not re.search(rb"/(JS|JavaScript|OpenAction|AA|URI|Launch|EmbeddedFile|AcroForm)\b", outside)
    return len(pypdfium2.PdfDocument(raw)), len(re.findall(rb"/Type/Page\b", outside))


def of_letter(letter: Any) -> dict[str, Any]:
    from datetime import UTC, datetime

    sent = message_from_bytes(
        mime.raw(letter, "Tiketi <t@example.com>", "m#1", datetime(2026, 1, 1, tzinfo=UTC)), policy=SMTP
    )
    assert not [defect for part in sent.walk() for defect in part.defects]
    assert sent["To"] == "amina@example.com"
    assert "evil.test" not in re.sub(r"\s", "", letter.text + letter.html + letter.sms)
    return {
        "headers of a letter": sent.keys(),
        "parts of a letter": [(part.get_content_type(), part.get_filename()) for part in sent.walk()],
        "a letter": [one for one in Shape(letter.html).found if "?link=" not in str(one)],
        "lines of an SMS": len(letter.sms.splitlines()),
    }


@pytest.mark.parametrize("words", ALL)
def test_no_cell_of_any_table_is_a_formula_or_ends_its_row(words):
    (row,) = list(csv.reader(io.StringIO(csv_of([[words, "plain", 5, words]])), strict=True))

    assert row in ([words, "plain", "5", words], [f"'{words}", "plain", "5", f"'{words}"])
    assert not is_formula(row[0])


def test_no_answer_names_a_file_so_no_name_can_break_that_header(sale):
    """`Content-Disposition` would have to hold the event's name in quotes; addresses end in a plain name."""
    sale.is_called('x"\r\nSet-Cookie: a=b; filename="evil.exe')
    answers = [sale.event_page(page) for page in ("report.csv", "payout.csv", "report.svg")]
    answers += [sale.ticket_as(form) for form in ("svg", "pdf")]

    assert not [answer for answer in answers if answer.header("Content-Disposition")]
    assert all(value.isascii() and value.isprintable() for one in answers for value in one.headers.values())


@pytest.mark.parametrize("words", [pytest.param(words, id=what) for what, words in ATTACKS.items()])
def test_as_json_words_come_back_as_they_were_sent(sale, words):
    """No front end gets them with somebody's escapes in them, and none may take an answer for a page."""
    answer = sale.organizer.asks("PATCH", f"/events/{sale.event}", {"event_name": words})

    assert answer.body["event_name"] == words
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("X-Content-Type-Options") == "nosniff"
