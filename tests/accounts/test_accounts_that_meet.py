"""Two who change one account or one role: what comes between another's look and its write undoes nothing.

One thing is done between the two, in one thread; `test_at_once.py` has real meetings.
"""

from urllib.parse import urlsplit

import pytest

from chalicelib.accounts import bootstrapping, changing, defining, leaving, people, resetting
from chalicelib.accounts.models import ROLE, Role
from chalicelib.catalog import events
from chalicelib.core.problems import Conflict
from tests.actors import event_form, sign_up_form


@pytest.fixture
def admin(town):
    return town.admin()


@pytest.fixture
def curator(admin):
    return admin.asks("POST", "/roles", {"name": "Curator", "permissions": ["events:write"]}).body["id"]


@pytest.fixture
def first(monkeypatch):
    """Have something done once before a room writes the transaction that it has made up its mind to."""

    def do(room, other):
        real, others = room.transact, [other]

        def after_another(fill):
            if others:
                assert others.pop()().status < 300
            real(fill)

        monkeypatch.setattr(room, "transact", after_another)

    return do


def roles_of(person):
    return list(people.find(person.id).role_ids)


def gives(admin, person, *role_ids):
    return admin.asks("PATCH", f"/users/{person.id}", {"role_ids": list(role_ids)})


def renames(person, **names):
    return person.asks("PATCH", f"/users/{person.id}", names)


def test_roles_that_are_given_meanwhile_are_not_taken_back(admin, buyer, curator, first):
    """Else the role would count somebody who does not have it, and never be deleted."""
    first(changing, lambda: gives(admin, buyer, 3, curator))

    assert gives(admin, buyer, 2).status == 409

    assert roles_of(buyer) == [3, curator]
    assert gives(admin, buyer, 3).status == 200
    assert admin.asks("DELETE", f"/roles/{curator}").status == 204


@pytest.mark.parametrize(
    ("name", "sooner", "later"),
    [("email", "sooner@example.com", "later@example.com"), ("username", "sooner", "later")],
)
def test_of_two_new_names_at_once_the_later_one_is_free_for_others(
    town, admin, buyer, first, name, sooner, later
):
    first(changing, lambda: admin.asks("PATCH", f"/users/{buyer.id}", {name: sooner}))

    assert renames(buyer, **{name: later}).status == 409

    assert getattr(people.find(buyer.id), name) == sooner
    assert town.asks("POST", "/signup", sign_up_form("baraka", **{name: later})).status == 201


def test_who_is_given_an_event_while_leaving_stays(admin, organizer, first):
    first(leaving, lambda: admin.asks("POST", "/events", event_form(user_id=organizer.id)))

    answer = organizer.asks("DELETE", f"/users/{organizer.id}")

    assert (answer.status, answer.body["code"]) == (409, "in_use")
    assert people.find(organizer.id).organizes == 1


def test_who_leaves_while_given_an_event_is_not_given_it(admin, organizer, first):
    first(events, lambda: organizer.asks("DELETE", f"/users/{organizer.id}"))

    answer = admin.asks("POST", "/events", event_form(user_id=organizer.id))

    assert (answer.status, set(answer.body["fields"])) == (422, {"user_id"})
    assert admin.asks("GET", "/events").body == []


def test_who_has_another_address_while_leaving_leaves_none_behind(town, admin, buyer, first):
    """A guard that nobody frees would keep the address, and keep it taken."""
    first(leaving, lambda: renames(buyer, email="amina@example.org"))

    assert admin.asks("DELETE", f"/users/{buyer.id}").status == 409

    assert people.find(buyer.id).email == "amina@example.org"
    assert admin.asks("DELETE", f"/users/{buyer.id}").status == 204
    assert town.asks("POST", "/signup", sign_up_form("amina", email="amina@example.org")).status == 201


def test_who_is_made_admin_keeps_the_roles_they_are_given_meanwhile(
    town, admin, buyer, curator, first, clock
):
    first(bootstrapping, lambda: gives(admin, buyer, 3, curator))

    with pytest.raises(Conflict):
        bootstrapping.make_admin(buyer.id, clock())

    assert roles_of(buyer) == [3, curator]
    assert bootstrapping.make_admin(buyer.id, clock())
    assert roles_of(buyer) == [1, 3, curator]


def test_a_link_for_a_password_ends_with_the_address_also_while_it_is_used(town, buyer, first, clock):
    """Who reads the mailbox of before must not get in by what lies in it."""
    link = urlsplit(resetting.new_link(buyer.id, clock())).path
    first(resetting, lambda: renames(buyer, email="amina@example.org"))

    assert town.asks("PUT", link, {"password": "Another@123"}).status == 404

    owner = {"email": "amina@example.org", "password": "Tiketi@123"}
    assert town.asks("POST", "/login", owner).status == 200


def test_a_role_that_is_deleted_while_it_is_given_is_not_given(admin, buyer, curator, first):
    first(changing, lambda: admin.asks("DELETE", f"/roles/{curator}"))

    assert gives(admin, buyer, 3, curator).status == 409

    assert roles_of(buyer) == [3]
    assert Role.count(ROLE, Role.id == curator) == 0


def test_a_role_that_is_given_while_it_is_deleted_stays(admin, buyer, curator, first):
    first(defining, lambda: gives(admin, buyer, 3, curator))

    answer = admin.asks("DELETE", f"/roles/{curator}")

    assert (answer.status, answer.body["code"]) == (409, "in_use")
    assert "Curator" in [role["name"] for role in admin.asks("GET", "/roles").body]


def test_what_a_role_permits_no_more_does_not_come_back_with_its_new_name(admin, curator, first):
    first(defining, lambda: admin.asks("PUT", f"/roles/{curator}", {"permissions": []}))

    assert admin.asks("PUT", f"/roles/{curator}", {"name": "Host"}).status == 409

    assert admin.asks("GET", "/roles").body[-1] == {"id": curator, "name": "Curator", "permissions": []}


@pytest.mark.parametrize(("method", "form"), [("PUT", {"name": "Later"}), ("DELETE", None)])
def test_a_role_that_has_another_name_meanwhile_leaves_no_name_behind(admin, curator, first, method, form):
    first(defining, lambda: admin.asks("PUT", f"/roles/{curator}", {"name": "Sooner"}))

    assert admin.asks(method, f"/roles/{curator}", form).status == 409

    assert admin.asks("GET", "/roles").body[-1]["name"] == "Sooner"
    assert admin.asks("DELETE", f"/roles/{curator}").status == 204
    for name in ("Curator", "Sooner", "Later"):
        assert admin.asks("POST", "/roles", {"name": name}).status == 201
