"""SMS by Africa's Talking's bulk messaging.

Sources: "Bulk SMS: sending", developers.africastalking.com (`POST /version1/messaging`, a form, with the
headers `apiKey` and `Accept`; HTTP 201 with a `statusCode` for each recipient), and their Python SDK, which
uses the same address. Codes: 100 Processed, 101 Sent, 102 Queued; 401 RiskHold, 402 InvalidSenderId,
403 InvalidPhoneNumber, 404 UnsupportedNumberType, 405 InsufficientBalance, 406 UserInBlacklist,
407 CouldNotRoute; 500 InternalServerError, 501 GatewayError, 502 RejectedByGateway.

No real message has been sent by this yet.
"""

from datetime import datetime
from typing import Any, Final

import requests

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.outcomes import Outcome, Refused, Sent, Unknown
from chalicelib.payments.daraja.client import never_connected

_ACCEPTED: Final = (100, 101, 102)
#: The number will be as wrong another time, or its owner wants none of ours.
_FOR_GOOD: Final = (403, 404, 406)
#: Seconds to connect and to read.
_TIMEOUTS: Final = (3.0, 15.0)


def send(letter: Letter, message: OutboxMessage, at: datetime) -> Outcome:  # noqa: ARG001 - as every way
    """Send the SMS of a letter."""
    form = {"username": settings().sms_username, "to": f"+{letter.phone}", "message": letter.sms or ""}
    if settings().sms_sender:
        form["from"] = settings().sms_sender
    try:
        # A connection of its own: one that was kept may be dead by the next message, which is then "unknown".
        answer = requests.post(
            f"{settings().sms_base_url}/version1/messaging",
            data=form,
            headers={"apiKey": settings().sms_api_key, "Accept": "application/json"},
            timeout=_TIMEOUTS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return (Refused if never_connected(error) else Unknown)(type(error).__name__)
    if 400 <= answer.status_code < 500:
        return Refused(f"HTTP {answer.status_code}")
    if answer.status_code not in (200, 201):
        return Unknown(f"HTTP {answer.status_code}")
    return _answered(answer)


def _answered(answer: requests.Response) -> Outcome:
    """What it says of the one number that was asked for."""
    try:
        data: dict[str, Any] = answer.json()["SMSMessageData"]
        recipients = data["Recipients"]
        if not recipients:
            return Refused("no_recipient")  # the message as a whole, as with a sender that is not ours
        code = int(recipients[0]["statusCode"])
    except (ValueError, KeyError, TypeError, IndexError):
        return Unknown("an answer that makes no sense")
    if code in _ACCEPTED:
        return Sent(str(recipients[0].get("messageId", "")))
    if 400 < code < 500:
        return Refused(f"code {code}", for_good=code in _FOR_GOOD)
    return Unknown(f"code {code}")
