"""Leaving: the account is made anonymous and every token ends; payments, ledger and tickets stay."""

from collections.abc import Callable
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import assigning, changing, people, signing_up, trail
from chalicelib.accounts.models import ENGLISH, User
from chalicelib.accounts.problems import RunsEvents
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Conflict, NotFound
from chalicelib.web.caller import Caller


def leave(user: User, caller: Caller, besides: Callable[[TransactWrite], None]) -> None:
    """Make a person anonymous, free their names, and end every token.

    Args:
        user: whom the caller may manage.
        caller: who does it.
        besides: adds to the transaction what else has to follow.

    Raises:
        RunsEvents: they organize events, past ones too.
        LastAdmin: nobody would be Admin any more.
        Conflict: somebody changed the person at the same moment.
    """
    if user.organizes:
        raise RunsEvents
    line = trail.line(caller.user_id, caller.at, "user.deleted", f"user#{user.id}")
    # An event that they are given at this very moment counts up `organizes`, or finds them gone.
    none = User.organizes.does_not_exist() | (User.organizes == 0)

    def fill(writing: TransactWrite) -> None:
        for key in signing_up.names_of(user.email, user.username).values():
            guards.release(writing, Guard(key, owner=user.id))
        assigning.write(writing, user.id, changing.roles_of(user), ())
        trail.write(writing, line)
        besides(writing)
        writing.update(user, actions=_forgotten(caller), condition=changing.as_read(user) & none)

    try:
        transact(fill)
    except ConditionFailed:
        _explain(user)


def _forgotten(caller: Caller) -> list[Any]:
    return [
        User.username.set("deleted"),
        User.email.set(""),
        User.phone_number.set(""),
        User.password_hash.remove(),
        User.role_ids.set([]),
        User.language.set(ENGLISH),
        User.token_version.add(1),
        User.kept_session.remove(),
        User.revoked.set({}),
        User.listing.remove(),
        User.verified_at.remove(),
        User.verified_by.remove(),
        User.deleted_at.set(caller.at),
    ]


def _explain(user: User) -> None:
    try:
        now = people.find(user.id)
    except NotFound:
        return  # gone, by an earlier try whose answer was lost or by somebody else
    if now.organizes:
        raise RunsEvents
    changing.refuse_last_admin(user.id, changing.roles_of(user), ())
    raise Conflict
