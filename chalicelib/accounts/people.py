"""Looking people up, for this and other rooms, and keeping them while they run events."""

from collections.abc import Collection
from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import roles
from chalicelib.accounts.models import User
from chalicelib.core.dynamo import read_together
from chalicelib.core.phones import hidden
from chalicelib.core.problems import NotFound


def find(user_id: str) -> User:
    """The person with this id, as of now.

    Raises:
        NotFound: there is none, or they have left.
    """
    try:
        user = User.get(user_id, consistent_read=True)
    except User.DoesNotExist:
        user = None
    if user is None or user.deleted_at is not None:
        raise NotFound("There is no such person; check the address.")
    return user


def names(user_ids: Collection[str]) -> dict[str, str]:
    """What others call people, by their ids; one round trip, none for nobody. At most 100."""
    keys = [(User, user_id) for user_id in set(user_ids)]
    found = read_together(keys) if keys else {}
    return {user_id: hidden(user.username) for (_, user_id), user in found.items()}


def may(user_id: str, permission: str, at: datetime) -> bool:
    """Whether there is such a user, whose roles grant the permission."""
    try:
        granted = permissions_of(find(user_id), at)
    except NotFound:
        return False
    return not granted.isdisjoint({permission, "*"})


def permissions_of(user: User, at: datetime) -> frozenset[str]:
    """What a person may do, as their roles say; up to 30 s old."""
    return roles.permissions_of(tuple(int(number) for number in user.role_ids), at)


def takes_on_event(writing: TransactWrite, user_id: str) -> None:
    """Count an event to a person, in the transaction that makes them its organizer.

    The transaction fails if they have left at the same moment: who runs events cannot leave.
    """
    there = User.id.exists() & User.deleted_at.does_not_exist()
    writing.update(User(user_id), actions=[User.organizes.add(1)], condition=there)


def lays_down_event(writing: TransactWrite, user_id: str) -> None:
    """Count it out again, in the transaction that deletes the event or takes the organizer away."""
    writing.update(User(user_id), actions=[User.organizes.add(-1)], condition=User.id.exists())
