"""Logging in and out."""

from datetime import datetime
from typing import Any

from chalicelib.accounts import passwords, tokens
from chalicelib.accounts.models import User
from chalicelib.accounts.signing_up import email_key
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Unauthenticated
from chalicelib.web.caller import Identity


def log_in(email: str, password: str) -> User:
    """The user with this e-mail address and password.

    Raises:
        Unauthenticated: the same for an unknown address and a wrong password, after the same work.
    """
    user = _by_email(email)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise Unauthenticated("E-mail address or password is wrong; check both and try again.")
    return user


def token_for(user: User, at: datetime) -> str:
    """A new token for the user."""
    return tokens.issue(user.id, int(user.token_version), at)


def log_out(identity: Identity, at: datetime, *, everywhere: bool) -> None:
    """End the caller's token, or every token of the user. May be repeated."""
    user = User.get(identity.user_id, consistent_read=True)
    if everywhere:
        user.update(actions=[User.token_version.add(1)], condition=User.id.exists())
        return
    run_out = [session for session, ends_at in user.revoked.as_dict().items() if ends_at < at.timestamp()]
    revoked: Any = User.revoked  # a path here, not a dictionary
    actions = [revoked[session].remove() for session in run_out]
    actions.append(revoked[identity.session_id].set(int(identity.session_ends_at.timestamp())))
    user.update(actions=actions, condition=User.id.exists())


def _by_email(email: str) -> User | None:
    try:
        guard = Guard.get(email_key(email), consistent_read=True)
        return User.get(guard.owner, consistent_read=True)
    except (Guard.DoesNotExist, User.DoesNotExist):
        return None
