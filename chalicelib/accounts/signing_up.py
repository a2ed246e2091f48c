"""Signing up: one account for each e-mail address and user name."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import passwords
from chalicelib.accounts.models import User
from chalicelib.accounts.schemas import SignUp
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Problem


class AlreadyExists(Problem):
    """Somebody has this user name or e-mail address."""

    code = "already_exists"
    message = "There is already an account with this; log in, or choose another."


def sign_up(form: SignUp, role_ids: tuple[int, ...], at: datetime) -> User:
    """Create an account.

    Raises:
        AlreadyExists: naming which of user name and e-mail address is taken.
    """
    user = User(
        id=new_id(at),
        username=form.username,
        email=form.email,
        phone_number=form.phone_number,
        password_hash=passwords.hash_of(form.password),
        role_ids=list(role_ids),
        created_at=at,
    )
    taken = {"email": email_key(form.email), "username": f"username#{form.username.casefold()}"}

    def fill(writing: TransactWrite) -> None:
        for key in taken.values():
            guards.take(writing, Guard(key, owner=user.id), at)
        writing.save(user, condition=User.id.does_not_exist())

    try:
        transact(fill)
    except ConditionFailed:
        _explain(taken, user.id)
    return user


def email_key(email: str) -> str:
    """The guard that leads from an e-mail address to its user."""
    return f"email#{email}"


def _explain(taken: dict[str, str], user_id: str) -> None:
    """Say what is taken; nothing, if all is ours: an earlier try had succeeded, and its answer was lost."""
    found = read_together([(Guard, key) for key in taken.values()])
    owners = {field: found[Guard, key].owner for field, key in taken.items() if (Guard, key) in found}
    if owners != dict.fromkeys(taken, user_id):
        raise AlreadyExists(
            fields={field: "Is taken; choose another." for field in owners if owners[field] != user_id}
        )
