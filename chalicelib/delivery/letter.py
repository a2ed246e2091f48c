"""What one person is told, whichever way it goes."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an e-mail; `kind` is its media type, such as `application/pdf`."""

    name: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Letter:
    """One message, written out in the person's language.

    `email` and `phone` (`2547…`) are where it may go to. `text` and `html` say the same. `sms` is the short
    form, None for what is not worth an SMS. It holds addresses and links, so none of it is shown in a log.
    `is_of_money`: M-Pesa says that money came, so nobody causes many of them for nothing.
    """

    email: str = field(repr=False)
    phone: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    sms: str | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = ()
    is_of_money: bool = False
