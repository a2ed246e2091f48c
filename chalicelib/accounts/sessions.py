"""Logging in and out."""

from datetime import datetime
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import guessing, passwords, tokens, turns
from chalicelib.accounts.models import User
from chalicelib.accounts.signing_up import email_key
from chalicelib.core.dynamo import Key, read_together, transact, update
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Unauthenticated
from chalicelib.web.caller import Identity

#: No user has this id.
_NOBODY: Final = "nobody"


def log_in(email: str, password: str, source_address: str, at: datetime) -> User:
    """The user with this e-mail address and password.

    Raises:
        Unauthenticated: the same for an unknown address and a wrong password, after the same work.
        TooOften: somebody has tried too often; the password was not looked at.
    """
    user_id, found = _owner(email, *guessing.others(email, source_address, at))
    trying = guessing.Try(user_id, email, source_address, at)
    found |= read_together([(User, user_id), trying.home])
    user: User | None = found.get((User, user_id))
    trying.begin(found)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        trying.fail(found)
        raise Unauthenticated("E-mail address or password is wrong; check both and try again.")
    trying.succeed(found)
    return user


def token_for(user: User, at: datetime) -> str:
    """A new token for the user."""
    return tokens.issue(user.id, int(user.token_version), at)


def log_out(identity: Identity, at: datetime, *, everywhere: bool) -> None:
    """End the caller's token, or every token of the user. May be repeated."""
    user = User.get(identity.user_id, consistent_read=True)
    if everywhere:
        _log_out_everywhere(user)
        return
    run_out = [session for session, ends_at in user.revoked.items() if ends_at < at.timestamp()]
    revoked: Any = User.revoked  # a path here, not a dictionary
    actions = [revoked[session].remove() for session in run_out]
    actions.append(revoked[identity.session_id].set(int(identity.session_ends_at.timestamp())))
    update(user, actions, User.id.exists())


def _log_out_everywhere(user: User) -> None:
    actions = [User.token_version.add(1), User.kept_session.remove()]

    def fill(writing: TransactWrite) -> None:
        writing.update(user, actions=actions, condition=User.id.exists())
        turns.end(writing, user.id)  # links for a new password end, too

    transact(fill)


def by_email(email: str) -> User | None:
    """The user with this e-mail address; for an unknown one the same two reads are made."""
    user_id, _ = _owner(email)
    return read_together([(User, user_id)]).get((User, user_id))


def _owner(email: str, *besides: Key) -> tuple[str, dict[Key, Any]]:
    """The id of the user with this e-mail address, and what was to be read with it."""
    key = (Guard, email_key(email))
    found = read_together([key, *besides])
    return found[key].owner if key in found else _NOBODY, found
