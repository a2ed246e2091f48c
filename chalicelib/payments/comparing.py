"""Comparing M-Pesa's records with our books, both ways, a hundred at a time.

First each transaction is looked up in our books. Then our payments of the time are gone through: they claim
what was left over by its reference, and what they have and M-Pesa has not is found. Money that can be
settled is settled on the way, unless we only compare.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from chalicelib.core.dynamo import read_together
from chalicelib.payments import books, by_time, receipts, refunds, reversal_results, settlement, supplying
from chalicelib.payments.books import Entry
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.results import PAID
from chalicelib.payments.daraja.reversals import REVERSED, Source
from chalicelib.payments.daraja.reversals import Result as Reversed
from chalicelib.payments.daraja.transactions import Transaction
from chalicelib.payments.differences import Finding, Kind
from chalicelib.payments.models import Payment, Refund
from chalicelib.payments.refund_states import GIVEN_BACK, RefundState

Some = TypeVar("Some")

#: What one BatchGetItem takes.
_BATCH: Final = 100


class Period(NamedTuple):
    """From when to when M-Pesa's records are whole."""

    since: datetime
    until: datetime

    def surely_has(self, entry: Entry) -> bool:
        """Whether this money must be in them, whenever exactly it moved."""
        return self.since <= entry.earliest and entry.latest <= self.until


@dataclass
class Comparison:
    """One comparison, and what came of it. `watched`: what to note as agreed on, where it is seen."""

    period: Period
    at: datetime
    settles: bool
    watched: frozenset[str] = frozenset()
    found: list[Finding] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    supplied: int = 0
    _seen: set[str] = field(default_factory=set)
    _left_over: dict[str, list[Transaction]] = field(default_factory=dict)

    def of_theirs(self, transactions: Iterable[Transaction]) -> Iterator[int]:
        """Look up each of M-Pesa's transactions of the period in our books; yields how many, as it goes."""
        within = (one for one in transactions if self.period.since <= one.at <= self.period.until)
        for batch in _by_the_hundred(within):
            self._look_up(batch)
            yield len(batch)

    def of_ours(self) -> Iterator[int]:
        """Go through our payments of the period; yields how many, as it goes. After `of_theirs`."""
        since, until = self.period.since - supplying.LOOK_BACK, self.period.until
        for ids in _by_the_hundred(by_time.ids_between(since, until)):
            payments = read_together([(Payment, one) for one in ids])
            for payment in payments.values():
                self._go_through(payment)
            yield len(ids)
        for left_over in self._left_over.values():
            self.found += [unknown(one, "it names none of our payments") for one in left_over]

    def _look_up(self, batch: Sequence[Transaction]) -> None:
        owners = receipts.owners([one.original or one.receipt for one in batch])
        payments = read_together([(Payment, one) for one in dict.fromkeys(owners.values())]) if owners else {}
        for one in batch:
            payment = payments.get((Payment, owners.get(one.original or one.receipt, "")))
            if one.original:
                self._seen.add(books.about_reversal(one.original))
                self._reversed(one, payment)
                continue
            self._seen.add(one.receipt)
            if payment is None:
                self._left_over.setdefault(one.reference or "", []).append(one)
            else:
                self._paid(one, payment)

    def _paid(self, money: Transaction, payment: Payment) -> None:
        entry = books.entries(payment, refunds.of_payment(payment)).get(money.receipt)
        if (
            entry and entry.amount is None and self.settles
        ):  # its callback told no amount: so it counts as right
            told = Result(PAID, receipt=money.receipt, amount=money.amount)
            settlement.settle(payment.id, entry.attempt, told, self.at)
            self.supplied += 1
        elif entry is None or entry.amount != whole(money):
            self.found.append(_differs(money, money.receipt, entry.amount if entry else None, payment))
            return
        self._agree(money.receipt)

    def _reversed(self, money: Transaction, payment: Payment | None) -> None:
        about = books.about_reversal(str(money.original))
        found = refunds.of_payment(payment) if payment else []
        mine = [one for one in found if one.receipt == money.original]
        if done := next((one for one in mine if one.state == RefundState.DONE), None):
            if done.amount == whole(money):
                self._agree(about)
            elif payment:
                self.found.append(_differs(money, about, int(done.amount), payment))
            return
        if self.settles and (open_one := _to_be_reversed(mine, money)):
            told = Reversed(
                REVERSED,
                receipt=money.receipt,
                original=money.original,
                amount=money.amount,
                source=Source.STATEMENT,
            )
            number, sending = int(open_one.number), max(1, int(open_one.sendings))
            reversal_results.settle(open_one.payment_id, number, sending, told, self.at)
            self.supplied += 1
            self._agree(about)
            return
        by_hand = any(one.state == RefundState.MANUAL for one in mine)
        why = "it was given back by hand as well" if by_hand else "no refund of ours asks for it"
        self.found.append(
            Finding(
                Kind.REVERSED_BUT_UNKNOWN,
                about,
                money.at,
                theirs=whole(money),
                payment_id=payment.id if payment else None,
                reference=money.receipt,
                why=why,
            )
        )

    def _go_through(self, payment: Payment) -> None:
        if left_over := self._left_over.pop(supplying.reference_of(payment.id), None):
            for money in left_over:
                self._claim(money, payment)
            payment = Payment.get(payment.id, consistent_read=True)
        for entry in books.entries(payment, refunds.of_payment(payment)).values():
            if entry.about in self._seen:
                self._agree(books.about_attempt(payment.id, entry.attempt))
            elif self.period.surely_has(entry):
                self.found.append(_unpaid(entry, payment))

    def _claim(self, money: Transaction, payment: Payment) -> None:
        """Money that names this payment, and does not count yet."""
        if payment.paid_attempt is None and books.about_reversal(money.receipt) in self._seen:
            # Who was given it back, in the portal, must not get tickets for it as well.
            self.found.append(unknown(money, "it has gone back, so it buys nothing", payment.id))
            return
        why: str | None = "its receipt is missing here"
        if self.settles:
            why = supplying.supply(payment.id, money, self.at)
        if why:
            self.found.append(unknown(money, why, payment.id))
            return
        self.supplied += 1
        self._agree(money.receipt)

    def _agree(self, about: str) -> None:
        if about in self.watched:
            self.agreed.add(about)


def whole(money: Transaction) -> int:
    """An amount as our books have it: a part of a shilling counts as one."""
    return math.ceil(money.amount)


def unknown(money: Transaction, why: str, payment_id: str | None = None) -> Finding:
    """Money that M-Pesa has and we do not know of, and why it could not be settled."""
    return Finding(
        Kind.PAID_BUT_UNKNOWN,
        money.receipt,
        money.at,
        theirs=whole(money),
        payment_id=payment_id,
        reference=money.reference,
        why=why,
    )


def _by_the_hundred(all_of_it: Iterable[Some]) -> Iterator[list[Some]]:
    rest = iter(all_of_it)
    while some := list(islice(rest, _BATCH)):
        yield some


def _to_be_reversed(mine: Sequence[Refund], money: Transaction) -> Refund | None:
    """The refund that a reversal has carried out, if it is one, of that amount."""
    fitting = [one for one in mine if one.state not in GIVEN_BACK and one.amount == whole(money)]
    return fitting[0] if len(fitting) == len(mine) == 1 else None


def _differs(money: Transaction, about: str, ours: int | None, payment: Payment) -> Finding:
    return Finding(
        Kind.AMOUNT_DIFFERS, about, money.at, whole(money), ours, payment.id, reference=money.reference
    )


def _unpaid(entry: Entry, payment: Payment) -> Finding:
    amount = int(payment.amount) if entry.amount is None else entry.amount
    return Finding(Kind.KNOWN_BUT_UNPAID, entry.about, entry.earliest, ours=amount, payment_id=payment.id)
