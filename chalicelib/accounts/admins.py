"""Who is Admin, in one item: the last one cannot leave it, whatever two of them do at the same moment."""

from typing import Final

from pynamodb.expressions.condition import size
from pynamodb.transactions import TransactWrite

from chalicelib.core.shared import Shared

_ITEM: Final = "admins"


def join(writing: TransactWrite, user_id: str) -> None:
    """Count somebody among the Admins, in the transaction that makes them one; may be repeated."""
    writing.update(Shared(_ITEM), actions=[Shared.members.add({user_id})])


def leave(writing: TransactWrite, user_id: str) -> None:
    """Count somebody out, in the transaction that takes the role away; it fails for the last one."""
    # Two Admins who demote each other write two different users: only this item makes them meet.
    writing.update(
        Shared(_ITEM),
        actions=[Shared.members.delete({user_id})],
        condition=Shared.members.contains(user_id) & (size(Shared.members) > 1),
    )


def all_admins() -> set[str]:
    """The ids of all Admins, as of now."""
    try:
        return set(Shared.get(_ITEM, consistent_read=True).members or ())
    except Shared.DoesNotExist:
        return set()
