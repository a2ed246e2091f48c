"""Cash drawers: counted in the transactions that take cash or give it back; who may see them."""

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people
from chalicelib.catalog.events import is_staff, is_visible, may_run
from chalicelib.catalog.models import Event
from chalicelib.catalog.problems import NotYourEvent
from chalicelib.core.dynamo import read_together
from chalicelib.core.problems import NotFound
from chalicelib.payments.cash_models import CashDrawer
from chalicelib.payments.cash_schemas import DrawerView
from chalicelib.payments.models import Payment
from chalicelib.web.caller import Caller


def take(writing: TransactWrite, payment: Payment) -> None:
    """Count a cash sale, in its transaction.

    No condition: what the rest of the transaction stands under keeps it from counting twice.
    """
    tickets = sum(int(item.quantity) for item in payment.items)
    _count(
        writing,
        payment.event_id,
        payment.sold_by,
        [CashDrawer.taken.add(int(payment.amount)), CashDrawer.tickets.add(tickets)],
    )


def give_back(writing: TransactWrite, event_id: str, giver: str, amount: int) -> None:
    """Count cash that somebody gave back out of their drawer, likewise; `amount` in KES."""
    _count(writing, event_id, giver, [CashDrawer.given_back.add(amount)])


def find(event_id: str, seller_id: str) -> CashDrawer | None:
    """A seller's drawer as of now; None if no cash of this event went through their hands."""
    try:
        return CashDrawer.get(event_id, seller_id, consistent_read=True)
    except CashDrawer.DoesNotExist:
        return None


def of_event(event_id: str, caller: Caller) -> list[DrawerView]:
    """The drawers of an event, for whoever runs it; gate staff see their own.

    Raises:
        NotFound, NotYourEvent: the caller is not of the event's staff.
    """
    if may_run(event_of_staff(event_id, caller), caller):
        found = list(CashDrawer.query(event_id, consistent_read=True))
    else:
        own = find(event_id, caller.user_id)
        found = [own] if own else []
    names = _names([drawer.seller_id for drawer in found])
    return [DrawerView.of(drawer, names.get(drawer.seller_id, "")) for drawer in found]


def event_of_staff(event_id: str, caller: Caller) -> Event:
    """An event that the caller runs, or at whose gate they work.

    Raises:
        NotFound: there is none, or the caller may not know of it.
        NotYourEvent: the caller may see it only.
    """
    event: Event | None = read_together([(Event, event_id)]).get((Event, event_id))
    if event is None or not is_visible(event, caller):
        raise NotFound("There is no such event; it may have been taken down.")
    if not is_staff(event, caller):
        raise NotYourEvent
    return event


def _count(writing: TransactWrite, event_id: str, whose: str, actions: list[Action]) -> None:
    writing.update(CashDrawer(event_id, whose), actions=[*actions, CashDrawer.version.add(1)])


def _names(user_ids: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for start in range(0, len(user_ids), 100):  # what one BatchGetItem takes
        names |= people.names(user_ids[start : start + 100])
    return names
