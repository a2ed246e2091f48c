"""What goes out about messages."""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from chalicelib.catalog.times import shown
from chalicelib.web.fields import Schema

if TYPE_CHECKING:
    from chalicelib.core.outbox import OutboxMessage

Status = Literal["waiting", "sending", "sent", "failed", "unknown", "dropped"]


class MessageView(Schema):
    """One message to one person; `to` is masked, and null until it is first tried.

    `sent`: the carrier has taken it. `unknown`: it may have been sent, and is not sent again by itself.
    `why` is a word for programs: why it waits, failed, was dropped, or is unknown.
    """

    id: str
    kind: str
    channel: Literal["email", "sms"]
    status: Status
    to: str | None
    created_at: str
    sent_at: str | None
    why: str | None

    @classmethod
    def of(cls, message: "OutboxMessage") -> Self:
        """The view of a message."""
        return cls(**_fields(message))


class TroubledMessage(MessageView):
    """A message that needs a person, and whom it is for; `since` is when that was seen."""

    user_id: str
    payment_id: str | None
    tries: int
    since: str | None

    @classmethod
    def of(cls, message: "OutboxMessage") -> Self:
        """The view of a message, for Admin."""
        return cls(
            **_fields(message),
            user_id=message.user_id,
            payment_id=message.payment_id,
            tries=int(message.tries),
            since=shown(message.trouble_at) if message.trouble_at else None,
        )


class TroubleQuery(Schema):
    """Which messages to list."""

    status: Literal["unknown", "failed"] = Field(
        "unknown", description="Those that may have been sent, or those that certainly were not."
    )


def _fields(message: "OutboxMessage") -> dict[str, str | None]:
    return {
        "id": message.id,
        "kind": message.kind,
        "channel": message.channel,
        "status": message.state,
        "to": message.to,
        "created_at": shown(message.created_at),
        "sent_at": shown(message.sent_at) if message.sent_at else None,
        "why": message.why,
    }
