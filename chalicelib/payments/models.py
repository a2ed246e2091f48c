"""Payments with their attempts and holds, and the ledger, as DynamoDB keeps them."""

from datetime import datetime
from typing import Final

from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import ByNameAttribute, RecordsAttribute, WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name


class PaymentsByBuyer(GlobalSecondaryIndex["Payment"]):
    """A person's payments, by id and so by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_buyer"
        projection = KeysOnlyProjection()

    user_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PaymentsBySeller(GlobalSecondaryIndex["Payment"]):
    """The payments for an organizer's events, by id and so by time.

    Keys only, and spread over buckets: a sale writes it once, and no hot event makes one hot partition.
    """

    class Meta:
        """Its name and what it holds."""

        index_name = "by_seller"
        projection = KeysOnlyProjection()

    seller = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PaymentsByEvent(GlobalSecondaryIndex["Payment"]):
    """The payments for an event, likewise."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_event"
        projection = KeysOnlyProjection()

    sale = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PaymentsByMonth(GlobalSecondaryIndex["Payment"]):
    """All payments of a month (UTC), likewise; for Admin."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_month"
        projection = KeysOnlyProjection()

    month = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class PendingPayments(GlobalSecondaryIndex["Payment"]):
    """What is not certain yet, by when somebody should look. Sparse: what is settled has no `pending`."""

    class Meta:
        """Its name and what it holds."""

        index_name = "pending"
        projection = KeysOnlyProjection()

    pending = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


#: How a payment is paid: by a prompt on a phone; or at once, in cash or not at all (`selling`).
MPESA: Final = "Mpesa"
CASH: Final = "Cash"
COMPLIMENTARY: Final = "Complimentary"

#: The outcomes of an attempt while nobody has told the end of its prompt.
UNTOLD: Final = (None, "accepted", "unknown")


class Attempt(MapAttribute[str, object]):
    """One prompt on one phone.

    `pushed_at` is when somebody took it on to send it: nobody else may. `outcome`: none yet; of the push:
    accepted, not_sent or unknown; of the prompt: paid, failed, or doubtful (failed, to be confirmed).
    `received` is what M-Pesa says has come, in whole KES; none while it has not said.
    """

    number = WholeAttribute()
    phone = UnicodeAttribute()
    asked_at = UTCDateTimeAttribute()
    pushed_at = UTCDateTimeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    received = WholeAttribute(null=True)
    checkout_request_id = UnicodeAttribute(null=True)
    result_code = UnicodeAttribute(null=True)

    @property
    def prompted_at(self) -> datetime:
        """When the prompt went out; for one that still waits, when it was asked for."""
        at: datetime = self.pushed_at or self.asked_at
        return at


class Item(MapAttribute[str, object]):
    """So many tickets of one type; `price` in KES each."""

    ticket_type = UnicodeAttribute()
    label = UnicodeAttribute()
    quantity = WholeAttribute()
    price = WholeAttribute()


class Hold(MapAttribute[str, object]):
    """Which seats a payment holds, or held: see `catalog.stock.Seats`."""

    shard = WholeAttribute()
    type = UnicodeAttribute()
    n = WholeAttribute()
    pool = UnicodeAttribute()
    price = WholeAttribute()
    share = WholeAttribute(null=True)


class Payment(Model):
    """One order and its money. `amount` in whole KES.

    `version` grows with every change but those to when it is looked at; the lines of its ledger are numbered
    by it. Who changes the payment does so on condition of the version that they saw. `receipt` is M-Pesa's,
    of `paid_attempt`, the one that paid first; a payment that a query completed has none until the callback
    brings it. `pending`, `due_at`, `queried_at` and `queries` are for watching it. `refund_count` is how many
    refunds it has (`Refund`), `refunded_amount` what of its money went back. A part refund takes its seats
    off `holds`. `discount` is what its `promo_code` took off the order, in KES; `counted` are the keys of the
    person's and the phone's counts (`offers.counting`) that its seats are in, while it has any. `sold_by` is
    who sold it for cash, or gave it away: then `user_id` is the same person, who hands the tickets on, there
    is no attempt, and `payer_phone`, of whoever got them, may be empty.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("payments")

    id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    user_id = UnicodeAttribute()
    seller = UnicodeAttribute()
    sale = UnicodeAttribute()
    month = UnicodeAttribute()
    event_id = UnicodeAttribute()
    event_name = UnicodeAttribute()
    payment_type = UnicodeAttribute(default=MPESA)
    amount = WholeAttribute()
    items: RecordsAttribute[Item] = RecordsAttribute(of=Item)
    holds: RecordsAttribute[Hold] = RecordsAttribute(of=Hold)
    attempts: RecordsAttribute[Attempt] = RecordsAttribute(of=Attempt)
    attempt_count = WholeAttribute()
    version = WholeAttribute()
    payer_phone = UnicodeAttribute()
    sold_by = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    expires_at = UTCDateTimeAttribute()
    settled_at = UTCDateTimeAttribute(null=True)
    paid_attempt = WholeAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    pending = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)
    queried_at = UTCDateTimeAttribute(null=True)
    queries = WholeAttribute(default=0)
    refund_count = WholeAttribute(default=0)
    refunded_amount = WholeAttribute(default=0)
    promo_code = UnicodeAttribute(null=True)
    discount = WholeAttribute(null=True)
    counted: ListAttribute[str] = ListAttribute(null=True)
    by_buyer = PaymentsByBuyer()
    by_seller = PaymentsBySeller()
    by_event = PaymentsByEvent()
    by_month = PaymentsByMonth()
    by_due = PendingPayments()


class LedgerLine(Model):
    """One thing that happened to money; written once, in the transaction that changes the payment.

    `number` is the payment's version that it made: lines keep their order whatever the clocks say, and no
    number stands twice. `amount` in whole KES.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("ledger")

    payment_id = UnicodeAttribute(hash_key=True)
    number = WholeAttribute(range_key=True)
    kind = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    attempt = WholeAttribute()
    amount = WholeAttribute()
    receipt = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)


class RefundsByEvent(GlobalSecondaryIndex["Refund"]):
    """An event's refunds by their state, spread over buckets: to count them, to go through what is due."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_event"
        projection = IncludeProjection(["amount"])

    sale = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class WatchedRefunds(GlobalSecondaryIndex["Refund"]):
    """Refunds under way, by when somebody should look: a message, or a result, may have been lost. Sparse."""

    class Meta:
        """Its name and what it holds."""

        index_name = "watched"
        projection = KeysOnlyProjection()

    watched = UnicodeAttribute(hash_key=True)
    look_at = UTCDateTimeAttribute(range_key=True)


class Refund(Model):
    """Money of a payment that has to go back, or has gone; `amount` and `received` in whole KES.

    Its `number` counts the payment's refunds. `of` says what it is: all that was paid (`whole`), some of the
    tickets (`part`), or a receipt that came on top (`extra`). `received` is what came with `receipt`, in
    `attempt`; only that whole can be reversed. `version` grows with every change. `sendings` is how often it
    was sent to M-Pesa, `conversation` M-Pesa's id of the last one, `earlier` those of sendings before it,
    `claimed` the one of which a result told that we cannot prove, of the sending `claimed_of`; `questions`
    how often a status was asked. `place` is its state, its payment's id and its number; `code` is why it was
    refused.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("refunds")

    payment_id = UnicodeAttribute(hash_key=True)
    number = WholeAttribute(range_key=True)
    of = UnicodeAttribute()
    state = UnicodeAttribute()
    version = WholeAttribute(default=1)
    event_id = UnicodeAttribute()
    sale = UnicodeAttribute()
    place = UnicodeAttribute()
    amount = WholeAttribute()
    received = WholeAttribute()
    attempt = WholeAttribute()
    receipt = UnicodeAttribute(null=True)
    tickets: ListAttribute[str] = ListAttribute(default=list)
    method = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    asked_by = UnicodeAttribute(null=True)
    approved_by = UnicodeAttribute(null=True)
    declined_by = UnicodeAttribute(null=True)
    told_by = UnicodeAttribute(null=True)
    sendings = WholeAttribute(default=0)
    conversation = UnicodeAttribute(null=True)
    earlier: ByNameAttribute[str] = ByNameAttribute(UnicodeAttribute(), default=dict)
    claimed = UnicodeAttribute(null=True)
    claimed_of = WholeAttribute(null=True)
    questions = WholeAttribute(default=0)
    code = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    moved_at = UTCDateTimeAttribute()
    watched = UnicodeAttribute(null=True)
    look_at = UTCDateTimeAttribute(null=True)
    by_event = RefundsByEvent()
    by_look = WatchedRefunds()
