"""Transaction Status: what became of a request for a reversal, told by a result that comes later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from . import names
from .callbacks import Letter, Parcel, parcel
from .checks import LONGEST_CREDENTIAL, LONGEST_REMARKS, callback_url_of, fields_of, short_of, text_of
from .config import Config
from .refusals import invalid
from .results import PAID, WRONG_INITIATOR, description
from .reversals import Request
from .settings import Settings

#: What M-Pesa says of a conversation that it does not know; nobody tells, so this is an assumption.
_UNKNOWN: Final = "2032"


@dataclass(frozen=True)
class Question:
    """A question that passed every check of the gateway."""

    conversation: str
    result_url: str
    is_authorized: bool


def check(body: object, config: Config) -> Question:
    """Check a question for a status; raises `Refused`."""
    fields = fields_of(body)
    initiator = short_of(fields, "Initiator", LONGEST_REMARKS)
    credential = short_of(fields, "SecurityCredential", LONGEST_CREDENTIAL)
    if fields.get("CommandID") != "TransactionStatusQuery":
        raise invalid("CommandID")
    if text_of(fields, "PartyA") != config.shortcode:
        raise invalid("PartyA")
    if text_of(fields, "IdentifierType") != "4":
        raise invalid("IdentifierType")
    short_of(fields, "Remarks", LONGEST_REMARKS)
    callback_url_of(fields, "QueueTimeOutURL")
    return Question(
        conversation=short_of(fields, "OriginatorConversationID", LONGEST_REMARKS),
        result_url=callback_url_of(fields, "ResultURL"),
        is_authorized=(initiator, credential) == (config.initiator, config.security_credential),
    )


def plan(asked: Question, known: Request | None, settings: Settings, now: datetime) -> list[Parcel]:
    """The result, after the delay; with the chances of the settings: lost, late or twice."""
    seed = None if settings.seed is None else f"{settings.seed}/status/{asked.conversation}"
    chance = Random(seed)  # noqa: S311 - disorder, not secrecy
    due = now + timedelta(seconds=settings.delay)
    letter = Letter(
        url=asked.result_url,
        body=_body(asked, known, due),
        phone=known.prompt.push.phone if known and known.prompt else "",
        amount=known.asked.amount if known else 0,
        checkout_request_id="",
    )
    copies = 2 if chance.random() < settings.duplicate else 1
    return [parcel(due, (letter,), settings, chance) for _ in range(copies)]


def _body(asked: Question, known: Request | None, now: datetime) -> dict[str, Any]:
    code = WRONG_INITIATOR if not asked.is_authorized else PAID if known else _UNKNOWN
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code),
        "ResultDesc": description(code),
        "OriginatorConversationID": names.request_id(),
        "ConversationID": f"AG_{names.receipt(now)}",
        "TransactionID": names.receipt(now),
    }
    if code == PAID and known:
        told = {
            "TransactionStatus": _status(known, now),
            "Amount": float(known.asked.amount),
            "ReceiptNo": known.receipt,
            "OriginatorConversationID": known.originator,
            "ConversationID": known.conversation,
            "ReasonType": "Transaction Reversal",
        }
        items = [{"Key": name, "Value": value} for name, value in told.items()]
        result["ResultParameters"] = {"ResultParameter": items}
    return {"Result": result}


def _status(known: Request, now: datetime) -> str:
    if now < known.done_at:
        return "Processing"
    return "Completed" if known.result == PAID else "Failed"
