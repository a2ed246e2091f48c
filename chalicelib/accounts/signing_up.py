"""Signing up: one account for each e-mail address and user name."""

import unicodedata
from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import assigning, guessing, passwords, trail
from chalicelib.accounts.models import ENGLISH, User
from chalicelib.accounts.problems import AlreadyExists
from chalicelib.accounts.schemas import Account
from chalicelib.core import counters, guards, limits
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Conflict


def sign_up(
    form: Account,
    role_ids: tuple[int, ...],
    at: datetime,
    by: str | None = None,
    source_address: str | None = None,
) -> User:
    """Create an account.

    Args:
        form: who it is for.
        role_ids: the first one is what the front end goes by.
        at: when.
        by: the Admin who makes it for somebody else; goes into the audit trail.
        source_address: where its owner makes it, which the account then knows as a place of theirs.

    Raises:
        AlreadyExists: naming which of user name and e-mail address is taken.
        Conflict: a role was deleted at the same moment.
    """
    user = User(
        id=new_id(at),
        username=form.username,
        email=form.email,
        phone_number=form.phone_number,
        password_hash=passwords.hash_of(form.password),
        role_ids=list(role_ids),
        language=form.language or ENGLISH,
        created_at=at,
    )
    taken = names_of(user.email, user.username)
    roles = " ".join(map(str, role_ids))
    line = trail.line(by, at, "user.created", f"user#{user.id}", roles=roles) if by else None

    def fill(writing: TransactWrite) -> None:
        for key in taken.values():
            guards.take(writing, Guard(key, owner=user.id), at)
        writing.save(user, condition=User.id.does_not_exist())
        assigning.write(writing, user.id, (), role_ids)
        trail.write(writing, line)
        if source_address:
            writing.save(guessing.known_place(user.id, source_address, at))

    try:
        transact(fill)
    except ConditionFailed:
        # An earlier try whose answer was lost may have succeeded: then all of it is ours.
        if not refuse_taken(taken, user.id):
            raise Conflict from None
    return user


def sign_up_oneself(form: Account, role_ids: tuple[int, ...], at: datetime, source_address: str) -> User:
    """Create an account for whoever asks, from this address.

    Raises:
        TooOften: so many have signed up from there, or looked for who has an account.
        AlreadyExists, Conflict: as `sign_up`.
    """
    address = limits.address_of(source_address)
    counters.take(limits.SIGN_UPS, address, at)
    try:
        return sign_up(form, role_ids, at, source_address=source_address)
    except AlreadyExists:
        counters.add(limits.SIGN_UPS, address, at, limits.TAKEN_COUNTS - 1)
        raise


def names_of(email: str, username: str) -> dict[str, str]:
    """The guards that keep these unique, by field; names that look the same in other letters are one."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())
    return {"email": email_key(email), "username": f"username#{' '.join(plain.split())}"}


def email_key(email: str) -> str:
    """The guard that leads from an e-mail address to its user."""
    return f"email#{email}"


def refuse_taken(taken: dict[str, str], user_id: str) -> bool:
    """Whether all of these guards are the user's.

    Raises:
        AlreadyExists: naming those that are somebody else's.
    """
    found = read_together([(Guard, key) for key in taken.values()]) if taken else {}
    owners = {field: found[Guard, key].owner for field, key in taken.items() if (Guard, key) in found}
    if others := [field for field, owner in owners.items() if owner != user_id]:
        raise AlreadyExists(fields=dict.fromkeys(others, "Is taken; choose another."))
    return len(owners) == len(taken)
