"""The client: STK push, query and reversal, each ending in one of a few outcomes that the types tell apart.

A push has no idempotency key: sending it again is a second prompt on the phone. So it is never sent again
after it may have arrived, and neither is a reversal; only a refused access token, which proves that it did
not, allows one more.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from chalicelib.payments.daraja.access import TIMEOUTS, NoAccess, TokenKeeper
from chalicelib.payments.daraja.answers import (
    LONGEST_CONVERSATION,
    Accepted,
    NoAnswer,
    NotSent,
    Prompt,
    Push,
    Requested,
    Reversal,
    Reversing,
    Unknown,
    Why,
)
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.results import STILL_PROCESSING, normalised
from chalicelib.payments.daraja.transactions import NAIROBI, NotPulled, Page, pulled

Clock = Callable[[], datetime]
#: Seconds to connect and to read.
Timeouts = tuple[float, float]

#: A query changes nothing, so it need not be waited for.
_QUERY_TIMEOUTS: Final = (3.0, 5.0)

_INVALID_TOKEN: Final = "404.001.03"  # noqa: S105 - an error code
_OVERLOADED: Final = "500.001.1001"  # its message says which of several things it means

#: Error codes that prove that there is no prompt. Any other answer leaves that open.
_NOT_SENT: Final = {
    "400.002.02": "refused",  # an invalid field: the phone number, or our bug
    "404.001.03": "our_fault",  # an invalid access token, even after a new one
    "404.001.01": "our_fault",  # a wrong URL
    "405.001": "our_fault",  # a wrong method
    "500.003.02": "mpesa_busy",  # spike arrest
    "500.003.03": "mpesa_busy",  # quota violation
}


_NEITHER: Final = "an answer that says neither yes nor no"


@dataclass(frozen=True)
class Account:
    """Who is paid: the credentials and numbers that Safaricom gave us."""

    base_url: str
    shortcode: str
    party_b: str
    transaction_type: str
    passkey: str = field(repr=False)
    initiator: str = ""
    security_credential: str = field(default="", repr=False)


class Mpesa:
    """M-Pesa, for one short code."""

    def __init__(
        self, account: Account, tokens: TokenKeeper, session: requests.Session, clock: Clock
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._session = session
        self._clock = clock

    def push(self, prompt: Prompt) -> Push:
        """Ask M-Pesa to show a payment prompt on a phone."""
        body = self._signed() | {
            "TransactionType": self._account.transaction_type,
            "Amount": prompt.amount,
            "PartyA": prompt.phone,
            "PartyB": self._account.party_b,
            "PhoneNumber": prompt.phone,
            "CallBackURL": prompt.callback_url,
            "AccountReference": prompt.reference,
            "TransactionDesc": prompt.description,
        }
        answer = self._asked("/mpesa/stkpush/v1/processrequest", body)
        return _accepted(answer) if isinstance(answer, dict) else answer

    def reverse(self, reversal: Reversal) -> Reversing:
        """Ask M-Pesa to give a payment back. What becomes of it M-Pesa tells later, at the result's URL."""
        body = self._initiated("TransactionReversal", reversal.result_url, reversal.timeout_url) | {
            "TransactionID": reversal.receipt,
            "Amount": reversal.amount,
            "ReceiverParty": self._account.shortcode,
            "RecieverIdentifierType": "11",  # spelt so
            "Remarks": reversal.remarks,
        }
        answer = self._asked("/mpesa/reversal/v1/request", body)
        return _requested(answer) if isinstance(answer, dict) else answer

    def status(self, conversation: str, result_url: str) -> Reversing:
        """Ask what became of a request, by its conversation. M-Pesa tells later, at the URL."""
        body = self._initiated("TransactionStatusQuery", result_url, result_url) | {
            "OriginalConversationID": conversation,
            "OriginatorConversationID": conversation,  # sources differ in the name
            "PartyA": self._account.shortcode,
            "IdentifierType": "4",
            "Remarks": "Status",
        }
        answer = self._asked("/mpesa/transactionstatus/v1/query", body, _QUERY_TIMEOUTS)
        return _requested(answer) if isinstance(answer, dict) else answer

    def query(self, checkout_request_id: str) -> Result | None:
        """What became of a prompt; None while the customer has not answered yet.

        A success carries neither amount nor receipt. It has been seen to report failure for a paid
        transaction, so it must never overwrite a success.

        Raises:
            NoAnswer: M-Pesa is down, slow, or says nothing that we understand.
        """
        body = self._signed() | {"CheckoutRequestID": checkout_request_id}
        try:
            answer = self._post("/mpesa/stkpushquery/v1/query", body, _QUERY_TIMEOUTS)
        except (NoAccess, requests.RequestException) as error:
            raise NoAnswer(type(error).__name__, unreachable=True) from None
        data = _json(answer)
        # "Still pending" has two shapes: an error body, and HTTP 200 with the code 4999.
        if (
            data.get("errorCode") == _OVERLOADED
            and "being processed" in str(data.get("errorMessage")).lower()
        ):
            return None
        if answer.status_code != 200 or "ResultCode" not in data:
            raise NoAnswer(f"HTTP {answer.status_code} {str(data.get('errorCode', ''))[:20]}")
        code = normalised(data["ResultCode"])
        return None if code == STILL_PROCESSING else Result(code, checkout_request_id, asked=True)

    def pull(self, since: datetime, until: datetime, offset: int) -> Page:
        """Money that came to the short code between two seconds, a page of it, `offset` of it left out.

        M-Pesa remembers 48 hours; the short code has to be registered first (`register_pulling`).

        Raises:
            NoAnswer: M-Pesa is down, slow, or says nothing that we understand.
        """
        body = {
            "ShortCode": self._account.shortcode,
            "StartDate": f"{since.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S}",
            "EndDate": f"{until.astimezone(NAIROBI):%Y-%m-%d %H:%M:%S}",
            "OffSetValue": str(offset),
        }
        data = self._told("/pulltransactions/v1/query", body)
        try:
            return pulled(data)
        except NotPulled:
            raise NoAnswer(f"ResponseCode {str(data.get('ResponseCode'))[:20]}") from None

    def register_pulling(self, phone: str, callback_url: str) -> str:
        """Have transactions kept for pulling, in the name of a phone of the business's; twice is fine.

        Returns what M-Pesa says to it; at the URL nothing is expected. Raises `NoAnswer` as `pull` does.
        """
        body = {
            "ShortCode": self._account.shortcode,
            "RequestType": "Pull",
            "NominatedNumber": phone,
            "CallBackURL": callback_url,
        }
        data = self._told("/pulltransactions/v1/register", body)
        return f"{data.get('ResponseStatus')} {data.get('ResponseDescription')}"

    def _told(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask what changes nothing; raises `NoAnswer`."""
        try:
            answer = self._post(path, body, _QUERY_TIMEOUTS)
        except (NoAccess, requests.RequestException) as error:
            raise NoAnswer(type(error).__name__, unreachable=True) from None
        data = _json(answer)
        if answer.status_code != 200 or "errorCode" in data:
            raise NoAnswer(f"HTTP {answer.status_code} {str(data.get('errorCode', ''))[:20]}")
        return data

    def _asked(
        self, path: str, body: dict[str, Any], timeouts: Timeouts = TIMEOUTS
    ) -> dict[str, Any] | NotSent | Unknown:
        """Send what must not be sent twice; the answer's data if M-Pesa took it up at all."""
        try:
            answer = self._post(path, body, timeouts)
        except NoAccess as error:
            return NotSent(Why.UNREACHABLE, str(error))
        except requests.RequestException as error:
            if never_connected(error):
                return NotSent(Why.UNREACHABLE, type(error).__name__)
            return Unknown(type(error).__name__)
        return _taken_up(answer.status_code, _json(answer))

    def _signed(self) -> dict[str, Any]:
        timestamp = nairobi_timestamp(self._clock())
        secret = f"{self._account.shortcode}{self._account.passkey}{timestamp}"
        return {
            "BusinessShortCode": self._account.shortcode,
            "Password": base64.b64encode(secret.encode()).decode(),
            "Timestamp": timestamp,
        }

    def _initiated(self, command: str, result_url: str, timeout_url: str) -> dict[str, Any]:
        return {
            "Initiator": self._account.initiator,
            "SecurityCredential": self._account.security_credential,
            "CommandID": command,
            "ResultURL": result_url,
            "QueueTimeOutURL": timeout_url,
            "Occasion": "",
        }

    def _post(self, path: str, body: dict[str, Any], timeouts: Timeouts = TIMEOUTS) -> requests.Response:
        token = self._tokens.token()
        answer = self._send(path, body, token, timeouts)
        if answer.status_code == 404 and _json(answer).get("errorCode") == _INVALID_TOKEN:
            answer = self._send(path, body, self._tokens.renewed(token), timeouts)
        return answer

    def _send(self, path: str, body: dict[str, Any], token: str, timeouts: Timeouts) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self._account.base_url}{path}"
        return self._session.post(url, json=body, headers=headers, timeout=timeouts, allow_redirects=False)


def nairobi_timestamp(instant: datetime) -> str:
    """`YYYYMMDDHHmmss` in Nairobi's time, as Daraja wants it wherever the server stands."""
    return instant.astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")


def never_connected(error: requests.RequestException) -> bool:
    """Whether the connection was never made, which proves that nothing was sent.

    Other TLS errors than a refused certificate do not prove it: they also come while reading the answer.
    """
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(cause)
    return isinstance(cause, (ConnectTimeoutError, NewConnectionError, NameResolutionError))


def _taken_up(status: int, data: dict[str, Any]) -> dict[str, Any] | NotSent | Unknown:
    code, message = str(data.get("errorCode", "")), str(data.get("errorMessage", ""))
    detail = f"HTTP {status} {code} {message[:80]}".strip()
    if status == 200 and not code:
        said = data.get("ResponseCode")
        if said is not None and str(said) != "0":
            return NotSent(Why.REFUSED, f"ResponseCode {str(said)[:20]}")
        return data
    if code == _OVERLOADED:
        return _overloaded(message.lower(), detail)
    if code in _NOT_SENT:
        return NotSent(Why(_NOT_SENT[code]), detail)
    if status == 429:
        return NotSent(Why.M_PESA_BUSY, detail)
    return Unknown(detail)


def _accepted(data: dict[str, Any]) -> Push:
    if str(data.get("ResponseCode")) == "0" and data.get("CheckoutRequestID"):
        return Accepted(str(data["CheckoutRequestID"]), str(data.get("MerchantRequestID", "")))
    return Unknown(_NEITHER)


def _requested(data: dict[str, Any]) -> Reversing:
    conversation = data.get("OriginatorConversationID") or data.get("ConversationID")
    if str(data.get("ResponseCode")) == "0" and conversation:
        return Requested(str(conversation)[:LONGEST_CONVERSATION])
    return Unknown(_NEITHER)


def _overloaded(message: str, detail: str) -> NotSent | Unknown:
    if "lock subscriber" in message:
        return NotSent(Why.PHONE_BUSY, detail)
    if "merchant does not exist" in message or "wrong credentials" in message:
        return NotSent(Why.OUR_FAULT, detail)
    return Unknown(detail)


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
