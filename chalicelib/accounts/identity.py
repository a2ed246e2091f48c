"""From a token to who is calling, at this moment: log-out and role changes count at once."""

from chalicelib.accounts import roles, tokens
from chalicelib.accounts.models import User
from chalicelib.web.caller import Caller, Credentials, Identity


def identify(given: Credentials, caller: Caller) -> Identity | None:
    """The identity behind a token, or None if it no longer counts. One round trip; roles may be 30 s old."""
    session = tokens.read(given.token, caller.at)
    if session is None:
        return None
    try:
        user = User.get(session.user_id, consistent_read=True)
    except User.DoesNotExist:
        return None
    if user.token_version != session.version and session.id != user.kept_session:
        return None
    if session.id in user.revoked or user.deleted_at is not None:
        return None
    role_ids = tuple(int(number) for number in user.role_ids)
    return Identity(
        user_id=user.id,
        role_ids=role_ids,
        permissions=roles.permissions_of(role_ids, caller.at),
        session_id=session.id,
        session_ends_at=session.ends_at,
    )
