"""Everybody who may call a route, and what the authorization table says of each of them.

Where a request is refused its thing is as it was: the next caller asks for the same one, so that a refusal
which changes something shows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple, Protocol

from chalicelib.accounts import tokens
from chalicelib.accounts.models import User
from chalicelib.accounts.permissions import BUILT_IN, KNOWN
from chalicelib.core.settings import settings
from chalicelib.web.caller import SAFE_METHODS
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, SIGNED_IN_OR_LINK, Route
from chalicelib.web.ownership import ADMIN, ANYBODY, GATE, ORGANIZER, OWNER
from tests.actors import Answer, Person
from tests.personal import of_others
from tests.scenes import SCENES, Asked, Scene, World

Permissions = frozenset[str]


class Kind(NamedTuple):
    """What a caller is to the thing, and what their roles permit (None: they are nobody)."""

    relation: str | None
    permits: Callable[[Route], Permissions] | None


def _role(number: int) -> Callable[[Route], Permissions]:
    return lambda route: frozenset(BUILT_IN[number][1])


def _only_its_own(route: Route) -> Permissions:
    return frozenset({route.allow} & set(KNOWN))


def _all_but_its_own(route: Route) -> Permissions:
    # Where a log-in is enough, these two permit to see and to change other people's accounts.
    wanted = _only_its_own(route) or {"users:read", "users:write"}
    return frozenset(KNOWN) - wanted


#: Those whose log-in does not count come first: they have the Admin's, spoilt.
CALLERS: Final = {
    "nobody": Kind(None, None),
    "a log-in that has run out": Kind(None, None),
    "a log-in that was ended": Kind(None, None),
    "a garbled log-in": Kind(None, None),
    "a user": Kind(None, _role(3)),
    "another organizer": Kind(None, _role(2)),
    "whose role permits all but this": Kind(None, _all_but_its_own),
    "the event's organizer": Kind(ORGANIZER, _role(2)),
    "the owner": Kind(OWNER, _role(3)),
    "the gate": Kind(GATE, _role(3)),
    "whose role permits only this": Kind(None, _only_its_own),
    "an Admin": Kind(ADMIN, _role(1)),
}

#: Who has one of these, or owns the thing, is told addresses of others; who pays out has to reach people.
_TOLD_ADDRESSES: Final = {"*", "users:read", "users:write", "payouts:write"}
#: Who knows the password is who it says; and examples are nobody's.
_TELL_ADDRESSES: Final = ("/login", "/openapi.json")
#: Who orders more often than that within an hour is stopped.
_SCENES_OF_A_BUYER: Final = 20


class Asks(Protocol):
    """How a request gets to the application."""

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer: ...


@dataclass
class Stage:
    """The world and its callers, in whatever store; `asks` leads to the application that is asked."""

    world: World
    asks: Asks
    #: What each person has said of themself, by their id: an answer with nothing else in it tells no address.
    _said: dict[str, str] = field(default_factory=dict)
    _with_role: dict[Permissions, Person] = field(default_factory=dict)
    _scenes: int = 0
    _buyer: Person | None = None

    def __post_init__(self) -> None:
        for person in self.world.people.values():
            self._introduce(person)

    def answers(self, route: Route, scenes: Mapping[str, Scene] = SCENES) -> dict[str, int]:
        """What each caller is answered: 401, 403 or 404, and 200 for whatever else."""
        said: dict[str, int] = {}
        wanted: Asked | None = None
        for name in CALLERS:
            if wanted is None:
                wanted = self._next(scenes[f"{route.method} {route.path}"])
            said[name] = self._answer(name, route, wanted)
            if said[name] == 200 and route.method not in SAFE_METHODS:
                wanted = None  # it may be gone, or be another one now
        return said

    def _next(self, scene: Scene) -> Asked:
        if self._scenes % _SCENES_OF_A_BUYER == 0:
            self._buyer = self.world.town.signs_up(self.world.name())
            self._introduce(self._buyer)
        self._scenes += 1
        assert self._buyer is not None
        self.world.people["the owner"] = self._buyer
        return scene(self.world)

    def _answer(self, name: str, route: Route, wanted: Asked) -> int:
        kind = CALLERS[name]
        permits = kind.permits(route) if kind.permits else frozenset()
        person = self._person(name, permits) if kind.permits else None
        token = self._token(name, person)
        answer = self.asks(
            route.method, wanted.path, wanted.body, {"Authorization": f"Bearer {token}"} if token else None
        )
        known = self._hears(person.id if person else "", json.dumps(wanted.body))
        if name != "the owner" and not permits & _TOLD_ADDRESSES and route.path not in _TELL_ADDRESSES:
            assert of_others(answer.raw, known) == set(), "addresses of others"
        assert answer.status < 500, answer.raw
        return answer.status if answer.status in (401, 403, 404) else 200

    def _person(self, name: str, permits: Permissions) -> Person:
        if name in self.world.people:
            return self.world.people[name]
        if permits not in self._with_role:
            self._with_role[permits] = self._appointed(permits)
        return self._with_role[permits]

    def _appointed(self, permits: Permissions) -> Person:
        admin = self.world.admin
        form = {"name": self.world.name(), "permissions": sorted(permits)}
        role = admin.asks("POST", "/roles", form)
        assert role.status == 201, role.raw
        person = self.world.town.signs_up(self.world.name())
        given = admin.asks("PATCH", f"/users/{person.id}", {"role_ids": [role.body["id"]]})
        assert given.status == 200, given.raw
        self._introduce(person)
        return person

    def _introduce(self, person: Person) -> None:
        """Give somebody a phone of their own, and note that they know how they can be reached."""
        phone = f"2547000{len(self._said):05d}"
        User(person.id).update(actions=[User.phone_number.set(phone)])
        self._hears(person.id, json.dumps(person.asks("GET", f"/users/{person.id}").body))

    def _hears(self, person_id: str, text: str) -> str:
        self._said[person_id] = f"{self._said.get(person_id, '')} {text}"
        return self._said[person_id]

    def _token(self, name: str, person: Person | None) -> str:
        """A fresh one each time: logging out has ended the last."""
        if name == "nobody":
            return ""
        at = self.world.town.clock()
        whose = (person or self.world.admin).id
        version = int(User.get(whose, consistent_read=True).token_version)
        if name == "a log-in that has run out":
            at -= timedelta(seconds=settings().jwt_seconds + 1)
        if name == "a log-in that was ended":
            version -= 1
        token = tokens.issue(whose, version, at)
        if person:
            person.token = token
        return token[:-1] if name == "a garbled log-in" else token


def expected(route: Route, name: str) -> int:
    """What the table says of a caller: 200 stands for allowed."""
    kind = CALLERS[name]
    if route.allow == PUBLIC:
        return 200
    if kind.permits is None:
        return 401
    if route.allow not in (SIGNED_IN, SIGNED_IN_OR_LINK) and not {route.allow, "*"} & kind.permits(route):
        return 403
    if {ANYBODY, kind.relation} & route.whose.may:
        return 200
    return 403 if {ANYBODY, kind.relation} & route.whose.sees else 404
