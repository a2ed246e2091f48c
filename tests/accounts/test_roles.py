"""Further roles are data; the built-in ones stay what the front end needs."""

import pytest


@pytest.fixture
def admin(town):
    return town.admin()


def test_a_role_gets_a_number_after_the_built_in_ones(admin):
    made = admin.asks("POST", "/roles", {"name": "Curator", "permissions": ["events:write"], "id": 1})

    assert made.status == 201
    assert made.body == {"id": 4, "name": "Curator", "permissions": ["events:write"]}
    assert admin.asks("GET", "/roles").body[-1] == made.body


@pytest.mark.parametrize("name", ["admin", "USER", "Curator", "curator"])
def test_a_name_is_taken_once_whatever_its_case(admin, name):
    admin.asks("POST", "/roles", {"name": "Curator"})

    answer = admin.asks("POST", "/roles", {"name": name})

    assert (answer.status, answer.body["code"]) == (409, "already_exists")
    assert set(answer.body["fields"]) == {"name"}


@pytest.mark.parametrize("permission", ["*", "events:destroy", ""])
def test_only_known_permissions_can_be_granted_and_never_all(admin, permission):
    answer = admin.asks("POST", "/roles", {"name": "Curator", "permissions": [permission]})

    assert (answer.status, set(answer.body["fields"])) == (422, {"permissions"})
    assert "events:write" in answer.body["fields"]["permissions"]


def test_a_role_is_changed_and_that_counts(town, admin, buyer):
    role = admin.asks("POST", "/roles", {"name": "Curator", "permissions": ["events:write"]}).body
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_id": role["id"]})
    assert buyer.asks("POST", "/events", {}).status == 422

    changed = admin.asks("PUT", f"/roles/{role['id']}", {"name": "Host", "permissions": ["tickets:buy"]})

    assert changed.body == {"id": 4, "name": "Host", "permissions": ["tickets:buy"]}
    assert buyer.asks("POST", "/events", {}).status == 403
    assert admin.asks("POST", "/roles", {"name": "curator"}).status == 201


def test_the_echo_of_every_role_changes_nothing(admin):
    admin.asks("POST", "/roles", {"name": "Curator", "permissions": ["events:write"]})
    before = admin.asks("GET", "/roles").body

    for role in before:
        assert admin.asks("PUT", f"/roles/{role['id']}", role | {"unheard": "of"}).body == role
    assert admin.asks("GET", "/roles").body == before


@pytest.mark.parametrize(
    ("number", "form"),
    [(1, {"name": "admin"}), (3, {"name": "Guest"}), (1, {"permissions": ["events:write"]})],
)
def test_a_built_in_role_keeps_its_name_and_admin_all_permissions(admin, number, form):
    assert admin.asks("PUT", f"/roles/{number}", form).status == 409
    assert [role["name"] for role in admin.asks("GET", "/roles").body] == ["Admin", "Organizer", "User"]


def test_what_a_built_in_role_permits_is_data(admin):
    permissions = ["events:write", "tickets:buy"]

    assert admin.asks("PUT", "/roles/2", {"permissions": permissions}).body["permissions"] == permissions


def test_a_built_in_role_is_not_deleted(admin):
    for number in (1, 2, 3):
        assert admin.asks("DELETE", f"/roles/{number}").status == 409


def test_a_role_in_use_is_not_deleted_until_nobody_has_it(admin, buyer):
    role = admin.asks("POST", "/roles", {"name": "Curator"}).body
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_ids": [3, role["id"]]})

    refused = admin.asks("DELETE", f"/roles/{role['id']}")
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_ids": [3]})

    assert (refused.status, refused.body["code"]) == (409, "in_use")
    assert admin.asks("DELETE", f"/roles/{role['id']}").status == 204
    assert admin.asks("POST", "/roles", {"name": "Curator"}).body["id"] == 5  # numbers are never used again


def test_who_leaves_no_longer_has_a_role(admin, buyer):
    role = admin.asks("POST", "/roles", {"name": "Curator"}).body
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_ids": [role["id"]]})

    admin.asks("DELETE", f"/users/{buyer.id}")

    assert admin.asks("DELETE", f"/roles/{role['id']}").status == 204


def test_who_writes_roles_grants_no_more_than_they_have(town, admin, buyer):
    role = admin.asks("POST", "/roles", {"name": "Clerk", "permissions": ["roles:write"]}).body
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_ids": [3, role["id"]]})

    assert buyer.asks("POST", "/roles", {"name": "X", "permissions": ["users:write"]}).status == 403
    own = {"permissions": ["roles:write", "roles:assign"]}
    assert buyer.asks("PUT", f"/roles/{role['id']}", own).status == 403
    assert buyer.asks("PUT", "/roles/2", {"permissions": []}).status == 403  # nor takes away
    assert buyer.asks("POST", "/roles", {"name": "X", "permissions": ["tickets:buy"]}).status == 201
