"""Warning whose account it is that its password or e-mail address was changed, which may not have been them.

The warning goes to the address that the account had before: whoever changed it cannot keep it from there.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from chalicelib.accounts.models import User
from chalicelib.core import outbox
from chalicelib.core.ids import new_id
from chalicelib.core.outbox import OutboxMessage

#: The kind of the outbox's row.
ACCOUNT_CHANGED: Final = "account_changed"
#: What may have changed: the row's `which`.
PASSWORD: Final = "password"  # noqa: S105 - a name
EMAIL: Final = "email"
BOTH: Final = "both"

#: The attributes by which one gets in.
LETS_IN: Final = frozenset({"password_hash", "email"})
_OF: Final = {
    frozenset({"password_hash"}): PASSWORD,
    frozenset({"email"}): EMAIL,
    LETS_IN: BOTH,
}


def of(user: User, changed: Collection[str], at: datetime) -> OutboxMessage | None:
    """The row to write with the change; None if nothing changes by which one gets in.

    Args:
        user: as they were before.
        changed: the attributes that change.
        at: when.
    """
    what = _OF.get(LETS_IN.intersection(changed))
    return _row(user, what, at) if what else None


def of_password(user: User, at: datetime) -> OutboxMessage:
    """The row to write with a new password."""
    return _row(user, PASSWORD, at)


def _row(user: User, what: str, at: datetime) -> OutboxMessage:
    message = outbox.new(ACCOUNT_CHANGED, user.id, at, about=new_id(at), which=what)
    message.address = user.email
    return message
