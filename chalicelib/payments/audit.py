"""The audit: what the ledger says a payment's state should be, against what it is.

`python -m chalicelib.payments.audit` compares every payment; it prints those that differ, and exits 1 if any.
"""

import sys
from collections.abc import Iterable

from chalicelib.payments import ledger
from chalicelib.payments.models import LedgerLine, Payment
from chalicelib.payments.states import State

_ENDS: dict[str, State] = {
    "refused": State.FAILED,
    "not_sent": State.FAILED,
    "expired": State.EXPIRED,
    "cancelled": State.CANCELLED,
}


def state_from(lines: Iterable[LedgerLine]) -> State:
    """The state that a payment's ledger lines lead to, oldest first.

    The first money that came decides; what came again is due back by itself and leaves the state.
    """
    state = State.PENDING
    paid_by: int | None = None
    main_receipt: str | None = None
    for line in lines:
        if line.kind == "asked":
            state = State.PENDING if line.amount else State.COMPLETED
        elif line.kind in _ENDS and paid_by is None:
            state = _ENDS[line.kind]
        elif line.kind == "received" and paid_by is None:
            state, paid_by = State.COMPLETED, int(line.attempt)
            main_receipt = line.receipt
        elif line.kind == "receipt" and line.attempt == paid_by:
            main_receipt = line.receipt
        # One without a receipt is about the whole payment: it was asked for, or the event was cancelled.
        elif line.kind == "refund_due" and line.attempt == paid_by and line.receipt in (None, main_receipt):
            state = State.REFUND_DUE
        elif (
            line.kind == "refunded"
            and line.attempt == (paid_by or 0)
            and line.receipt in (None, main_receipt)
        ):
            state = State.REFUNDED
    return state


def differences(payments: Iterable[Payment]) -> list[str]:
    """A sentence for each payment whose state is not what its ledger leads to."""
    found = []
    for payment in payments:
        expected = state_from(ledger.of_payment(payment))
        if expected != payment.status:
            found.append(f"payment {payment.id} is {payment.status}, its ledger says {expected}")
    return found


def main() -> int:
    """Compare all payments, by a Scan: for a person at a terminal, never on a request."""
    found = differences(Payment.scan())
    for sentence in found:
        print(sentence)  # noqa: T201
    print(f"{len(found)} payments differ from their ledgers.", file=sys.stderr)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
