"""A letter as an e-mail, read back by the standard library's parser."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest

from chalicelib.delivery import mime
from chalicelib.delivery.letter import Attachment, Letter

AT = datetime(2026, 12, 24, 16, 30, tzinfo=UTC)
SENDER = "Tiketi Tamasha <tickets@tiketi.example>"
ID = "0193a5c0ffee7c3e8d7e5a1b2c3d4e5f#tickets_issued#TKX1234567"


def letter(**more):
    fields = {
        "email": "amina@example.com",
        "phone": "254712345678",
        "subject": "Tiketi zako 2 za Ng’ombe wa Kĩmani 🎉: " + "tamasha " * 20 + "!",
        "text": "Habari Kĩmani,\n\n" + "neno " * 400 + "\n.\nFrom me\n",
        "html": "<p>Habari Kĩmani</p>",
        "attachments": (Attachment("tiketi.pdf", "application/pdf", b"%PDF-1.7 \x00\xff\r\n."),),
    }
    return Letter(**fields | more)


def read(raw):
    return message_from_bytes(raw, policy=SMTP)


def test_it_says_who_to_whom_what_and_when():
    mail = read(mime.raw(letter(), SENDER, ID, AT))

    assert mail["From"] == SENDER
    assert mail["To"] == "amina@example.com"
    assert mail["Subject"] == letter().subject
    assert mail["Date"].datetime == AT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["MIME-Version"] == "1.0"
    assert mail.defects == []


def test_a_long_subject_keeps_its_spaces():
    subject = "Tiketi zako 2 za " + "Ĩ Ũ " * 30 + "!"

    assert read(mime.raw(letter(subject=subject), SENDER, ID, AT))["Subject"] == subject


def test_text_stands_before_html_and_both_before_the_attachments():
    mail = read(mime.raw(letter(), SENDER, ID, AT))

    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert mail.get_body(("plain",)).get_content().splitlines() == letter().text.splitlines()
    assert mail.get_body(("html",)).get_content().strip() == letter().html
    [pdf] = mail.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()) == ("tiketi.pdf", letter().attachments[0].content)


def test_without_attachments_it_is_text_and_html_alone():
    assert (
        read(mime.raw(letter(attachments=()), SENDER, ID, AT)).get_content_type() == "multipart/alternative"
    )


def test_its_lines_are_short_seven_bits_and_end_as_mail_does():
    raw = mime.raw(letter(), SENDER, ID, AT)

    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_message_that_is_sent_again_has_the_same_id_and_others_have_others():
    first, again = (read(mime.raw(letter(), SENDER, ID, AT))["Message-ID"] for _ in range(2))

    other = read(mime.raw(letter(), SENDER, "a..b <c>\r\n@d", AT))["Message-ID"]
    assert first == again != other
    for found in (first, other):
        assert re.fullmatch(r"<[0-9a-f]{32}@tiketi\.example>", found)


@pytest.mark.parametrize("subject", ["Tickets\r\nBcc: all@example.com", "Tickets\nX: y", "a\rb", "a\u2028b"])
def test_a_subject_of_more_than_one_line_is_refused(subject):
    with pytest.raises(ValueError, match="one line"):
        mime.raw(letter(subject=subject), SENDER, ID, AT)


@pytest.mark.parametrize(
    "email", ["", "nobody", "@example.com", "amína@example.com", "a\r\nb@example.com", "a@b@"]
)
def test_what_is_no_address_is_refused(email):
    with pytest.raises(mime.NoSuchAddress):
        mime.raw(letter(email=email), SENDER, ID, AT)


@pytest.mark.parametrize(
    "email", ["a,b@example.com", "<x>,c@example.com", 'o"brien@example.com', "x;y@example.com"]
)
def test_an_odd_address_is_one_address(email):
    mail = read(mime.raw(letter(email=email), SENDER, ID, AT))

    [address] = mail["To"].addresses
    assert (address.username, address.domain) == tuple(email.rsplit("@", 1))


def test_words_of_a_subject_that_look_encoded_stay_as_they_are():
    mail = read(mime.raw(letter(subject="=?utf-8?q?a=0D=0ABcc:_all=40example.com?= b"), SENDER, ID, AT))

    assert mail["Subject"] == "=?utf-8?q?a=0D=0ABcc:_all=40example.com?= b"
    assert mail["Bcc"] is None
