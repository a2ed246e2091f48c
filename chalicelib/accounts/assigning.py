"""Giving and taking roles: who may, and what a transaction that does it must write besides the user."""

from collections.abc import Collection, Iterable, Sequence

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import admins, roles
from chalicelib.accounts.models import ROLE, Role
from chalicelib.accounts.permissions import ADMIN, is_built_in
from chalicelib.core.problems import Forbidden, Invalid
from chalicelib.web.caller import Caller


def wanted(before: Sequence[int], role_id: int | None, role_ids: Sequence[int] | None) -> tuple[int, ...]:
    """The roles that a form asks for; one that echoes what is there asks for nothing.

    `role_ids` is all of them. `role_id` is the first: alone, it takes the place of the first one there is.
    Where both differ from what is there, `role_id` is moved to the front.
    """
    asked = tuple(before) if role_ids is None else tuple(dict.fromkeys(role_ids))
    if role_id is None or role_id == (before[0] if before else None):
        return asked
    rest = asked[1:] if asked == tuple(before) else asked
    return (role_id, *(number for number in rest if number != role_id))


def told(before: Sequence[int], after: Sequence[int]) -> str:
    """A change of roles for the audit trail: `3 to 1 3`."""
    return f"{' '.join(map(str, before))} to {' '.join(map(str, after))}"


def check(caller: Caller, before: Collection[int], after: Collection[int]) -> None:
    """See that the caller may make this change; no change needs no permission.

    Raises:
        Forbidden: without `roles:assign`, or a role grants what the caller may not do.
        Invalid: there is no such role.
    """
    if tuple(before) == tuple(after):
        return
    if not caller.may("roles:assign"):
        raise Forbidden("Only an Admin gives roles; leave them as they are.")
    found = {int(role.id): role for role in roles.with_numbers({*before} ^ {*after})}
    if missing := sorted({*after} - {*before} - {*found}):
        words = f"There is no role {', '.join(map(str, missing))}; GET /roles lists them."
        raise Invalid(fields={"role_ids": words})
    refuse_beyond_own(caller, {permission for role in found.values() for permission in role.permissions})


def refuse_beyond_own(caller: Caller, permissions: Iterable[str]) -> None:
    """Nobody gives, takes or manages what they may not do themselves: else `roles:assign` would be all.

    Raises:
        Forbidden: naming the permissions.
    """
    if beyond := sorted(permission for permission in permissions if not caller.may(permission)):
        raise Forbidden(f"Your account may not do this without having itself: {', '.join(beyond)}.")


def write(writing: TransactWrite, user_id: str, before: Collection[int], after: Collection[int]) -> None:
    """Add to a transaction what a change of roles means beyond the user: who is Admin, who has a role.

    The transaction fails if the last Admin would go, or if a role has been deleted at the same moment.
    """
    for number in {*before} ^ {*after}:
        given = number in after
        if number == ADMIN:
            (admins.join if given else admins.leave)(writing, user_id)
        elif not is_built_in(number):  # those are never deleted; counting them would make a hot item
            writing.update(
                Role(ROLE, number),
                actions=[Role.people.add(1 if given else -1)],
                condition=Role.name.exists(),
            )
