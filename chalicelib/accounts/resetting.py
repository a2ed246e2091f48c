"""Forgotten passwords: a link by e-mail that counts once, and not for long.

Asking writes a row of the outbox, which holds nothing secret. The token is made when the e-mail is, and only
its hash is kept: who can read the tables cannot set a password.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import changing, guessing, passwords, people, sessions, trail, turns, warning
from chalicelib.accounts.models import User
from chalicelib.accounts.problems import LinkEnded
from chalicelib.core import counters, guards, limits, outbox
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.ids import new_id
from chalicelib.core.problems import NotFound
from chalicelib.core.settings import settings

#: The kind of the outbox's row; whoever writes the letter calls `new_link`.
PASSWORD_RESET: Final = "password_reset"  # noqa: S105 - a name
#: An address gets one e-mail in so many seconds, however often somebody asks.
_PAUSE_SECONDS: Final = 60


def ask(email: str, source_address: str, at: datetime) -> None:
    """Let a link be sent to this address, if it is somebody's. An unknown one costs the same work.

    Raises:
        TooOften: links to so many were asked for from `source_address`, whoever they are.
    """
    counters.take(limits.RESETS, limits.address_of(source_address), at)
    user = sessions.by_email(email)
    address = hash_of(email)
    now = int(at.timestamp())
    pause = Guard(f"reset-asked#{address}", owner="", lapses_at=now + _PAUSE_SECONDS)
    # One that counts is always in the mailbox: strangers who ask use up nothing (decision 0086).
    turn = turns.turn(user.id if user else address, at)
    message = outbox.new(PASSWORD_RESET, user.id if user else "nobody", at, about=new_id(at), which=address)

    def fill(writing: TransactWrite) -> None:
        guards.take(writing, pause, at)
        guards.take(writing, turn, at)
        if user:
            outbox.add(writing, message)
        else:  # something as large, which lapses
            writing.save(Guard(message.id, owner="nobody", lapses_at=pause.lapses_at))

    try:
        transact(fill)
    except ConditionFailed:
        return  # asked for lately; the answer must not tell
    outbox.announce(message.id)  # also where there is none: an unknown address costs the same work


def new_link(user_id: str, at: datetime) -> str | None:
    """The address to send to a person, with a new token in it that counts `RESET_SECONDS`.

    None if the person has left. It ends with the next change of the password or the address, or log-out
    everywhere: who flees from a mailbox that others read leaves no link behind in it.
    """
    try:
        user = people.find(user_id)
    except NotFound:
        return None
    token = secrets.token_hex(32)
    lapses_at = int(at.timestamp()) + settings().reset_seconds
    Guard(_key(token), owner=user.id, fingerprint=_fingerprint(user), lapses_at=lapses_at).save()
    return f"{settings().public_url}/password-resets/{token}"


def hash_of(text: str) -> str:
    """What is kept of an address or a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def use(token: str, password: str, source_address: str, at: datetime) -> None:
    """Set a new password; the link and every token of the person end, and the account knows the place.

    The person is told that it changed: links lie in mailboxes that others may read.

    Raises:
        LinkEnded: the token does not count.
    """
    guard, user = _read(token, at)
    password_hash = passwords.hash_of(password)  # after the look: a stranger must not keep us hashing
    # Of two who use one link at once the second finds another version.
    same = (User.token_version == user.token_version) & (User.email == user.email)
    unchanged = User.deleted_at.does_not_exist() & same
    told = warning.of_password(user, at)
    line = trail.line(user.id, at, "user.changed", f"user#{user.id}", fields="password", how="link")

    def fill(writing: TransactWrite) -> None:
        guards.release(writing, guard)
        writing.update(user, actions=changing.new_password(password_hash), condition=unchanged)
        outbox.add(writing, told)
        trail.write(writing, line)
        guessing.begin_anew(writing, user.id, source_address, at)
        turns.end(writing, user.id)

    try:
        transact(fill)
    except ConditionFailed:
        # It may be ours, of an earlier try whose answer was lost.
        if people.find(user.id).password_hash != password_hash:
            raise LinkEnded from None
    outbox.announce(told.id)


def _read(token: str, at: datetime) -> tuple[Guard, User]:
    try:
        guard = Guard.get(_key(token), consistent_read=True)
        user = people.find(guard.owner)
    except (Guard.DoesNotExist, NotFound):
        raise LinkEnded from None
    if not guard.holds(at) or guard.fingerprint != _fingerprint(user):
        raise LinkEnded
    return guard, user


def _fingerprint(user: User) -> str:
    """What a link is for: these tokens of the person, at this address."""
    return hash_of(f"{user.token_version}#{user.email}")


def _key(token: str) -> str:
    return f"reset#{hash_of(token)}"
