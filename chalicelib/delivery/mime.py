"""A letter as an RFC 5322 message. For now the plain text and what is attached."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from chalicelib.delivery.letter import Letter


def raw(letter: Letter, sender: str, message_id: str, at: datetime) -> bytes:
    """The bytes of an e-mail."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, letter.email, letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message.set_content(letter.text)
    for one in letter.attachments:
        kind, _, form = one.kind.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=form, filename=one.name)
    return message.as_bytes()
