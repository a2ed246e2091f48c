"""Letters about an account: a link for a new password, and that its password or address has changed."""

from datetime import datetime
from typing import Final

from chalicelib.accounts import resetting, warning
from chalicelib.accounts.models import User
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.delivery import parts
from chalicelib.delivery.draft import Draft, Link, Paragraph, Part
from chalicelib.delivery.parts import Written
from chalicelib.delivery.wording import Wording

#: What to do if it was somebody else: a link for a new password goes to the account's address only.
_NOT_YOU: Final = {warning.PASSWORD: "password", warning.EMAIL: "email", warning.BOTH: "email"}


def reset(message: OutboxMessage, person: User, words: Wording, at: datetime) -> Written | None:
    """A link for a new password; None if the account has another address than the one that asked."""
    if message.which != resetting.hash_of(person.email):
        return None
    link = resetting.new_link(person.id, at)
    if link is None:
        return None
    duration = words.duration(settings().reset_seconds)
    body: list[Part] = [
        Paragraph(words.say("reset.how", duration=duration)),
        Link("", "", words.say("reset.open"), link),
        Paragraph(words.say("reset.ignore")),
    ]
    return _about("reset", person, words, body)


def changed(message: OutboxMessage, person: User, words: Wording, _at: datetime) -> Written | None:
    """That the password or the address was changed; None if it has been told."""
    if message.address is None:
        return None
    what = message.which or warning.PASSWORD
    body: list[Part] = [
        Paragraph(words.say(f"changed.{what}", when=words.moment(message.created_at))),
        Paragraph(words.say("changed.yours")),
        Paragraph(words.say(f"changed.not_you.{_NOT_YOU[what]}"), warning=True),
    ]
    return _about("changed", person, words, body)


def _about(key: str, person: User, words: Wording, body: list[Part]) -> Written:
    draft = Draft(
        language=words.language,
        subject=words.say(f"{key}.subject"),
        heading=words.say(f"{key}.heading"),
        topic="",
        parts=[parts.greeting(person, words), *body],
        footer=parts.footer(words),
    )
    return Written(draft)
