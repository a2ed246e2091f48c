"""What the schedule looks after: whatever nobody has told the end of, or nobody is at work at."""

from chalicelib.payments import cancelling_events, dead_letters, pulling, reconciliation, reversing
from chalicelib.payments.till import Till


def make_rounds(till: Till) -> None:
    """Look after payments, refunds, cancelled events and receipts; count what could not be worked off.

    Holds have to end in time, so they come first; then what is done though M-Pesa hangs.
    """
    reconciliation.run(till)
    cancelling_events.restart_stopped(till.now())
    dead_letters.report()
    reversing.look_again(till)
    pulling.run(till)
