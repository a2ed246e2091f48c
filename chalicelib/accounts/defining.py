"""Making, changing and deleting roles. Permissions are data; the built-in roles keep their names."""

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import assigning, permissions, roles, trail
from chalicelib.accounts.models import ROLE, AuditLine, Role
from chalicelib.accounts.problems import BuiltIn, RoleExists, RoleInUse
from chalicelib.accounts.schemas import NewRole, RoleChange
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Conflict, Invalid, NotFound
from chalicelib.core.shared import next_number
from chalicelib.web.caller import Caller


def create(form: NewRole, caller: Caller) -> Role:
    """Make a role.

    Raises:
        RoleExists: the name is taken, whatever its case.
        Invalid: a permission that there is not.
        Forbidden: a permission that the caller has not.
    """
    _check(form.permissions, (), caller)
    number = len(permissions.BUILT_IN) + next_number("role")
    role = Role(id=number, name=form.name, permissions=sorted(form.permissions))
    details = {"name": form.name, "permissions": " ".join(role.permissions)}
    line = trail.line(caller.user_id, caller.at, "role.created", _name(role), **details)

    def fill(writing: TransactWrite) -> None:
        _take_name(writing, role, form.name, caller)
        trail.write(writing, line)
        writing.save(role, condition=Role.name.does_not_exist())

    _refuse_built_in_name(form.name)
    try:
        transact(fill)
    except ConditionFailed:
        # An earlier try whose answer was lost may have written it: then the guard is ours.
        _refuse_taken(role, form.name)
    return role


def change(number: int, form: RoleChange, caller: Caller) -> Role:
    """Give a role another name or other permissions; an echo of what is there changes nothing.

    Raises:
        NotFound: there is no such role.
        BuiltIn: another name for a built-in role, or other permissions for Admin.
        RoleExists, Invalid, Forbidden: as for `create`; a permission that is taken away counts too.
        Conflict: somebody changed it at the same moment.
    """
    role = find(number)
    name = form.name or role.name
    wanted = sorted(role.permissions if form.permissions is None else set(form.permissions))
    changed = wanted != sorted(role.permissions)
    if name == role.name and not changed:
        return role
    _refuse_for_built_in(role, name, changed=changed)
    _check(wanted, role.permissions, caller)
    line = _line(role, name, wanted, caller)
    actions: list[Action] = [Role.name.set(name), Role.permissions.set(wanted)]
    as_read = (Role.name == role.name) & (Role.permissions == list(role.permissions))
    old = role.name

    def fill(writing: TransactWrite) -> None:
        if name.casefold() != old.casefold():
            guards.release(writing, Guard(_guard(old), owner=_name(role)))
            _take_name(writing, role, name, caller)
        trail.write(writing, line)
        writing.update(Role(ROLE, number), actions=actions, condition=as_read)

    try:
        transact(fill)
    except ConditionFailed:
        _refuse_taken(role, name)
        now = find(number)
        if now.name != name or sorted(now.permissions) != wanted:
            raise Conflict from None
    roles.forget_cached()
    return find(number)


def remove(number: int, caller: Caller) -> None:
    """Delete a role that nobody has.

    Raises:
        NotFound: there is no such role.
        BuiltIn: it is built in.
        Forbidden: it grants what the caller has not.
        RoleInUse: somebody has it, perhaps since this very moment.
    """
    role = find(number)
    if permissions.is_built_in(number):
        raise BuiltIn
    assigning.refuse_beyond_own(caller, role.permissions)
    line = trail.line(caller.user_id, caller.at, "role.deleted", _name(role), name=role.name)
    # Whoever is given it at this moment counts `people` up, or finds the role gone.
    unused = Role.people.does_not_exist() | (Role.people == 0)

    def fill(writing: TransactWrite) -> None:
        guards.release(writing, Guard(_guard(role.name), owner=_name(role)))
        trail.write(writing, line)
        writing.delete(Role(ROLE, number), condition=(Role.name == role.name) & unused)

    try:
        transact(fill)
    except ConditionFailed:
        _explain_removal(number)
    roles.forget_cached()


def find(number: int) -> Role:
    """The role with this number, as of now.

    Raises:
        NotFound: there is none.
    """
    found = roles.with_numbers([number])
    if not found:
        raise NotFound("There is no such role; GET /roles lists them.")
    return found[0]


def _check(wanted: list[str], before: tuple[str, ...] | list[str], caller: Caller) -> None:
    if unknown := sorted({*wanted} - {*before} - {*permissions.KNOWN}):
        known = ", ".join(permissions.KNOWN)
        raise Invalid(fields={"permissions": f"There is no {', '.join(unknown)}; there are: {known}."})
    assigning.refuse_beyond_own(caller, {*wanted} ^ {*before})


def _refuse_for_built_in(role: Role, name: str, *, changed: bool) -> None:
    if permissions.is_built_in(int(role.id)):
        if name != role.name or (changed and role.id == permissions.ADMIN):
            raise BuiltIn
    elif name != role.name:
        _refuse_built_in_name(name)


def _refuse_built_in_name(name: str) -> None:
    if name.casefold() in {built_in.casefold() for built_in, _ in permissions.BUILT_IN.values()}:
        raise RoleExists(fields={"name": "Is taken; choose another."})


def _refuse_taken(role: Role, name: str) -> None:
    try:
        guard = Guard.get(_guard(name), consistent_read=True)
    except Guard.DoesNotExist:
        return
    if guard.owner != _name(role):
        raise RoleExists(fields={"name": "Is taken; choose another."})


def _explain_removal(number: int) -> None:
    try:
        role = find(number)
    except NotFound:
        return  # gone, by an earlier try whose answer was lost or by somebody else
    raise RoleInUse if role.people else Conflict


def _take_name(writing: TransactWrite, role: Role, name: str, caller: Caller) -> None:
    guards.take(writing, Guard(_guard(name), owner=_name(role)), caller.at)


def _line(role: Role, name: str, wanted: list[str], caller: Caller) -> AuditLine:
    details = {}
    if name != role.name:
        details["name"] = f"{role.name} to {name}"
    if wanted != sorted(role.permissions):
        details["permissions"] = f"{' '.join(sorted(role.permissions))} to {' '.join(wanted)}"
    return trail.line(caller.user_id, caller.at, "role.changed", _name(role), **details)


def _guard(name: str) -> str:
    return f"role#{name.casefold()}"


def _name(role: Role) -> str:
    return f"role#{role.id}"
