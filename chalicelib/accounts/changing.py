"""Changing an account: profile, password and roles, in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import (
    admins,
    assigning,
    managing,
    passwords,
    people,
    signing_up,
    trail,
    turns,
    warning,
)
from chalicelib.accounts.models import AuditLine, User
from chalicelib.accounts.permissions import ADMIN
from chalicelib.accounts.problems import LastAdmin
from chalicelib.accounts.schemas import UserChange
from chalicelib.core import counters, guards, limits, outbox
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Conflict
from chalicelib.web.caller import Caller


def change(user_id: str, form: UserChange, caller: Caller) -> User:
    """Change what the form names, roles and password among it; an echo of what is there changes nothing.

    A new password ends every token of the person but the one that set it. Of a new password or e-mail address
    the person is warned where they were reached before.

    Raises:
        NotFound, Forbidden, Invalid: as `managing.find_to_manage` and `assigning.check` do.
        AlreadyExists: the new user name or e-mail address is somebody else's.
        LastAdmin: nobody would be Admin any more.
        TooOften: the person has changed their password or names very often.
        Conflict: somebody changed the person, or deleted a role, at the same moment.
    """
    user = managing.find_to_manage(user_id, caller)
    before = roles_of(user)
    after = assigning.wanted(before, form.role_id, form.role_ids)
    assigning.check(caller, before, after)
    values = _changed(user, form)
    if caller.is_user(user.id) and (form.password or values.keys() & {"email", "username"}):
        counters.take(limits.ACCOUNT_CHANGES, user.id, caller.at)
    if after != before:
        values["role_ids"] = list(after)
    if form.password:
        values["password_hash"] = passwords.hash_of(form.password)
    if not values:
        return user
    _write(_Change(user, values, _kept(user, caller), _line(user, values, caller)), caller.at)
    return people.find(user_id)


def roles_of(user: User) -> tuple[int, ...]:
    """The numbers of a person's roles."""
    return tuple(int(number) for number in user.role_ids)


def new_password(password_hash: str, kept: str | None = None) -> list[Action]:
    """What a new password does to a user: all tokens end, but that of the session that is `kept`."""
    keep = User.kept_session.set(kept) if kept else User.kept_session.remove()
    return [User.password_hash.set(password_hash), User.token_version.add(1), keep]


def as_read(user: User) -> Any:
    """That nobody changed who the person is since it was read: guards and counts are moved from there."""
    there = User.deleted_at.does_not_exist() & (User.email == user.email)
    return there & (User.username == user.username) & (User.role_ids == list(user.role_ids))


def refuse_last_admin(user_id: str, before: Collection[int], after: Collection[int]) -> None:
    """Say so, if a transaction failed because the last Admin would have gone.

    Raises:
        LastAdmin: that was it.
    """
    if ADMIN in before and ADMIN not in after and not admins.all_admins() - {user_id}:
        raise LastAdmin


@dataclass(frozen=True)
class _Change:
    """New values of a user's attributes, the session that stays, and what the trail says of it."""

    user: User
    values: dict[str, Any]
    kept: str | None
    line: AuditLine | None

    def actions(self) -> list[Action]:
        plain = {name: value for name, value in self.values.items() if name != "password_hash"}
        actions: list[Action] = [getattr(User, name).set(value) for name, value in plain.items()]
        if "password_hash" in self.values:
            actions += new_password(self.values["password_hash"], self.kept)
        return actions

    def moved(self) -> dict[str, tuple[str, str]]:
        """The guards of e-mail address and user name that change: (old, new)."""
        old = signing_up.names_of(self.user.email, self.user.username)
        new = signing_up.names_of(
            self.values.get("email", self.user.email), self.values.get("username", self.user.username)
        )
        return {name: (old[name], new[name]) for name in new if new[name] != old[name]}


def _changed(user: User, form: UserChange) -> dict[str, Any]:
    asked = form.model_dump(include={"username", "email", "phone_number", "language"})
    return {name: value for name, value in asked.items() if value and value != getattr(user, name)}


def _kept(user: User, caller: Caller) -> str | None:
    return caller.identity.session_id if caller.identity and caller.is_user(user.id) else None


def _line(user: User, values: dict[str, Any], caller: Caller) -> AuditLine | None:
    if caller.is_user(user.id) and not values.keys() & {"role_ids", *warning.LETS_IN}:
        return None  # a person's own profile is their own affair, but for what may not have been them
    details = {"fields": " ".join("password" if name == "password_hash" else name for name in values)}
    if "role_ids" in values:
        details["roles"] = assigning.told(roles_of(user), values["role_ids"])
    return trail.line(caller.user_id, caller.at, "user.changed", f"user#{user.id}", **details)


def _write(change: _Change, at: datetime) -> None:
    user, before = change.user, roles_of(change.user)
    after = change.values.get("role_ids", before)
    told = warning.of(user, change.values, at)

    def fill(writing: TransactWrite) -> None:
        for old, new in change.moved().values():
            guards.release(writing, Guard(old, owner=user.id))
            guards.take(writing, Guard(new, owner=user.id), at)
        assigning.write(writing, user.id, before, after)
        trail.write(writing, change.line)
        writing.update(user, actions=change.actions(), condition=as_read(user))
        if told:
            outbox.add(writing, told)
        if "password_hash" in change.values:
            turns.end(writing, user.id)

    try:
        transact(fill)
    except ConditionFailed:
        _explain(change, before, after)
    if told:
        outbox.announce(told.id)


def _explain(change: _Change, before: Collection[int], after: Collection[int]) -> None:
    """Say why it failed; nothing, if all is as wanted: an earlier try had succeeded, its answer was lost."""
    signing_up.refuse_taken({name: new for name, (_, new) in change.moved().items()}, change.user.id)
    now = people.find(change.user.id)
    if any(getattr(now, name) != value for name, value in change.values.items()):
        refuse_last_admin(change.user.id, before, after)
        raise Conflict
