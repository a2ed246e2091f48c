"""Telling a gate what became of its scans: of one, or of each of an upload."""

from collections.abc import Iterable
from typing import Any

from chalicelib.accounts import people
from chalicelib.tickets.admission import Outcome
from chalicelib.tickets.checking_in import Shown, Verdict, check_in
from chalicelib.tickets.gate_schemas import CheckInForm, ScanView
from chalicelib.tickets.problems import AlreadyAdmitted, NotValid
from chalicelib.web.caller import Caller


def to_one(event_id: str, form: CheckInForm, caller: Caller) -> ScanView:
    """The view of somebody who was admitted.

    Raises:
        AlreadyAdmitted, NotValid: with all that is known.
        NotFound, NotAtTheGate, Busy: as `check_in` says.
    """
    event, (verdict,) = check_in(event_id, [form.one()], caller)
    view = ScanView.of(verdict, event.timezone, _names([verdict]))
    if verdict.judgement.outcome is Outcome.ADMITTED:
        return view
    told: dict[str, Any] = view.model_dump(exclude={"outcome", "message"})
    if verdict.judgement.outcome is Outcome.NOT_VALID:
        raise NotValid(view.message, **told)
    where = f" on {view.device}" if view.device else ""
    raise AlreadyAdmitted(f"Somebody was let in with this ticket already: {view.admitted_at}{where}.", **told)


def to_all(event_id: str, form: CheckInForm, caller: Caller) -> list[ScanView]:
    """What became of each scan of an upload, in its order; rows that cannot be read among them.

    Raises:
        NotFound, NotAtTheGate, Busy: as `check_in` says.
    """
    rows = form.rows()
    event, verdicts = check_in(event_id, [row for row in rows if isinstance(row, Shown)], caller)
    names, left = _names(verdicts), iter(verdicts)
    return [
        ScanView.unreadable(row) if isinstance(row, str) else ScanView.of(next(left), event.timezone, names)
        for row in rows
    ]


def _names(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """What those are called who admitted somebody else, so that gates can ask each other; mostly nobody."""
    wanted = [verdict.instead_of for verdict in verdicts]
    wanted += [one.ticket for one in verdicts if one.judgement.outcome is Outcome.ALREADY_ADMITTED]
    ids = {ticket.admitted_by for ticket in wanted if ticket and ticket.admitted_by}
    return people.names(sorted(ids)[:100])
