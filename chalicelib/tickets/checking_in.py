"""Checking in: a scan is judged by what is stored, and written under the condition that it still is so."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pynamodb.exceptions import PutError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine
from chalicelib.catalog import sales, stepping_in
from chalicelib.catalog.models import Event
from chalicelib.core import metrics, retention
from chalicelib.core.dynamo import ConditionFailed, Key, read_together, transact
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy
from chalicelib.tickets import codes, gate
from chalicelib.tickets.admission import (
    ADMITTED,
    VALID,
    Judgement,
    Outcome,
    Reason,
    Seen,
    Step,
    by_our_clock,
    judge,
)
from chalicelib.tickets.codes import Claims
from chalicelib.tickets.models import Scan, Ticket, at_gate
from chalicelib.web.caller import Caller

#: How often one scan looks again after losing a race.
_TRIES: Final = 10
#: Scans whose tickets are read together with the event: two items each, and DynamoDB gives 100 at once.
_READ_TOGETHER: Final = 49

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_REFUSED: Final = Judgement(Outcome.NOT_VALID, Step.NOTHING, Reason.NOT_GENUINE)


@dataclass(frozen=True)
class Shown:
    """A code that was shown at a gate. The two times are by the device's clock; None where it sent none.

    `was_offline` if the gate decided by itself; else our clock counts, since the person is still waiting.
    """

    code: str
    device: str | None = None
    scanned_at: datetime | None = None
    sent_at: datetime | None = None
    was_offline: bool = False

    def at(self, came_at: datetime, not_before: datetime) -> datetime:
        """When it was scanned, by our clock."""
        scanned_at = self.scanned_at if self.was_offline else None
        return by_our_clock(scanned_at, self.sent_at, came_at, not_before)


@dataclass(frozen=True)
class Verdict:
    """What a gate is told: with the ticket as it is now, and the admission that an earlier scan took over."""

    judgement: Judgement
    ticket: Ticket | None = None
    instead_of: Ticket | None = None


@dataclass(frozen=True)
class _Told:
    """A scan of a ticket of ours: what it says, and what tells it from all others."""

    shown: Shown
    claims: Claims
    scan_id: str

    @property
    def keys(self) -> list[Key]:
        return [(Ticket, self.claims.ticket_id), (Scan, self.scan_id)]


def check_in(event_id: str, shown: Sequence[Shown], caller: Caller) -> tuple[Event, list[Verdict]]:
    """Admit those whose tickets are good, each once, whoever else scans them at the same moment.

    It is safe to repeat: a scan is known by ticket, device and `scanned_at`, and one that was written already
    writes nothing. One without device or `scanned_at` cannot be known, so each is a new one.

    Args:
        event_id: whose gate it is.
        shown: what was scanned, in the order in which the verdicts are wanted.
        caller: who stands at the gate.

    Raises:
        NotFound, NotAtTheGate: it is not the caller's gate.
        Busy: others were faster each time; sending all of it again is safe.
    """
    told = [_told(one) for one in shown]
    event, found = _look(event_id, [one for one in told if one], caller)
    verdicts: dict[int, Verdict] = {}
    # In the order in which they were scanned, so that none takes over from another one of this batch.
    for place in sorted(range(len(told)), key=lambda place: shown[place].at(caller.at, _EVER)):
        verdicts[place] = _settle(event, told[place], found, caller)
        metrics.count("CheckIns", outcome=str(verdicts[place].judgement.outcome))
    return event, [verdicts[place] for place in range(len(told))]


def _told(shown: Shown) -> _Told | None:
    claims = codes.read(shown.code)
    if claims is None:
        return None
    name = new_id()
    if shown.device and shown.scanned_at:
        # By the device's own clock: how it is corrected differs from one sending to the next.
        text = f"{shown.scanned_at.isoformat(timespec='milliseconds')} {shown.device}"
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
    return _Told(shown, claims, f"{claims.ticket_id}#{name}")


def _look(event_id: str, told: Sequence[_Told], caller: Caller) -> tuple[Event, dict[Key, Any]]:
    """The event, and tickets and scans as of now; one round trip for each 49 scans."""
    found: dict[Key, Any] = {}
    event = None
    for start in range(0, max(1, len(told)), _READ_TOGETHER):
        part = told[start : start + _READ_TOGETHER]
        keys: set[Key] = {(Event, event_id), *(key for one in part for key in one.keys)}
        found |= read_together(keys)
        event = gate.open_to(found.get((Event, event_id)), caller)
    assert event is not None  # noqa: S101 - there is one part at least
    return event, found


def _settle(event: Event, told: _Told | None, found: dict[Key, Any], caller: Caller) -> Verdict:
    """Judge and write, and look again if somebody was faster."""
    if told is None:
        return Verdict(_REFUSED)
    if told.claims.event_id != event.id:
        return Verdict(_REFUSED._replace(reason=Reason.OTHER_EVENT))
    for _ in range(_TRIES):
        ticket, scan = (found.get(key) for key in told.keys)
        if ticket is None:
            return Verdict(_REFUSED)
        verdict = _judged(event, told, ticket, scan, caller)
        if verdict is not None:
            return verdict
        found = read_together(told.keys)
    raise Busy


def _judged(event: Event, told: _Told, ticket: Ticket, known: Scan | None, caller: Caller) -> Verdict | None:
    """The verdict, once it is written; None if what it rests on has changed meanwhile."""
    at = told.shown.at(caller.at, ticket.issued_at)
    seen, first = Seen(told.scan_id, at), _first(ticket)
    if event.status == sales.CANCELLED:
        step = Step.NOTHING if known else Step.NOTE
        judgement = Judgement(Outcome.NOT_VALID, step, Reason.EVENT_CANCELLED)
    else:
        is_known, was_offline = known is not None, told.shown.was_offline
        judgement = judge(ticket.status, first, seen, is_known=is_known, was_offline=was_offline)
    if judgement.step is Step.NOTHING:
        return Verdict(judgement, ticket)
    scan = _scan(told, judgement, at, caller, took_over=first)
    if judgement.step is Step.NOTE:
        _note(scan)
        return Verdict(judgement, ticket)
    admitted = _admitted(ticket, scan)
    if not _admit(admitted, scan, first, _line(event, ticket, caller)):
        return None
    return Verdict(judgement, admitted, ticket if judgement.step is Step.TAKE_OVER else None)


def _line(event: Event, ticket: Ticket, caller: Caller) -> AuditLine | None:
    """A line of the trail, if somebody admits who neither runs the event nor works at its gate."""
    if stepping_in.runs(event, caller) or any(caller.is_user(person) for person in event.gate_ids):
        return None
    return stepping_in.line(event, caller, "ticket.admitted", on=f"ticket#{ticket.id}")


def _first(ticket: Ticket) -> Seen | None:
    return Seen(ticket.first_scan, ticket.admitted_at) if ticket.status == ADMITTED else None


def _scan(told: _Told, judgement: Judgement, at: datetime, caller: Caller, took_over: Seen | None) -> Scan:
    is_plain = judgement.step is Step.ADMIT
    return Scan(
        told.scan_id,
        ticket_id=told.claims.ticket_id,
        event_id=told.claims.event_id,
        user_id=caller.user_id,
        device=told.shown.device,
        outcome=str(judgement.reason or judgement.outcome),
        at=at,
        scanned_at=told.shown.scanned_at,
        came_at=caller.at,
        took_over=took_over.name if took_over and judgement.step is Step.TAKE_OVER else None,
        contested=None if is_plain else told.claims.event_id,
        lapses_at=retention.lapses(caller.at, retention.SCAN_DAYS),
    )


def _admitted(ticket: Ticket, scan: Scan) -> Ticket:
    """The ticket as it will be."""
    return Ticket(
        ticket.id,
        payment_id=ticket.payment_id,
        event_id=ticket.event_id,
        user_id=ticket.user_id,
        ticket_type=ticket.ticket_type,
        label=ticket.label,
        issued_at=ticket.issued_at,
        status=ADMITTED,
        first_scan=scan.id,
        admitted_at=scan.at,
        admitted_by=scan.user_id,
        device=scan.device,
    )


def _admit(ticket: Ticket, scan: Scan, first: Seen | None, line: AuditLine | None) -> bool:
    """Write an admission and its scan; False if the ticket, or the scan, is not as it was read."""
    actions: list[Action] = [
        Ticket.status.set(ADMITTED),
        Ticket.at_gate.set(at_gate(ticket.event_id, ADMITTED)),
        Ticket.first_scan.set(scan.id),
        Ticket.admitted_at.set(scan.at),
        Ticket.admitted_by.set(scan.user_id),
        Ticket.device.set(scan.device) if scan.device else Ticket.device.remove(),
    ]
    # Two gates, a refund and an organizer who undoes may meet on one ticket. Whoever writes first wins; the
    # others' conditions fail and they look again.
    if first is None:
        unmoved = Ticket.status == VALID
    else:
        unmoved = (Ticket.status == ADMITTED) & (Ticket.first_scan == first.name)

    def fill(writing: TransactWrite) -> None:
        writing.update(Ticket(ticket.id), actions=actions, condition=unmoved)
        writing.save(scan, condition=Scan.id.does_not_exist())
        trail.write(writing, line)

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True


def _note(scan: Scan) -> None:
    """Append a scan that changes nothing; one that is there already is fine."""
    try:
        scan.save(condition=Scan.id.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
