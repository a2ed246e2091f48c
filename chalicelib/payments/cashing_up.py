"""Cashing up: an organizer counts a seller's cash and takes it over."""

from datetime import datetime
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine
from chalicelib.catalog import stepping_in
from chalicelib.catalog.events import may_run
from chalicelib.catalog.problems import NotYourEvent
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy, Invalid
from chalicelib.payments import drawers, idempotency
from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.cash_schemas import CashUpForm
from chalicelib.payments.problems import CountedMeanwhile
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page

#: How often one cash-up looks again, while the seller goes on selling.
_TRIES: Final = 10
#: Sorts after every id.
_LAST: Final = "g"


def cash_up(event_id: str, form: CashUpForm, caller: Caller) -> CashUp:
    """Write down that so much of a seller's cash was counted, and is out of their hands.

    What is missing stays in their drawer. Sales may go on meanwhile; another cash-up may not come between.

    Raises:
        NotFound, NotYourEvent: it is not the caller's event to run.
        Invalid: no cash went through this person's hands; or it is more than should be there, without a note.
        CountedMeanwhile: somebody else has counted this drawer; nothing was changed.
        IdempotencyMismatch: the key was used for another cash-up.
        Busy: the drawer changed each time; nothing was changed.
    """
    event = drawers.event_of_staff(event_id, caller)
    if not may_run(event, caller):
        raise NotYourEvent
    key, seen = _key(event_id, form, caller), form.cash_ups
    for _ in range(_TRIES):
        if key and idempotency.is_used(key, caller.at):
            return _made_before(event_id, key)
        drawer = _find(event_id, form.seller_id)
        seen = int(drawer.cash_ups) if seen is None else seen
        if drawer.cash_ups != seen:
            raise CountedMeanwhile
        counted = _counted(drawer, form, caller)
        line = stepping_in.line(event, caller, "cash.counted", seller=form.seller_id, cash_up=counted.id)
        if _is_written(counted, drawer, key, caller.at, line):
            return counted
    raise Busy


def of_event(event_id: str, caller: Caller, page: Page) -> Listing:
    """The cash-ups of an event, newest first; gate staff see those of their own cash.

    Raises:
        NotFound, NotYourEvent: the caller is not of the event's staff.
    """
    sees_all = may_run(drawers.event_of_staff(event_id, caller), caller)
    before = page.after["before"] if page.after else _LAST
    rows = CashUp.query(event_id, CashUp.id < before, scan_index_forward=False, limit=page.limit)
    found = list(rows)
    after = {"before": found[-1].id} if len(found) == page.limit else None
    return Listing([one for one in found if sees_all or caller.is_user(one.seller_id)], after)


def _key(event_id: str, form: CashUpForm, caller: Caller) -> Guard | None:
    if caller.idempotency_key is None:
        return None
    request = [event_id, form.seller_id, form.amount, form.note, form.cash_ups]
    return idempotency.guard("cash-up", caller.user_id, caller.idempotency_key, request, caller.at)


def _made_before(event_id: str, key: Guard) -> CashUp:
    used = Guard.get(key.key, consistent_read=True)
    idempotency.check_same(key, used)
    return CashUp.get(event_id, used.owner, consistent_read=True)


def _find(event_id: str, seller_id: str) -> CashDrawer:
    drawer = drawers.find(event_id, seller_id)
    if drawer is None:
        raise Invalid(fields={"seller_id": "Has no cash of this event; GET /events/{id}/cash lists who has."})
    return drawer


def _counted(drawer: CashDrawer, form: CashUpForm, caller: Caller) -> CashUp:
    if form.amount > drawer.in_hand and form.note is None:
        most = f"KES {max(0, drawer.in_hand):,}"
        raise Invalid(fields={"note": f"This is more than the {most} that should be there; say why."})
    return CashUp(
        drawer.event_id,
        new_id(caller.at),
        seller_id=drawer.seller_id,
        amount=form.amount,
        expected=drawer.in_hand,
        counted_by=caller.user_id,
        note=form.note,
        counted_at=caller.at,
    )


def _is_written(
    counted: CashUp, drawer: CashDrawer, key: Guard | None, at: datetime, line: AuditLine | None
) -> bool:
    # Two who count one drawer would both take over the same money: whoever moves its version first wins.
    unmoved = CashDrawer.version == int(drawer.version)
    actions: list[Action] = [
        CashDrawer.handed_over.add(int(counted.amount)),
        CashDrawer.cash_ups.add(1),
        CashDrawer.version.add(1),
    ]

    def fill(writing: TransactWrite) -> None:
        writing.update(CashDrawer(counted.event_id, counted.seller_id), actions=actions, condition=unmoved)
        writing.save(counted, condition=CashUp.id.does_not_exist())
        trail.write(writing, line)
        if key:
            key.owner = counted.id
            guards.take(writing, key, at)

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True
