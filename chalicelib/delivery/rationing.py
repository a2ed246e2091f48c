"""How much one phone and one mailbox gets, and one person causes: what is above is not sent (decision 0087).

Anybody may name any phone: a buyer in their account, a seller at the gate; and make an account with any
address. What a message tells of has happened all the same, and what became of each can be seen.
"""

from datetime import datetime

from chalicelib.accounts.resetting import PASSWORD_RESET
from chalicelib.accounts.warning import ACCOUNT_CHANGED
from chalicelib.core import counters, limits
from chalicelib.core.limits import (
    ACCOUNT_LETTERS,
    LETTERS,
    RESET_LETTERS,
    TEXTS_OF_PERSON,
    TEXTS_TO_PHONE,
    Limit,
)
from chalicelib.core.outbox import SMS, OutboxMessage
from chalicelib.core.problems import TooOften
from chalicelib.delivery.letter import Letter


def may_send(message: OutboxMessage, letter: Letter, at: datetime) -> bool:
    """Count a message that is about to be sent for the first time, and say whether there is room for it.

    Raises:
        StillColliding: DynamoDB takes no more for a counter; the message has to wait.
    """
    if message.tries:
        return True  # it is counted, or a person has it sent again
    try:
        for limit, whom in _counted(message, letter):
            counters.take(limit, whom, at)
    except TooOften:
        return False
    return True


def _counted(message: OutboxMessage, letter: Letter) -> list[tuple[Limit, str]]:
    if message.channel == SMS:
        return [(TEXTS_OF_PERSON, message.user_id), (TEXTS_TO_PHONE, letter.phone)]
    if letter.is_of_money:
        return []
    mailbox, has_plus = limits.mailbox_of(letter.email), limits.has_plus(letter.email)
    if message.kind == PASSWORD_RESET:
        return [(RESET_LETTERS, mailbox)] if has_plus else []  # no stranger keeps the plain one's owner out
    if message.kind == ACCOUNT_CHANGED:
        # Not every domain knows a `+`: there a thief would use up what the owner is warned by, unseen.
        return [(ACCOUNT_LETTERS, f"+{mailbox}" if has_plus else mailbox)]
    return [(LETTERS, mailbox)]
