"""`make admin`: roles and the first Admin."""

from datetime import UTC, datetime

import pytest

from chalicelib.accounts import admins, roles, sessions, trail
from chalicelib.accounts.models import Role, User
from devstack.deployment import Stopped, admin

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
FORM = {
    "email": "Wanjiru@example.com",
    "username": "wanjiru",
    "password": "A-long-passphrase-1",
    "phone_number": "0712345678",
}


def test_the_first_admin_can_log_in(aws):
    told = admin.make(FORM)

    user = sessions.log_in("wanjiru@example.com", FORM["password"], "", AT)
    assert list(user.role_ids) == [1]
    assert FORM["password"] not in told


def test_the_built_in_roles_are_made(aws):
    for role in roles.all_roles():
        role.delete()

    admin.make(FORM)

    assert [role.name for role in Role.query("role")] == ["Admin", "Organizer", "User"]


def test_the_first_admin_is_counted_and_in_the_trail(aws):
    admin.make(FORM)

    (made,) = list(User.scan())
    (line,) = trail.of_person(made.id)
    assert admins.all_admins() == {made.id}
    assert (line.by, line.what) == ("make admin", "user.created")


def test_an_admin_from_before_admins_were_counted_is_counted_now(town):
    person = town.signs_up("amina")
    User(person.id).update(actions=[User.role_ids.set([1])])

    assert "Admin already" in admin.make({"email": "amina@example.com"})
    assert admins.all_admins() == {person.id}


def test_the_first_admin_can_make_a_second_and_then_go(town):
    admin.make(FORM)
    log_in = {"email": FORM["email"], "password": FORM["password"]}
    headers = {"Authorization": f"Bearer {town.asks('POST', '/login', log_in).body['token']}"}
    (first,) = list(User.scan())
    other = town.signs_up("amina")

    assert town.asks("DELETE", f"/users/{first.id}", headers=headers).status == 409
    assert town.asks("PATCH", f"/users/{other.id}", {"role_id": 1}, headers).status == 200
    assert town.asks("DELETE", f"/users/{first.id}", headers=headers).status == 204


def test_again_changes_nothing(aws):
    admin.make(FORM)
    before = [user.serialize() for user in User.scan()]

    assert "Admin already" in admin.make({"email": "wanjiru@example.com"})
    assert [user.serialize() for user in User.scan()] == before


def test_somebody_with_an_account_becomes_admin_and_keeps_the_password(town):
    person = town.signs_up("amina")

    told = admin.make({"email": "amina@example.com"})

    assert "Admin now" in told
    assert list(User.get(person.id).role_ids) == [1, 3]
    assert person.asks("GET", "/roles").status == 200


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"email": ""}, "ADMIN_EMAIL is not set"),
        ({"email": "nobody"}, "look at: email"),
        ({"password": "short", "phone_number": "1"}, "look at: password, phone_number"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_admin(aws, wrong, named):
    with pytest.raises(Stopped, match=named) as stopped:
        admin.make(FORM | wrong)

    assert "passphrase" not in str(stopped.value)
    assert not list(User.scan())


def test_a_user_name_that_is_taken_is_said(town):
    town.signs_up("wanjiru")

    with pytest.raises(Stopped, match="username"):
        admin.make(FORM | {"email": "other@example.com"})
