"""What organizers are owed, and what was paid out to them. The money itself moves outside this program."""

import hashlib
import json
from typing import Final, NamedTuple

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people, trail, verifying
from chalicelib.accounts.models import AuditLine, User
from chalicelib.catalog import revising, stock, takings
from chalicelib.catalog.models import Event
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.phones import hidden
from chalicelib.core.problems import Busy, NotFound
from chalicelib.core.settings import settings
from chalicelib.payments.problems import MoreThanOwed, NotVerified, ReferenceUsed
from chalicelib.reports.models import Payout, PayoutAccount
from chalicelib.reports.owed import Dues
from chalicelib.reports.schemas import PayoutForm, PayoutView, StatementView
from chalicelib.web.caller import Caller

_TRIES: Final = 5


class _Tickets(NamedTuple):
    """How many are sold now, and how many were taken back."""

    sold: int
    refunded: int


def statement(event_id: str, caller: Caller) -> StatementView:
    """What is owed for an event of the caller's, and how that comes about.

    It reads no payment: a round trip for the event, its organizer and its payouts each, one for each shard.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        NotYourEvent: the caller may see it only.
    """
    event = revising.find_own(event_id, caller).event
    paid = list(Payout.query(event_id, consistent_read=True))
    tickets, dues = _count(event, sum(int(one.amount) for one in paid))
    organizer = people.find(event.user_id)
    return StatementView(
        event_id=event.id,
        event_name=event.name,
        organizer_id=organizer.id,
        organizer_name=hidden(organizer.username),
        organizer_verified=organizer.is_verified,
        sold=tickets.sold,
        refunded=tickets.refunded,
        fee=dues.fee,
        owed=dues.owed,
        payouts=[PayoutView.of(one) for one in paid],
        **dues._asdict(),
    )


def record(event_id: str, form: PayoutForm, caller: Caller) -> Payout:
    """Record that money was paid out to an event's organizer. The same again is the same payout.

    Raises:
        NotFound: there is no such event.
        ReferenceUsed: another payout has this reference.
        NotVerified: no Admin has seen who the organizer is, or that was withdrawn.
        MoreThanOwed: not so much is owed as of now.
        Busy: others were faster each time; nothing was written.
    """
    for _ in range(_TRIES):
        if payout := _recorded_before(event_id, form):
            return payout
        found = stock.read_with_event(event_id)
        if found is None:
            raise NotFound("There is no such event; check the address.")
        event, _ = found
        account = _account(event_id)
        _, dues = _count(event, int(account.paid_out))
        if not people.find(event.user_id).is_verified:
            raise NotVerified
        if form.amount > dues.owed:
            raise MoreThanOwed(owed=dues.owed)
        payout = _new(event, form, caller)
        if _is_written(payout, account, form, caller):
            return payout
    raise Busy


def _count(event: Event, paid_out: int) -> tuple[_Tickets, Dues]:
    rows = list(takings.read(stock.key(event.id, number) for number in range(int(event.shards))))
    refunded = sum(int(row.refunded) for row in rows)
    dues = Dues(
        revenue=sum(int(row.revenue) for row in rows),
        cash=sum(int(row.cash) for row in rows),
        charges=sum(int(row.charges) for row in rows),
        fee_bps=settings().platform_fee_bps,
        paid_out=paid_out,
    )
    return _Tickets(sum(int(row.sold) for row in rows) - refunded, refunded), dues


def _account(event_id: str) -> PayoutAccount:
    try:
        return PayoutAccount.get(event_id, consistent_read=True)
    except PayoutAccount.DoesNotExist:
        return PayoutAccount(event_id)


def _guard(event_id: str, form: PayoutForm, payout_id: str = "") -> Guard:
    """What keeps a reference, in whatever case it is written, from being recorded twice."""
    said = json.dumps([event_id, form.amount, form.reference, form.note])
    fingerprint = hashlib.sha256(said.encode()).hexdigest()
    return Guard(f"payout#{form.reference.upper()}", owner=payout_id, fingerprint=fingerprint)


def _recorded_before(event_id: str, form: PayoutForm) -> Payout | None:
    wanted = _guard(event_id, form)
    try:
        taken = Guard.get(wanted.key, consistent_read=True)
    except Guard.DoesNotExist:
        return None
    if taken.fingerprint != wanted.fingerprint:
        raise ReferenceUsed
    return Payout.get(event_id, taken.owner, consistent_read=True)


def _new(event: Event, form: PayoutForm, caller: Caller) -> Payout:
    return Payout(
        event.id,
        new_id(caller.at),
        amount=form.amount,
        reference=form.reference,
        note=form.note,
        paid_to=event.user_id,
        recorded_by=caller.user_id,
        at=caller.at,
    )


def _is_written(payout: Payout, account: PayoutAccount, form: PayoutForm, caller: Caller) -> bool:
    """Write a payout; False if anything that it was decided by is not as it was read."""
    known = int(account.version)
    line = trail.line(
        caller.user_id,
        caller.at,
        "payout.recorded",
        f"event#{payout.event_id}",
        payout=payout.id,
        amount=str(form.amount),
        to=payout.paid_to,
    )
    try:
        transact(
            lambda writing: _write(writing, payout, known, _guard(payout.event_id, form, payout.id), line)
        )
    except ConditionFailed:
        return False
    return True


def _write(writing: TransactWrite, payout: Payout, known: int, reference: Guard, line: AuditLine) -> None:
    # Two Admins may pay out the same at once. Whoever moves the account's version first has recorded it; the
    # other one looks again at what is owed.
    as_read = PayoutAccount.version == known if known else PayoutAccount.event_id.does_not_exist()
    writing.update(
        PayoutAccount(payout.event_id),
        actions=[PayoutAccount.paid_out.add(int(payout.amount)), PayoutAccount.version.add(1)],
        condition=as_read,
    )
    writing.save(payout, condition=Payout.event_id.does_not_exist())
    guards.take(writing, reference, payout.at)
    # The organizer may have lost the verification since it was read, or handed the event over.
    writing.condition_check(User, payout.paid_to, condition=verifying.is_verified())
    writing.condition_check(Event, payout.event_id, condition=Event.user_id == payout.paid_to)
    trail.write(writing, line)
