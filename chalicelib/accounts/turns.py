"""Turns: how often a person is sent a link for a new password, so that strangers who ask fill no mailbox.

One that counts is always in the mailbox (decision 0086): a new password and log-out everywhere, which end all
links, end the turn too. Another e-mail address ends the links and not the turn, else one account could have
links sent to any number of strangers.
"""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.core.guards import Guard
from chalicelib.core.settings import settings


def turn(whose: str, at: datetime) -> Guard:
    """What stands in the way of another link for half as long as one counts."""
    return Guard(_key(whose), owner="", lapses_at=int(at.timestamp()) + settings().reset_seconds // 2)


def end(writing: TransactWrite, user_id: str) -> None:
    """Let the next link be sent at once, in a transaction that ends all others. Fails no transaction."""
    writing.delete(Guard(_key(user_id)))


def _key(whose: str) -> str:
    return f"reset-turn#{whose}"
