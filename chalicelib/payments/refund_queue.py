"""The queue of refunds: what is to be sent to M-Pesa, what became of it, and what whole events owe."""

import json

from chalicelib.payments import event_refunds, reversal_results, reversing
from chalicelib.payments.till import Till


def work_off(body: str, till: Till) -> None:
    """Do what a message says.

    Raises:
        Exception: it could not be done now; the queue brings it again, and in the end to the dead letters.
    """
    message = json.loads(body)
    if "event_id" in message:
        event_refunds.go_on(message, till.now)
    elif "sending" in message:
        reversal_results.settle_message(message, till.now())
    else:
        reversing.send_queued(message, till)
