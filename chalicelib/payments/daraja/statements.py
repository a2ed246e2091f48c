"""M-Pesa's statement: the CSV that the business portal exports, line by line.

Some lines about the organization come first, then the headings; columns are found by name. What did not
complete, and money that left otherwise than by a reversal (charges, withdrawals), is passed over. What cannot
be read is refused with its line, never left out: a statement that is read in part tells lies.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.payments.daraja.callbacks import as_receipt
from chalicelib.payments.daraja.transactions import NAIROBI, Transaction, as_reference

#: Headings without their full stops, in lower case; a statement without one of the first is none.
_RECEIPT: Final = "receipt no"
_TIME: Final = "completion time"
_STATUS: Final = "transaction status"
_IN: Final = "paid in"
_OUT: Final = "withdrawn"
_NEEDED: Final = (_RECEIPT, _TIME, _STATUS, _IN, _OUT)
_DETAILS: Final = "details"
_REASON: Final = "reason type"
_LINKED: Final = "linked transaction id"
_ACCOUNTS: Final = ("a/c no", "account no")

#: So many lines may come before the headings.
_PREAMBLE: Final = 100
#: M-Pesa began in this year.
_FIRST_YEAR: Final = 2007
_FORMS: Final = ("%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")
_AMOUNT: Final = re.compile(r"-?(\d{1,3}(,\d{3}){1,3}|\d{1,12})(\.\d{1,2})?")
_ACCOUNT_IN_DETAILS: Final = re.compile(r"\bacc(?:ount)?\.?\s+(?:no\.?\s+)?([0-9a-z]+)", re.IGNORECASE)


class Unreadable(Exception):
    """This is not a statement, or not a whole one; the message says why, and where."""


def read(lines: Iterable[str]) -> Iterator[Transaction]:
    """Money that came and reversals, in the order of the file; only one line is held at a time.

    Raises:
        Unreadable: no headings, or a line that makes no sense.
    """
    rows = csv.reader(lines, strict=True)
    try:
        places = _headings(rows)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield from _Row(row, places, rows.line_num).transaction()
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num}: this is not CSV ({error}).") from None
    except UnicodeDecodeError:
        raise Unreadable("The file is not text in UTF-8: export it from the portal as CSV.") from None


def _headings(rows: Iterator[list[str]]) -> dict[str, int]:
    for number, row in enumerate(rows):
        names = [" ".join(cell.lower().split()).rstrip(".") for cell in row]
        if all(name in names for name in _NEEDED):
            return {name: names.index(name) for name in names}
        if number == _PREAMBLE:
            break
    raise Unreadable(
        "There is no line of headings with Receipt No., Completion Time, Transaction Status, Paid In and "
        "Withdrawn: is this M-Pesa's statement, as CSV?"
    )


class _Row:
    """One line below the headings."""

    def __init__(self, cells: Sequence[str], places: dict[str, int], number: int) -> None:
        self._cells, self._places, self._number = cells, places, number

    def transaction(self) -> Iterator[Transaction]:
        """What the line tells of, if that is money that came, or a reversal."""
        if len(self._cells) <= max(self._places[name] for name in _NEEDED):
            if as_receipt(self._cell(_RECEIPT).upper()):  # else it is a line of sums, or the like
                raise self._unreadable("it is cut off")
            return
        if self._cell(_STATUS).lower() != "completed":
            return
        moved, original = self._moved(), self._original()
        if original and (moved > 0 or "charge" in self._says()):
            return  # a charge that came back with a reversal, or was taken for it: no customer's money
        if moved > 0 or (moved < 0 and original):
            yield Transaction(self._receipt(), self._at(), abs(moved), self._reference(), original)

    def _moved(self) -> Decimal:
        came, went = self._amount(_IN), abs(self._amount(_OUT))
        if came and went:
            raise self._unreadable("it is paid in and withdrawn at once")
        return came - went

    def _original(self) -> str | None:
        """The receipt of what a reversal reversed; None if the line is no reversal."""
        return as_receipt(self._cell(_LINKED).upper()) if "revers" in self._says() else None

    def _says(self) -> str:
        return f"{self._cell(_DETAILS)} {self._cell(_REASON)}".lower()

    def _reference(self) -> str | None:
        account = next((text for name in _ACCOUNTS if (text := self._cell(name))), "")
        if not account and (found := _ACCOUNT_IN_DETAILS.search(self._cell(_DETAILS))):
            account = found[1]
        return as_reference(account)

    def _receipt(self) -> str:
        if receipt := as_receipt(self._cell(_RECEIPT).upper()):
            return receipt
        raise self._unreadable(f"{self._cell(_RECEIPT)[:30]!r} is no receipt")

    def _at(self) -> datetime:
        text = self._cell(_TIME)
        for form in _FORMS:
            try:
                at = datetime.strptime(text, form).replace(tzinfo=NAIROBI)
            except ValueError:
                continue
            if at.year >= _FIRST_YEAR:
                return at.astimezone(UTC)
        raise self._unreadable(
            f"the time {text[:30]!r} is neither DD-MM-YYYY HH:MM:SS nor YYYY-MM-DD HH:MM:SS"
        )

    def _amount(self, name: str) -> Decimal:
        text = self._cell(name)
        if text and not _AMOUNT.fullmatch(text):
            raise self._unreadable(f"{text[:30]!r} is no amount")
        return Decimal(text.replace(",", "") or 0)

    def _cell(self, name: str) -> str:
        place = self._places.get(name, len(self._cells))
        return self._cells[place].strip() if place < len(self._cells) else ""

    def _unreadable(self, why: str) -> Unreadable:
        return Unreadable(f"Line {self._number}: {why}.")
