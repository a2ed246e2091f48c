"""The strict part: is this request one that Daraja would take?

Pure functions from a request's body to what was asked, or `Refused`. The limits are those of the
Daraja portal's STK push page. As there, the gateway checks the fields first, and M-Pesa itself then
checks who is asking.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import urlsplit

from .config import TRANSACTION_TYPES, Config
from .refusals import NO_MERCHANT, WRONG_PASSWORD, WRONG_PAYLOAD, Refused, invalid

#: Kenya has had one offset, and no summer time, since 1960.
NAIROBI: Final = timezone(timedelta(hours=3), "EAT")
TIMESTAMP_FORMAT: Final = "%Y%m%d%H%M%S"
#: Far more than two clocks differ, far less than the three hours between Nairobi and UTC.
TIMESTAMP_TOLERANCE: Final = timedelta(minutes=5)
MOST_KES: Final = 250_000
LONGEST_REFERENCE: Final = 12
LONGEST_DESCRIPTION: Final = 13
LONGEST_URL: Final = 2048
LONGEST_REMARKS: Final = 100
LONGEST_CREDENTIAL: Final = 2048
FORBIDDEN_IN_URL: Final = ("mpesa", "safaricom", "sql", "query", "cmd", "exe")

_PHONE: Final = re.compile(r"254[17][0-9]{8}")
_SHORTCODE: Final = re.compile(r"[0-9]{5,7}")
_TIMESTAMP: Final = re.compile(r"[0-9]{14}")
_AMOUNT: Final = re.compile(r"[0-9]{1,6}")
_URL_CHARACTERS: Final = re.compile(r"[!-~]+")

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Push:
    """An STK push that passed every check.

    Attributes:
        phone: who is prompted, twelve digits.
        amount: whole KES.
        account_reference: what the payment is for, as the merchant calls it.
        callback_url: where the result goes.
    """

    phone: str
    amount: int
    account_reference: str
    callback_url: str


def check_push(body: object, config: Config, now: datetime) -> Push:
    """Check an STK push.

    Args:
        body: the decoded JSON.
        config: the merchant.
        now: the present instant, aware.

    Raises:
        Refused: the first thing that is wrong.
    """
    fields = fields_of(body)
    shortcode, timestamp, password = _identity(fields, now)
    _transaction_type(fields, config)
    amount = _amount(fields)
    phone = _phone(fields)
    if text_of(fields, "PartyB") != config.payee:
        raise invalid("PartyB")
    callback_url = callback_url_of(fields)
    reference = short_of(fields, "AccountReference", LONGEST_REFERENCE)
    short_of(fields, "TransactionDesc", LONGEST_DESCRIPTION)
    _authenticate(shortcode, timestamp, password, config)
    return Push(phone=phone, amount=amount, account_reference=reference, callback_url=callback_url)


@dataclass(frozen=True)
class Reversal:
    """A request for a reversal that passed every check of the gateway.

    Attributes:
        receipt: of the payment to be reversed.
        amount: whole KES.
        result_url: where the result goes.
        timeout_url: where it is told that the request timed out in the queue.
        is_authorized: whether the initiator and its credential are the merchant's; M-Pesa looks at them only
            when it carries the request out.
    """

    receipt: str
    amount: int
    result_url: str
    timeout_url: str
    is_authorized: bool


def check_reversal(body: object, config: Config) -> Reversal:
    """Check a request for a reversal.

    Raises:
        Refused: the first thing that is wrong.
    """
    fields = fields_of(body)
    initiator = short_of(fields, "Initiator", LONGEST_REMARKS)
    credential = short_of(fields, "SecurityCredential", LONGEST_CREDENTIAL)
    if fields.get("CommandID") != "TransactionReversal":
        raise invalid("CommandID")
    receipt = short_of(fields, "TransactionID", LONGEST_REFERENCE)
    amount = _amount(fields)
    if text_of(fields, "ReceiverParty") != config.shortcode:
        raise invalid("ReceiverParty")
    if text_of(fields, "RecieverIdentifierType") != "11":  # spelt so
        raise invalid("RecieverIdentifierType")
    if len(short_of(fields, "Remarks", LONGEST_REMARKS)) < 2:
        raise invalid("Remarks")
    return Reversal(
        receipt=receipt,
        amount=amount,
        result_url=callback_url_of(fields, "ResultURL"),
        timeout_url=callback_url_of(fields, "QueueTimeOutURL"),
        is_authorized=(initiator, credential) == (config.initiator, config.security_credential),
    )


def check_query(body: object, config: Config, now: datetime) -> str:
    """Check an STK query.

    Returns:
        The CheckoutRequestID that is asked about; it may be unknown.

    Raises:
        Refused: the first thing that is wrong.
    """
    fields = fields_of(body)
    shortcode, timestamp, password = _identity(fields, now)
    checkout_request_id = fields.get("CheckoutRequestID")
    if not isinstance(checkout_request_id, str) or not checkout_request_id:
        raise invalid("CheckoutRequestID")
    _authenticate(shortcode, timestamp, password, config)
    return checkout_request_id


def password_for(shortcode: str, passkey: str, timestamp: str) -> str:
    """The Password that belongs to a Timestamp."""
    return base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode()


def nairobi_timestamp(at: datetime) -> str:
    """An instant as Daraja writes it: YYYYMMDDHHmmss in Nairobi time."""
    return at.astimezone(NAIROBI).strftime(TIMESTAMP_FORMAT)


def fields_of(body: object) -> Body:
    """The fields of a body; raises `Refused`."""
    if not isinstance(body, dict):
        raise Refused(WRONG_PAYLOAD)
    return body


def text_of(fields: Body, name: str) -> str:
    """A field's text. Daraja takes a number in quotes and without, so both count."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise invalid(name)


def short_of(fields: Body, name: str, longest: int) -> str:
    """A field's text, neither empty nor too long; raises `Refused`."""
    text = text_of(fields, name)
    if not text.strip() or len(text) > longest:
        raise invalid(name)
    return text


def _identity(fields: Body, now: datetime) -> tuple[str, str, str]:
    shortcode = text_of(fields, "BusinessShortCode")
    if not _SHORTCODE.fullmatch(shortcode):
        raise invalid("BusinessShortCode")
    timestamp = text_of(fields, "Timestamp")
    if not _is_present_nairobi_time(timestamp, now):
        raise invalid("Timestamp")
    password = fields.get("Password")
    if not isinstance(password, str) or not password:
        raise invalid("Password")
    return shortcode, timestamp, password


def _is_present_nairobi_time(timestamp: str, now: datetime) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    try:
        # Compared without zones: what matters is what a clock on a wall in Nairobi shows.
        shown = datetime.strptime(timestamp, TIMESTAMP_FORMAT)
    except ValueError:
        return False
    return abs(shown - now.astimezone(NAIROBI).replace(tzinfo=None)) <= TIMESTAMP_TOLERANCE


def _authenticate(shortcode: str, timestamp: str, password: str, config: Config) -> None:
    if shortcode != config.shortcode:
        raise Refused(NO_MERCHANT)
    if password != password_for(shortcode, config.passkey, timestamp):
        raise Refused(WRONG_PASSWORD)


def _transaction_type(fields: Body, config: Config) -> None:
    given = fields.get("TransactionType")
    if given not in TRANSACTION_TYPES or given != config.transaction_type:
        raise invalid("TransactionType")


def _amount(fields: Body) -> int:
    amount = text_of(fields, "Amount")
    if not _AMOUNT.fullmatch(amount) or not 1 <= int(amount) <= MOST_KES:
        raise invalid("Amount")
    return int(amount)


def _phone(fields: Body) -> str:
    phone = text_of(fields, "PhoneNumber")
    if not _PHONE.fullmatch(phone):
        raise invalid("PhoneNumber")
    if text_of(fields, "PartyA") != phone:
        raise invalid("PartyA")
    return phone


def callback_url_of(fields: Body, name: str = "CallBackURL") -> str:
    """A URL that Daraja would call; raises `Refused`."""
    url = fields.get(name)
    if not isinstance(url, str) or not _URL_CHARACTERS.fullmatch(url) or len(url) > LONGEST_URL:
        raise invalid(name)
    if any(word in url.lower() for word in FORBIDDEN_IN_URL) or not _is_safe_address(url):
        raise invalid(name)
    return url


def _is_safe_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
