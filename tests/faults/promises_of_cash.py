"""What must hold of cash: what sellers have in hand is what was sold, less what went back and was counted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.models import CASH, COMPLIMENTARY, LedgerLine, Payment, Refund
from chalicelib.payments.refund_states import RefundState
from chalicelib.payments.states import State

#: An event and a seller.
Whose = tuple[str, str]

#: A sale at the gate is complete from the start, and never waits for anything.
_STATES = (State.COMPLETED, State.REFUND_DUE, State.REFUNDED)


def drawers(payments: Iterable[Payment], refunds: dict[str, list[Refund]]) -> Iterator[str]:
    """Each drawer has what its seller's payments, refunds and cash-ups say, and there is no other."""
    wanted: dict[Whose, Counter[str]] = defaultdict(Counter)
    for payment in payments:
        if payment.payment_type != CASH:
            continue
        tickets = sum(int(item.quantity) for item in payment.items)
        wanted[payment.event_id, payment.sold_by].update(taken=int(payment.amount), tickets=tickets)
        for refund in refunds[payment.id]:
            if refund.state == RefundState.MANUAL:
                wanted[payment.event_id, refund.asked_by].update(given_back=int(refund.amount))
    for one in CashUp.scan():
        wanted[one.event_id, one.seller_id].update(handed_over=int(one.amount), cash_ups=1)
    found = {
        (one.event_id, one.seller_id): Counter(
            taken=int(one.taken),
            tickets=int(one.tickets),
            given_back=int(one.given_back),
            handed_over=int(one.handed_over),
            cash_ups=int(one.cash_ups),
        )
        for one in CashDrawer.scan()
    }
    for whose in found.keys() | wanted.keys():
        if found.get(whose, Counter()) != wanted[whose]:
            yield f"drawer {whose} is {found.get(whose)}, by what was sold {wanted[whose]}"


def of_payment(payment: Payment, lines: list[LedgerLine], refunds: list[Refund]) -> Iterator[str]:
    """What was sold at the gate was paid once, in cash, or not at all; M-Pesa has no part in it."""
    if payment.payment_type not in (CASH, COMPLIMENTARY):
        return
    received = [int(line.amount) for line in lines if line.kind == "received"]
    if received != ([int(payment.amount)] if payment.amount else []):
        yield f"payment {payment.id}: {received} received, {payment.amount} for cash"
    if payment.payment_type == COMPLIMENTARY and payment.amount:
        yield f"payment {payment.id} is a gift, and costs {payment.amount}"
    if payment.attempts or payment.status not in _STATES or payment.pending:
        yield f"payment {payment.id} is {payment.status} with {len(payment.attempts)} attempts"
    if sent := [one.state for one in refunds if one.sendings or one.receipt]:
        yield f"payment {payment.id}: cash is {sent} by M-Pesa"
