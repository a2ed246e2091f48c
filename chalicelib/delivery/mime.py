"""A letter as the bytes of an e-mail (RFC 5322, MIME)."""

import hashlib
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final

from chalicelib.delivery.letter import Letter

CRLF: Final = "\r\n"
#: Letters beyond ASCII are encoded: not every server on the way takes them.
_POLICY: Final = SMTP.clone(cte_type="7bit")


class NoSuchAddress(ValueError):
    """No e-mail can be sent to this address."""


def raw(letter: Letter, sender: str, message_id: str, at: datetime) -> bytes:
    """The e-mail, as text and HTML with its attachments.

    Args:
        letter: what it says, and to whom.
        sender: such as `Tiketi Tamasha <tickets@example.com>`.
        message_id: the message's own; sent again, it is the same e-mail to mail programs.
        at: when it is sent.

    Raises:
        NoSuchAddress: the person's address is none.
        ValueError: a header would have more than one line.
    """
    mail = EmailMessage(_POLICY)
    mail["From"] = sender
    mail["To"] = _address(letter.email)
    mail["Date"] = at
    mail["Message-ID"] = f"<{_digest(message_id)}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    for attached in letter.attachments:
        main, _, sub = attached.kind.partition("/")
        mail.add_attachment(attached.content, maintype=main, subtype=sub, filename=attached.name)
    return _subject(letter.subject) + mail.as_bytes()


def _address(email: str) -> Address:
    name, _, domain = email.rpartition("@")
    if not (name and domain and email.isascii() and email.isprintable()):
        raise NoSuchAddress("This is no address that an e-mail can be sent to.")
    return Address(username=name, domain=domain)


def _subject(subject: str) -> bytes:
    """The header. `EmailMessage` may lose a space where it folds a long one (python/cpython#92081, #144156).

    Raises:
        ValueError: it has more than one line.
    """
    if len(subject.splitlines()) > 1:
        raise ValueError("A subject is one line.")
    is_plain = subject.isascii() and "=?" not in subject  # what looks encoded would be decoded
    header = Header(subject, "us-ascii" if is_plain else "utf-8", header_name="Subject")
    return f"Subject: {header.encode(linesep=CRLF)}{CRLF}".encode("ascii")


def _digest(message_id: str) -> str:
    """The id as a short word, whatever is in it: a longer one would be folded, which trips some readers."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]
