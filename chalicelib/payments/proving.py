"""Whether what is told of a reversal is M-Pesa's own word.

Results are not signed, and who has their URL can post what they like. But only M-Pesa and we know the
conversation of a request: it is in the request's answer, and in each true result (decision 0098).
"""

from datetime import datetime

from chalicelib.payments.daraja.reversals import REVERSED, Result, Source
from chalicelib.payments.models import Refund
from chalicelib.payments.refund_states import RefundState


def conversation_of(refund: Refund, sending: int) -> str | None:
    """M-Pesa's id of one of the refund's requests; None if its answer never came, or has not come yet."""
    latest = refund.conversation if sending == refund.sendings else None
    return latest or refund.earlier.get(str(sending))


def is_early(refund: Refund, sending: int, result: Result | None, at: datetime) -> bool:
    """Whether the request's own answer may be noted yet, so that there is nothing to compare with so far."""
    is_ours_to_note = refund.state == RefundState.SENDING and sending == refund.sendings
    is_posted = result is None or result.source is Source.RESULT
    return bool(is_ours_to_note and is_posted and refund.look_at and at < refund.look_at)


def is_foreign(refund: Refund, sending: int, result: Result) -> bool:
    """Whether it tells of another payment, or of another request, than this refund's."""
    if result.original and refund.receipt and result.original != refund.receipt:
        return True
    known = _known(refund, sending, result)
    return bool(known and result.conversations and known.isdisjoint(result.conversations))


def is_proven(refund: Refund, sending: int, result: Result) -> bool:
    """Whether it has what a true one has: our conversation, and a receipt if money went back by it."""
    if result.source is Source.STATEMENT:
        return True
    if result.code == REVERSED and not result.receipt:
        return False
    return not _known(refund, sending, result).isdisjoint(result.conversations)


def _known(refund: Refund, sending: int, result: Result) -> set[str]:
    # What M-Pesa says when it is asked is of what it was asked about; of what was only claimed to be ours it
    # has to be of our amount too (which is compared before), and an answer that tells none is of anything.
    is_of_amount = result.source is Source.STATUS and result.amount is not None
    claimed = refund.claimed if is_of_amount else None
    return {one for one in (conversation_of(refund, sending), claimed) if one}
