"""Looking people up for other rooms."""

from datetime import datetime

from chalicelib.accounts import roles
from chalicelib.accounts.models import User


def may(user_id: str, permission: str, at: datetime) -> bool:
    """Whether there is such a user, whose roles grant the permission."""
    try:
        user = User.get(user_id, consistent_read=True)
    except User.DoesNotExist:
        return False
    granted = roles.permissions_of(tuple(int(number) for number in user.role_ids), at)
    return not granted.isdisjoint({permission, "*"})
