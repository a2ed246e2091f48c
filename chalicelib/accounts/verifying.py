"""Verifying people: an Admin has seen who somebody is, so that money may be paid out to them."""

from typing import Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people, trail
from chalicelib.accounts.models import User
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.problems import Conflict
from chalicelib.web.caller import Caller

_THERE: Final[Condition] = User.id.exists() & User.deleted_at.does_not_exist()


def verify(user_id: str, caller: Caller) -> User:
    """Note that the caller has seen who this is. Who is verified stays so, by whom it was done first.

    Raises:
        NotFound: there is none.
        Conflict: somebody changed that at the same moment.
    """
    return _set(user_id, caller, is_verified=True)


def withdraw(user_id: str, caller: Caller) -> User:
    """Take it back: nothing more is paid out to them. Who is not verified stays so.

    Raises:
        NotFound: there is none.
        Conflict: somebody changed that at the same moment.
    """
    return _set(user_id, caller, is_verified=False)


def is_verified() -> Condition:
    """That a person is there, and verified, for the transaction that pays them out."""
    condition: Condition = _THERE & User.verified_at.exists()
    return condition


def _set(user_id: str, caller: Caller, *, is_verified: bool) -> User:
    user = people.find(user_id)
    if user.is_verified == is_verified:
        return user
    what = "user.verified" if is_verified else "user.unverified"
    line = trail.line(caller.user_id, caller.at, what, f"user#{user_id}")

    def fill(writing: TransactWrite) -> None:
        trail.write(writing, line)
        actions = _noted(caller) if is_verified else _forgotten()
        before = User.verified_at.does_not_exist() if is_verified else User.verified_at.exists()
        writing.update(User(user_id), actions=actions, condition=_THERE & before)

    try:
        transact(fill)
    except ConditionFailed:
        # They have left, or an earlier try had succeeded and its answer was lost, or somebody else did it.
        if people.find(user_id).is_verified != is_verified:
            raise Conflict from None
    return people.find(user_id)


def _noted(caller: Caller) -> list[Action]:
    return [User.verified_at.set(caller.at), User.verified_by.set(caller.user_id)]


def _forgotten() -> list[Action]:
    return [User.verified_at.remove(), User.verified_by.remove()]
