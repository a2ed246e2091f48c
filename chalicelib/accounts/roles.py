"""Roles and permissions. The three built-in roles are there from the start; further ones are data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from chalicelib.accounts.models import ROLE, Role
from chalicelib.accounts.permissions import BUILT_IN

#: How long a container may go on with what a role granted when it last looked.
CACHE_SECONDS: Final = 30

_cache: dict[int, tuple[datetime, frozenset[str]]] = {}


def put_built_in() -> None:
    """Write the built-in roles that are not there yet."""
    present = {role.id for role in all_roles()}
    for number, (name, permissions) in BUILT_IN.items():
        if number not in present:
            Role(id=number, name=name, permissions=list(permissions)).save()


def all_roles() -> list[Role]:
    """Every role, by number."""
    return list(Role.query(ROLE, consistent_read=True))


def with_numbers(numbers: Iterable[int]) -> list[Role]:
    """The roles with these numbers, as of now; those that are gone are left out."""
    keys = [(ROLE, number) for number in numbers]
    return list(Role.batch_get(keys, consistent_read=True)) if keys else []


def permissions_of(role_ids: tuple[int, ...], at: datetime) -> frozenset[str]:
    """What these roles grant together; a role that is gone grants nothing."""
    stale = [number for number in role_ids if not _is_fresh(number, at)]
    if stale:
        found = {role.id: role for role in Role.batch_get([(ROLE, number) for number in stale])}
        for number in stale:
            granted = frozenset(found[number].permissions) if number in found else frozenset()
            _cache[number] = (at, granted)
    return frozenset().union(*(_cache[number][1] for number in role_ids))


def forget_cached() -> None:
    """Look roles up afresh: one was changed. Other containers do so within `CACHE_SECONDS`."""
    _cache.clear()


def _is_fresh(number: int, at: datetime) -> bool:
    return number in _cache and abs((at - _cache[number][0]).total_seconds()) < CACHE_SECONDS
