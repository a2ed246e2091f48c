"""Two at the same moment, on ministack: what may happen once happens once. Each stands beside its control."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.accounts import admins, bootstrapping, changing, defining, people, roles, signing_up
from chalicelib.accounts.models import User
from chalicelib.accounts.schemas import NewRole, SignUp, UserChange
from chalicelib.catalog import categories, events
from chalicelib.catalog.schemas import NewEvent
from chalicelib.core.problems import Problem
from chalicelib.core.shared import Shared
from chalicelib.web.caller import Caller, Identity
from tests.actors import event_form, sign_up_form

pytestmark = pytest.mark.stack

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROUNDS = 6


@pytest.fixture(autouse=True)
def town(emulator, clock):
    roles.forget_cached()
    roles.put_built_in()


def person(name: str, role_id: int = 3) -> User:
    return signing_up.sign_up(SignUp.model_validate(sign_up_form(name)), (role_id,), AT)


def as_admin(user: User) -> Caller:
    return Caller(AT, identity=Identity(user.id, (1,), frozenset({"*"}), "session", AT))


def at_once(*doings: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment; returns the results, and the problems of those that were refused."""
    start = threading.Barrier(len(doings))

    def one(doing: Callable[[], object]) -> object:
        start.wait()
        try:
            return doing()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(doings)) as threads:
        return list(threads.map(one, doings))


def two_admins_demote_each_other(round_: int) -> list[str]:
    """Returns who is Admin afterwards, as the users themselves say."""
    pair = [person(f"admin{round_}{letter}") for letter in "ab"]
    for one in pair:
        bootstrapping.make_admin(one.id, AT)
    demoted = UserChange(role_ids=[3])
    one, other = pair
    at_once(
        lambda: changing.change(other.id, demoted, as_admin(one)),
        lambda: changing.change(one.id, demoted, as_admin(other)),
    )
    return [user.id for user in pair if 1 in people.find(user.id).role_ids]


def test_two_admins_who_demote_each_other_leave_one():
    for round_ in range(ROUNDS):
        left = two_admins_demote_each_other(round_)

        assert len(left) == 1
        assert admins.all_admins() == set(left)
        Shared("admins").delete()  # the next round has two of its own


def test_without_the_list_of_admins_both_go(monkeypatch):
    """The control: each writes the other's account, so nothing else makes them meet."""
    monkeypatch.setattr(admins, "leave", lambda writing, user_id: None)

    assert two_admins_demote_each_other(0) == []


def test_a_role_that_is_given_at_the_moment_it_is_deleted_is_one_or_the_other():
    admin, someone = as_admin(person("admin", 1)), person("amina")
    for round_ in range(ROUNDS):
        role = int(defining.create(NewRole(name=f"role{round_}"), admin).id)

        at_once(
            lambda role=role: defining.remove(role, admin),
            lambda role=role: changing.change(someone.id, UserChange(role_ids=[3, role]), admin),
        )

        has_it = role in people.find(someone.id).role_ids
        assert has_it == bool(roles.with_numbers([role]))
        changing.change(someone.id, UserChange(role_ids=[3]), admin)


def test_without_the_count_a_role_in_use_is_deleted(monkeypatch):
    """The control: the role goes, and somebody still has its number."""
    from chalicelib.accounts import assigning

    admin, someone = as_admin(person("admin", 1)), person("amina")
    role = int(defining.create(NewRole(name="role"), admin).id)
    monkeypatch.setattr(assigning, "write", lambda *given: None)
    changing.change(someone.id, UserChange(role_ids=[3, role]), admin)

    defining.remove(role, admin)

    assert role in people.find(someone.id).role_ids
    assert roles.with_numbers([role]) == []


def test_a_category_that_is_deleted_while_an_event_is_made_is_one_or_the_other():
    admin, organizer = as_admin(person("admin", 1)), person("otieno", 2)
    made_events = 0
    for round_ in range(ROUNDS):
        number = int(categories.create(f"category{round_}", AT).id)
        form = NewEvent.model_validate(event_form(category_id=number, user_id=organizer.id))

        _, made = at_once(
            lambda number=number: categories.remove(number, admin),
            lambda form=form: events.create(form, admin),
        )

        there = number in [category.id for category in categories.all_categories()]
        assert there == (not isinstance(made, Problem))
        made_events += there
    assert people.find(organizer.id).organizes in (made_events, None)


def test_without_the_count_a_category_in_use_is_deleted(monkeypatch):
    """The control: the category goes, and an event is still in it."""
    admin, organizer = as_admin(person("admin", 1)), person("otieno", 2)
    number = int(categories.create("category", AT).id)
    monkeypatch.setattr(categories, "takes_in", lambda writing, number: None)
    form = NewEvent.model_validate(event_form(category_id=number, user_id=organizer.id))

    made = events.create(form, admin)
    categories.remove(number, admin)

    assert made.event.category_id == number
    assert categories.all_categories() == []
