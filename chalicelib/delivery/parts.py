"""Parts that many letters have."""

from dataclasses import dataclass

from chalicelib.accounts.models import User
from chalicelib.delivery import strangers
from chalicelib.delivery.draft import Draft, Facts, Paragraph, Part
from chalicelib.delivery.letter import Attachment
from chalicelib.delivery.orders import Order
from chalicelib.delivery.wording import Wording, money


@dataclass(frozen=True)
class Written:
    """A draft, and what goes with it."""

    draft: Draft
    sms: str | None = None
    attachments: tuple[Attachment, ...] = ()


def greeting(person: User, words: Wording) -> Paragraph:
    """By name. A name may be anybody's words to somebody whose address they gave, so none of it is a link."""
    name = strangers.harmless(person.username, 64)
    return Paragraph(words.say("hello", name=name) if name else words.say("hello.nobody"))


def event_name(order: Order, words: Wording) -> str:
    """What the event is called now, else when it was sold."""
    name = order.event.name if order.event else order.payment.event_name
    return strangers.harmless(name) or words.say("some_event")


def facts(order: Order, words: Wording) -> Facts:
    """What was ordered, for when and where, and what it costs; the event itself is the letter's topic."""
    payment, event = order.payment, order.event
    ordered = ", ".join(
        f"{int(item.quantity)} × {strangers.harmless(item.label, 60)}" for item in payment.items
    )
    rows = [
        ("when", words.when(event) if event else ""),
        ("where", strangers.harmless(event.location) if event else ""),
        ("tickets", ordered),
        ("cost", money(int(payment.amount))),
        ("receipt", strangers.one_line(payment.receipt or "", 40)),
        ("order", payment.id),
    ]
    return Facts([(words.say(f"fact.{name}"), value) for name, value in rows if value])


def footer(words: Wording) -> list[str]:
    """What stands below every letter."""
    return [words.say("footer.why"), words.say("footer.pin")]


def about(order: Order, words: Wording, subject: str, heading: str, body: list[Part]) -> Draft:
    """A letter about an order, with a greeting before what there is to say."""
    return Draft(
        language=words.language,
        subject=subject,
        heading=heading,
        topic=event_name(order, words),
        parts=[greeting(order.buyer, words), *body],
        footer=footer(words),
    )
