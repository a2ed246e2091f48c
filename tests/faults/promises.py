"""What must hold of all payments, seats, tickets and money, whatever has happened.

`broken` looks below the service, at the tables and at the bank's truth. Some promises hold at every moment;
some only when all has come to rest (`settled`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from chalicelib.accounts.models import AuditLine
from chalicelib.catalog import sales, stock, takings
from chalicelib.catalog.models import Event
from chalicelib.core import outbox
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.outbox import State as Told
from chalicelib.offers import counting
from chalicelib.offers.models import Count, PromoCode
from chalicelib.payments import seating
from chalicelib.payments.audit import state_from
from chalicelib.payments.books import about_attempt
from chalicelib.payments.difference_models import Difference
from chalicelib.payments.differences import Kind
from chalicelib.payments.models import CASH, LedgerLine, Payment, Refund
from chalicelib.payments.refund_states import GIVEN_BACK, RefundState
from chalicelib.payments.seating import seats_of
from chalicelib.payments.states import State
from chalicelib.reports.models import Payout, PayoutAccount
from chalicelib.tickets.admission import ADMITTED, REVOKED, VALID
from chalicelib.tickets.models import Scan, Ticket
from tests.actors import Post
from tests.faults import promises_of_cash, promises_of_privacy
from tests.faults.bank import Bank

#: A message that has one of these was not sent since it last waited.
_CERTAINLY_NOT = (Told.WAITING, Told.FAILED, Told.DROPPED)
#: With one of these it is done, or waits for a person.
_ENDED = (Told.SENT, Told.FAILED, Told.UNKNOWN, Told.DROPPED)
#: What a ledger says of an order that has ended.
_ENDS = ("refused", "not_sent", "expired", "cancelled")
_PAID = (State.COMPLETED, State.REFUND_DUE, State.REFUNDED)


def broken(bank: Bank, *, settled: bool) -> list[str]:
    """A sentence for each promise that does not hold now."""
    payments = list(Payment.scan())
    tickets = list(Ticket.scan())
    ledgers, refunds = _ledgers(), _refunds()
    found = [sentence for one in payments for sentence in _state(one, ledgers[one.id])]
    for event in Event.scan():
        found += _stock(event, [one for one in payments if one.event_id == event.id])
        found += _paid(event, [one for one in payments if one.event_id == event.id], tickets)
    found += _counts(payments, ledgers)
    for payment in payments:
        own = [ticket for ticket in tickets if ticket.payment_id == payment.id]
        found += _tickets(payment, own)
        found += _never_too_much(payment, ledgers[payment.id], bank)
        found += _given_back(payment, ledgers[payment.id], refunds[payment.id], bank, settled)
        found += promises_of_cash.of_payment(payment, ledgers[payment.id], refunds[payment.id])
        found += _receipts(payment, bank)
        if settled:
            found += _money(payment, ledgers[payment.id], bank)
    if settled:
        found += _cancelled(payments)
    found += promises_of_cash.drawers(payments, refunds)
    found += promises_of_privacy.forgotten(payments)
    found += _admissions(tickets)
    found += _messages(bank.town.post, settled=settled)
    strangers = {ticket.payment_id for ticket in tickets} - {payment.id for payment in payments}
    found += [f"tickets without a payment: {one}" for one in strangers]
    return found


def _ledgers() -> dict[str, list[LedgerLine]]:
    """The lines of each payment, oldest first."""
    found: dict[str, list[LedgerLine]] = defaultdict(list)
    for line in sorted(LedgerLine.scan(), key=lambda line: int(line.number)):
        found[line.payment_id].append(line)
    return found


def _refunds() -> dict[str, list[Refund]]:
    """The refunds of each payment."""
    found: dict[str, list[Refund]] = defaultdict(list)
    for refund in Refund.scan():
        found[refund.payment_id].append(refund)
    return found


def _receipts(payment: Payment, bank: Bank) -> Iterator[str]:
    """A receipt is one of the bank's, of this payment, on one attempt; one that is missing is looked for."""
    kept = [one.receipt for one in payment.attempts if one.receipt]
    at_bank = {one.receipt for one in bank.money(payment.id)}
    if len(set(kept)) < len(kept) or not set(kept) <= at_bank:
        yield f"payment {payment.id}: receipts {kept}, at the bank {at_bank}"
    looked_for = {one.about for one in Difference.scan() if one.kind == Kind.RECEIPT_MISSING and one.open}
    for one in payment.attempts:
        if (
            one.outcome == "paid"
            and not one.receipt
            and about_attempt(payment.id, one.number) not in looked_for
        ):
            yield f"payment {payment.id}: nobody looks for the receipt of attempt {one.number}"


def _given_back(
    payment: Payment, lines: list[LedgerLine], refunds: list[Refund], bank: Bank, settled: bool
) -> Iterator[str]:
    """No more goes back than came; records, ledger and payment say the same, and the bank too.

    Who gives back by hand what only a query has told of, goes by what was asked: M-Pesa has not said yet how
    much came.
    """
    back = sum(int(line.amount) for line in lines if line.kind in ("refunded", "part_refunded"))
    by_hand = {line.number for line in lines if line.kind in ("refunded", "part_refunded")}
    told_late = any(line.kind == "receipt" and by_hand and line.number > min(by_hand) for line in lines)
    untold = any(one.outcome == "paid" and one.received is None for one in payment.attempts)
    came = sum(_came(payment, bank).values())
    came = max(came, int(payment.amount)) if told_late or untold else came
    if back > came:
        yield f"payment {payment.id}: {back} went back, {came} had come"
    recorded = sum(int(one.amount) for one in refunds if one.state in GIVEN_BACK)
    if not back == recorded == payment.refunded_amount:
        yield f"payment {payment.id}: back {back}, by its refunds {recorded}, by it {payment.refunded_amount}"
    due = sum(1 for line in lines if line.kind in ("refund_due", "part_refund_due"))
    if len(refunds) != due:
        yield f"payment {payment.id}: {due} times due back, {len(refunds)} refunds"
    at_bank = {one.receipt for one in bank.money(payment.id)} & bank.given_back
    by_reversal = {one.receipt for one in refunds if one.state == RefundState.DONE}
    if not by_reversal <= at_bank:
        yield f"payment {payment.id}: {by_reversal} is done, the bank gave back {at_bank}"
    if both := at_bank & {one.receipt for one in refunds if one.state == RefundState.MANUAL}:
        yield f"payment {payment.id}: {both} went back by hand and by reversal"
    if settled:
        yield from _all_told(payment, refunds, at_bank, by_reversal)


def _all_told(
    payment: Payment, refunds: list[Refund], at_bank: set[str | None], by_reversal: set[str | None]
) -> Iterator[str]:
    """All has come to rest: nothing is on its way; what the bank gave back is known, or called unknown."""
    states = {one.state for one in refunds}
    if states & {RefundState.ASKED, RefundState.SENDING, RefundState.SENT}:
        yield f"payment {payment.id}: its refunds are on their way still"
    if at_bank != by_reversal and RefundState.UNKNOWN not in states:
        yield f"payment {payment.id}: the bank gave back {at_bank}, {by_reversal} is done"


def _state(payment: Payment, lines: list[LedgerLine]) -> Iterator[str]:
    """A payment is what its ledger leads to, and the ledger tells nothing that has not happened to it."""
    if (expected := state_from(lines)) != payment.status:
        yield f"payment {payment.id} is {payment.status}, its ledger says {expected}"
    if any(line.number > payment.version for line in lines):
        yield f"payment {payment.id} of version {payment.version} has lines of its ledger to come"


def _cancelled(payments: list[Payment]) -> Iterator[str]:
    """Of a cancelled event nothing is paid for or held any more, and nobody is at work on it."""
    for event in Event.scan():
        left = [one.id for one in payments if one.event_id == event.id and one.status == State.COMPLETED]
        if event.status == sales.CANCELLED and (left or event.unwinding):
            yield f"event {event.id} is cancelled, its payments {left} are not given back"


def _stock(event: Event, payments: list[Payment]) -> Iterator[str]:
    """Seats are conserved, and each column says what the payments say."""
    shards = stock.read_stock(event)

    def column(name: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for shard in shards:
            found.update({kind: int(n) for kind, n in getattr(shard, name).items()})
        return +found

    remaining, held, sold = column("remaining"), column("held"), column("sold")
    if remaining.total() + held.total() + sold.total() != event.capacity:
        yield f"event {event.id}: {remaining.total()} + {held.total()} + {sold.total()} ≠ {event.capacity}"
    if any(int(n) < 0 for shard in shards for n in shard.remaining.values()):
        yield f"event {event.id}: sold more seats than there are"
    if held != _seats(payments, State.PENDING):
        yield f"event {event.id}: holds {dict(held)}, its payments {dict(_seats(payments, State.PENDING))}"
    if sold != _seats(payments, State.COMPLETED):
        yield f"event {event.id}: sold {dict(sold)}, its payments {dict(_seats(payments, State.COMPLETED))}"
    revenue = sum(
        int(hold.n) * int(hold.price)
        for one in payments
        if one.status == State.COMPLETED
        for hold in one.holds
    )
    if column("revenue").total() != revenue:
        yield f"event {event.id}: revenue {column('revenue').total()}, its payments {revenue}"
    yield from _takings(event, sold, revenue)


def _takings(event: Event, sold: Counter[str], revenue: int) -> Iterator[str]:
    """What was counted day by day adds up to what is sold."""
    days = list(takings.read(stock.key(event.id, number) for number in range(int(event.shards))))
    counted: Counter[str] = Counter()
    for row in days:
        counted[row.day.partition("#")[2]] += row.sold - row.refunded
    if +counted != sold or sum(row.revenue for row in days) != revenue:
        yield f"event {event.id}: took {dict(counted)} and {sum(row.revenue for row in days)} day by day"


def _paid(event: Event, payments: list[Payment], tickets: list[Ticket]) -> Iterator[str]:
    """What M-Pesa took of the receipts that bought tickets, and what was cash, is counted, once each."""
    rows = list(takings.read(stock.key(event.id, number) for number in range(int(event.shards))))
    with_tickets = {ticket.payment_id for ticket in tickets}
    charges = sum(seating.paid_of(one).charge for one in payments if one.id in with_tickets)
    cash = sum(
        int(hold.n) * int(hold.price)
        for one in payments
        if one.status == State.COMPLETED and seating.paid_of(one).in_cash
        for hold in one.holds
    )
    if (counted := sum(row.charges for row in rows)) != charges:
        yield f"event {event.id}: M-Pesa took {counted} of its receipts, by its payments {charges}"
    if (counted := sum(row.cash for row in rows)) != cash:
        yield f"event {event.id}: {counted} of it in cash, by its payments {cash}"
    recorded = list(Payout.query(event.id, consistent_read=True))
    account = next(iter(PayoutAccount.query(event.id, consistent_read=True)), PayoutAccount(event.id))
    paid_out = sum(one.amount for one in recorded)
    if (account.paid_out, account.version) != (paid_out, len(recorded)):
        yield f"event {event.id}: {account.paid_out} is paid out, by its payouts {paid_out}"
    if len({one.reference.upper() for one in recorded}) < len(recorded):
        yield f"event {event.id}: a reference was paid out twice"


def _seats(payments: Iterable[Payment], state: State) -> Counter[str]:
    found: Counter[str] = Counter()
    for payment in payments:
        if payment.status == state:
            for hold in payment.holds:
                found[str(hold.type)] += int(hold.n)
    return +found


def _counts(payments: list[Payment], ledgers: dict[str, list[LedgerLine]]) -> Iterator[str]:
    """Each limit has counted what is held or sold under it; only late money takes a code past its own."""
    counted = {one.key: int(one.used) for one in Count.scan() if one.used and not one.key.endswith("#codes")}
    expected: Counter[str] = Counter()
    for one in payments:
        if one.status in (State.PENDING, State.COMPLETED):
            expected += counting.tickets(one.event_id, one.promo_code, one.counted or (), seats_of(one))
    if counted != dict(expected):
        yield f"counted {counted}, the payments' tickets are {dict(expected)}"
    for code in PromoCode.scan():
        own = [one for one in payments if (one.event_id, one.promo_code) == (code.event_id, code.code)]
        late = sum(int(hold.n) for one in own if _was_late(ledgers[one.id]) for hold in one.holds)
        used = sum(n for key, n in counted.items() if key.startswith(f"{code.event_id}#{code.code}#"))
        used -= sum(n for key, n in counted.items() if key.startswith(f"{code.event_id}#{code.code}#by#"))
        if code.max_tickets is not None and used - late > code.max_tickets:
            yield f"code {code.code} of event {code.event_id} has {used} tickets, {late} of them late"


def _was_late(lines: list[LedgerLine]) -> bool:
    """Whether money came for an order that had ended."""
    kinds = [line.kind for line in lines if line.kind in ("asked", "received") or line.kind in _ENDS]
    return any(before in _ENDS and kind == "received" for before, kind in pairwise(kinds))


def _tickets(payment: Payment, tickets: list[Ticket]) -> Iterator[str]:
    """A completed payment has its tickets, but for part refunds, valid or admitted; no other has any."""
    wanted = sum(int(hold.n) for hold in payment.holds) if payment.status == State.COMPLETED else 0
    valid = sum(1 for ticket in tickets if ticket.status in (VALID, ADMITTED))
    if valid != wanted:
        yield f"payment {payment.id} is {payment.status} with {valid} valid tickets"


def _admissions(tickets: list[Ticket]) -> Iterator[str]:
    """A ticket is admitted by a scan that is kept, the first one of those that were not undone."""
    scans = {scan.id: scan for scan in Scan.scan()}
    for ticket in tickets:
        by = scans.get(ticket.first_scan)
        if ticket.status == ADMITTED and (
            by is None or by.outcome != "admitted" or by.at != ticket.admitted_at
        ):
            yield f"ticket {ticket.id} is admitted by no scan that is kept"
        if ticket.status == VALID and (ticket.first_scan or ticket.at_gate):
            yield f"ticket {ticket.id} is valid, and admitted by {ticket.first_scan}"
    ended = Counter(scan.took_over for scan in scans.values() if scan.took_over)
    standing = Counter(
        scan.ticket_id for scan in scans.values() if scan.outcome == "admitted" and not ended[scan.id]
    )
    for ticket in tickets:
        if ticket.status != REVOKED and standing[ticket.id] != (ticket.status == ADMITTED):
            yield f"ticket {ticket.id} is {ticket.status}, and {standing[ticket.id]} admissions of it stand"


def _messages(post: Post, *, settled: bool) -> Iterator[str]:
    """One sending for a claim, and one for a message that nobody had sent again; none is lost."""
    rows = {row.id: row for row in OutboxMessage.scan()}
    if strangers := {one.message_id for one in post.taken} - set(rows):
        yield f"messages {strangers} were sent and are not in the outbox"
    if twice := [
        one for one, n in Counter((one.message_id, one.claim) for one in post.taken).items() if n > 1
    ]:
        yield f"claims {twice} were sent twice"
    taken = Counter(one.message_id for one in post.taken if not one.refused)
    again = Counter(line.on for line in AuditLine.scan() if line.what == "message.resent")
    for row in rows.values():
        yield from _message(row, taken[row.id], again[f"message#{row.id}"])
        if row.with_sms and _sms_of(row) not in rows:
            yield f"the SMS of message {row.id} is lost"
        if settled and row.state not in _ENDED:
            yield f"message {row.id} is still {row.state}"


def _message(row: OutboxMessage, taken: int, again: int) -> Iterator[str]:
    """It is what became of it: sent so many times, and so often again by hand."""
    if taken > 1 + again:
        yield f"message {row.id} was sent {taken} times"
    if row.state == Told.SENT and not taken:
        yield f"message {row.id} is called sent, and nobody has it"
    if row.state in _CERTAINLY_NOT and taken > again:
        yield f"message {row.id} is {row.state}, and was sent"


def _sms_of(row: OutboxMessage) -> str:
    which = row.which or ""
    return outbox.new(row.kind, "", row.created_at, about=row.id[:32], which=which, channel="sms").id


def _came(payment: Payment, bank: Bank) -> dict[tuple[int, str], int]:
    """What came for a payment, by attempt and receipt: in cash, or what the bank has."""
    if payment.payment_type == CASH:
        return {(0, "cash"): int(payment.amount)} if payment.amount else {}
    return {(one.attempt, str(one.receipt)): one.amount for one in bank.money(payment.id)}


def _never_too_much(payment: Payment, lines: list[LedgerLine], bank: Bank) -> Iterator[str]:
    """One prompt for an attempt; no money in the books that the bank has not."""
    prompts = Counter(one.attempt for one in bank.prompts if one.payment_id == payment.id)
    if any(n > 1 for n in prompts.values()):
        yield f"payment {payment.id}: prompted {dict(prompts)} times"
    paid = _came(payment, bank)
    is_free = payment.amount == 0
    received = [line for line in lines if line.kind == "received"]
    if payment.status in _PAID and not paid and not is_free:
        yield f"payment {payment.id} is {payment.status} without money"
    if len(received) > len(paid):
        yield f"payment {payment.id}: {len(received)} times money in the ledger, it came {len(paid)} times"


def _money(payment: Payment, lines: list[LedgerLine], bank: Bank) -> Iterator[str]:
    """All has come to rest: each shilling that came bought tickets or is due back."""
    paid = _came(payment, bank)
    if payment.status == State.PENDING:
        yield f"payment {payment.id} is still pending"
    if paid and payment.status not in _PAID:
        yield f"payment {payment.id} is {payment.status}, and was paid"
    received = Counter(int(line.attempt) for line in lines if line.kind == "received")
    if received != Counter(attempt for attempt, _ in paid):
        yield f"payment {payment.id}: received for attempts {dict(received)}, paid {len(paid)} times"
    due = sum(1 for line in lines if line.kind == "refund_due" and (line.attempt or line.amount))
    kept = 1 if payment.status == State.COMPLETED and payment.amount else 0
    if len(paid) - kept != due:
        yield f"payment {payment.id} is {payment.status}: paid {len(paid)} times, due back {due} times"
    told = list(OutboxMessage.scan(OutboxMessage.payment_id == payment.id))
    has_reader = not payment.sold_by or payment.payer_phone
    if (
        payment.status == State.COMPLETED
        and has_reader
        and not any(one.kind == "tickets_issued" for one in told)
    ):
        yield f"payment {payment.id} is complete, and nobody is told"
