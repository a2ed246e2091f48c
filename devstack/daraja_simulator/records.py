"""M-Pesa's own records: Pull Transactions, and the statement that the business portal exports as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from . import names
from .bank import Payment
from .checks import NAIROBI, Body, fields_of, text_of
from .config import Config
from .refusals import NOT_REGISTERED, Refused, invalid

#: How far back transactions can be pulled, and how many come with one answer.
PULLED_BACK: Final = timedelta(hours=48)
PAGE: Final = 100

_FORM: Final = "%Y-%m-%d %H:%M:%S"
_HEADINGS: Final = (
    "Receipt No.",
    "Completion Time",
    "Initiation Time",
    "Details",
    "Transaction Status",
    "Paid In",
    "Withdrawn",
    "Balance",
    "Balance Confirmed",
    "Reason Type",
    "Other Party Info",
    "Linked Transaction ID",
    "A/C No.",
)


@dataclass(frozen=True)
class Pull:
    """A question for transactions that passed every check: from when to when, and how many to leave out."""

    since: datetime
    until: datetime
    offset: int


def check_registration(body: object, config: Config) -> None:
    """Check a registration for pulling; raises `Refused`."""
    fields = fields_of(body)
    if text_of(fields, "ShortCode") != config.shortcode:
        raise invalid("ShortCode")
    if fields.get("RequestType") != "Pull":
        raise invalid("RequestType")
    for name in ("NominatedNumber", "CallBackURL"):
        text_of(fields, name)


def check_pull(body: object, config: Config, *, registered: bool) -> Pull:
    """Check a question for transactions; raises `Refused`."""
    fields = fields_of(body)
    if text_of(fields, "ShortCode") != config.shortcode:
        raise invalid("ShortCode")
    if not registered:
        raise Refused(NOT_REGISTERED)
    offset = text_of(fields, "OffSetValue")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 10):
        raise invalid("OffSetValue")
    return Pull(_instant(fields, "StartDate"), _instant(fields, "EndDate"), int(offset))


def pulled(payments: Iterable[Payment], asked: Pull, now: datetime) -> dict[str, Any]:
    """The answer: money that came, oldest first; what is older than 48 hours is forgotten."""
    since = max(asked.since, now - PULLED_BACK)
    within = [one for one in payments if since <= one.paid_at.replace(microsecond=0) <= asked.until]
    page = [_row(one) for one in within[asked.offset : asked.offset + PAGE]]
    return {
        "ResponseRefID": names.request_id(),
        "ResponseCode": "1000",
        "ResponseMessage": "Success",
        "Response": [page],
    }


def statement(payments: Iterable[Payment], config: Config, now: datetime, day: str | None = None) -> str:
    """Money that came and went, as the portal's CSV; of one `day` (YYYY-MM-DD, in Nairobi), or of all."""
    moves = sorted(
        [move for one in payments for move in _moves(one)],
        key=lambda move: move[0],
    )
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Short Code:", config.shortcode])
    writer.writerow(["Report Date:", f"{now.astimezone(NAIROBI):%d-%m-%Y %H:%M:%S}"])
    writer.writerow([])
    writer.writerow(_HEADINGS)
    balance = 0
    for at, receipt, amount, one in moves:
        balance += amount
        local = at.astimezone(NAIROBI)
        if day is None or f"{local:%Y-%m-%d}" == day:
            writer.writerow(_line(f"{local:%d-%m-%Y %H:%M:%S}", receipt, amount, balance, one))
    return "\ufeff" + out.getvalue()


def _moves(one: Payment) -> Iterable[tuple[datetime, str, int, Payment]]:
    yield one.paid_at, one.receipt, one.amount, one
    if one.reversed_at and one.reversal:
        yield one.reversed_at, one.reversal, -one.amount, one


def _line(at: str, receipt: str, amount: int, balance: int, one: Payment) -> list[str]:
    party = f"{one.phone[:4]}****{one.phone[-3:]} - Customer"
    came = amount > 0
    details = f"Pay Bill Online from {party} Acc. {one.account_reference}" if came else f"Reversal to {party}"
    return [
        receipt,
        at,
        at,
        details,
        "Completed",
        f"{amount:,.2f}" if came else "",
        "" if came else f"{amount:,.2f}",
        f"{balance:,.2f}",
        "true",
        "Pay Utility" if came else "Transaction Reversal",
        party,
        "" if came else one.receipt,
        one.account_reference if came else "",
    ]


def _row(one: Payment) -> dict[str, Any]:
    return {
        "transactionId": one.receipt,
        "trxDate": one.paid_at.astimezone(NAIROBI).isoformat(timespec="seconds"),
        "msisdn": int(one.phone),
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": one.account_reference,
        "amount": f"{one.amount}.0",
        "organizationname": "Merchant",
    }


def _instant(fields: Body, name: str) -> datetime:
    try:
        return datetime.strptime(text_of(fields, name), _FORM).replace(tzinfo=NAIROBI)
    except ValueError:
        raise invalid(name) from None
