"""How many SMS one phone gets, and one person causes: what is above that is not sent (decision 0087).

Anybody may name any phone: a buyer in their account, a seller at the gate. The order stays as it is: its
tickets are in the account of whoever bought or sold them, and what became of each message can be seen there.
"""

from datetime import datetime

from chalicelib.core import counters
from chalicelib.core.limits import TEXTS_OF_PERSON, TEXTS_TO_PHONE
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.problems import TooOften


def may_send(message: OutboxMessage, phone: str, at: datetime) -> bool:
    """Count an SMS that is about to be sent for the first time, and say whether there is room for it.

    Raises:
        StillColliding: DynamoDB takes no more for a counter; the message has to wait.
    """
    if message.tries:
        return True  # it is counted, or a person has it sent again
    try:
        counters.take(TEXTS_OF_PERSON, message.user_id, at)
        counters.take(TEXTS_TO_PHONE, phone, at)
    except TooOften:
        return False
    return True
