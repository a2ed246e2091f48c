"""Turning down a refund that waits for a second person, or withdrawing it."""

from typing import Final

from chalicelib.core.dynamo import ConditionFailed
from chalicelib.core.problems import Busy
from chalicelib.payments import following, refunding, refunds
from chalicelib.payments.models import Payment
from chalicelib.payments.problems import NotWaiting
from chalicelib.payments.refund_states import RefundState, Step
from chalicelib.web.caller import Caller

_TRIES: Final = 5


def decline(payment_id: str, number: int, caller: Caller) -> Payment:
    """Turn down a refund that waits for approval: its money is due still, and its tickets stay revoked.

    Anybody who may refund may, also who asked for it. Declining twice is fine.

    Raises:
        NotFound, Forbidden: it is not the caller's to decline.
        NotWaiting: it waits for nobody's approval.
        Busy: others were faster each time; nothing was changed.
    """
    for _ in range(_TRIES):
        payment = following.find_sold(payment_id, caller)
        refund = refunding.find(payment, number)
        if refund.state == RefundState.DUE and refund.declined_by == caller.user_id:
            return payment
        if refund.state != RefundState.AWAITING_APPROVAL:
            raise NotWaiting
        line = following.line(payment, caller, "refund.declined", refund=str(number))
        known = refunds.stepped(refund, Step.TURNED_DOWN, caller.at, declined_by=caller.user_id)
        try:
            refunds.save(refund, known, caller.at, line=line)
        except ConditionFailed:
            continue
        return payment
    raise Busy
