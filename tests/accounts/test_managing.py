"""People: seeing and changing accounts, one's own and others'."""

import pytest

from tests.actors import sign_up_form


def test_an_admin_lists_people_newest_first_by_signed_pages(town, clock):
    names = []
    for n in range(4):
        names.append(town.signs_up(f"person{n}").id)
        clock.passes(seconds=1)
    admin = town.admin()

    first = admin.asks("GET", "/users?limit=3")
    following = first.header("Link").partition("<")[2].partition(">")[0]
    second = admin.asks("GET", f"/users{following}")

    assert [person["id"] for person in first.body + second.body] == [admin.id, *reversed(names)]
    assert set(first.body[0]) == {
        "id",
        "username",
        "email",
        "phone_number",
        "language",
        "role_id",
        "role_ids",
        "verified",
    }
    assert second.header("Link") is None
    assert admin.asks("GET", "/users?cursor=forged").status == 422


def test_listing_people_reads_no_whole_table(town, monkeypatch):
    from chalicelib.accounts.models import User

    admin = town.admin()
    monkeypatch.setattr(User, "scan", None)

    assert admin.asks("GET", "/users").status == 200


def test_an_admin_makes_an_account_that_can_log_in(town):
    admin = town.admin()

    made = admin.asks("POST", "/users", sign_up_form("zuhura", role_ids=["2", 3]))

    assert made.status == 201
    assert (made.body["role_id"], made.body["role_ids"]) == (2, [2, 3])
    assert "token" not in made.body
    login = town.asks("POST", "/login", {"email": "zuhura@example.com", "password": "Tiketi@123"})
    assert login.body["role_id"] == 2


def test_an_account_without_a_named_role_is_a_users(town):
    made = town.admin().asks("POST", "/users", sign_up_form("zuhura", role_id=""))

    assert made.body["role_ids"] == [3]


def test_a_person_sees_themself_and_nobody_else(town, buyer):
    other = town.signs_up("zuhura")

    assert buyer.asks("GET", f"/users/{buyer.id}").body["email"] == "amina@example.com"
    assert buyer.asks("GET", f"/users/{other.id}").status == 404
    assert buyer.asks("PATCH", f"/users/{other.id}", {"username": "x"}).status == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_person_changes_their_profile(buyer, method):
    changed = buyer.asks(method, f"/users/{buyer.id}", {"phone_number": "0722000111"})

    assert changed.status == 200
    assert changed.body["phone_number"] == "254722000111"
    assert changed.body["username"] == "amina"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_the_echo_of_a_whole_person_changes_nothing(town, buyer, method):
    from chalicelib.accounts.models import User

    before = User.get(buyer.id).serialize()
    echo = buyer.asks("GET", f"/users/{buyer.id}").body | {
        "_password_hash": "",
        "confirmPassword": "",
        "unheard": "of",
    }

    assert buyer.asks(method, f"/users/{buyer.id}", echo).status == 200
    assert buyer.asks(method, f"/users/{buyer.id}", {"role_id": "", "username": None}).status == 200
    assert User.get(buyer.id).serialize() == before


def test_all_wrong_fields_are_named(buyer):
    form = {"username": "", "email": "nobody", "phone_number": "1", "password": "short", "role_ids": []}

    answer = buyer.asks("PATCH", f"/users/{buyer.id}", form)

    assert answer.status == 422
    assert set(answer.body["fields"]) == {"username", "email", "phone_number", "password", "role_ids"}


def test_a_new_address_and_name_free_the_old_ones(town, buyer):
    form = {"username": "Malkia", "email": "Malkia@example.com"}

    assert buyer.asks("PATCH", f"/users/{buyer.id}", form).body["email"] == "malkia@example.com"

    assert (
        town.asks("POST", "/login", {"email": "malkia@example.com", "password": "Tiketi@123"}).status == 200
    )
    assert town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).status == 401
    assert town.asks("POST", "/signup", sign_up_form("amina")).status == 201
    assert town.asks("POST", "/signup", sign_up_form("malkia")).status == 409


def test_the_case_of_a_name_can_be_changed(buyer):
    assert buyer.asks("PATCH", f"/users/{buyer.id}", {"username": "AMINA"}).body["username"] == "AMINA"


def test_what_is_taken_is_named_and_nothing_is_changed(town, buyer):
    town.signs_up("zuhura")
    form = {"username": "Zuhura", "email": "zuhura@example.com", "phone_number": "0722000111"}

    answer = buyer.asks("PATCH", f"/users/{buyer.id}", form)

    assert (answer.status, answer.body["code"]) == (409, "already_exists")
    assert set(answer.body["fields"]) == {"username", "email"}
    assert buyer.asks("GET", f"/users/{buyer.id}").body["phone_number"] == "254712345678"


@pytest.mark.parametrize("field", ["_password_hash", "password"])
def test_a_new_password_ends_every_token_but_the_one_that_set_it(town, buyer, field):
    form = {"email": "amina@example.com", "password": "Tiketi@123"}
    other = town.asks("POST", "/login", form).body["token"]

    assert buyer.asks("PATCH", f"/users/{buyer.id}", {field: "Another@123"}).status == 200

    assert buyer.asks("GET", "/tickets").status == 200
    assert town.asks("GET", "/tickets", headers={"Authorization": f"Bearer {other}"}).status == 401
    assert town.asks("POST", "/login", form).status == 401
    assert town.asks("POST", "/login", form | {"password": "Another@123"}).status == 200


def test_the_token_that_stayed_ends_with_the_next_change_and_with_logging_out_everywhere(town, buyer):
    def logs_in(password):
        answer = town.asks("POST", "/login", {"email": "amina@example.com", "password": password})
        return {"Authorization": f"Bearer {answer.body['token']}"}

    buyer.asks("PATCH", f"/users/{buyer.id}", {"password": "Another@123"})
    second = logs_in("Another@123")
    town.asks("PATCH", f"/users/{buyer.id}", {"password": "Athird@1234"}, second)

    assert buyer.asks("GET", "/tickets").status == 401
    assert town.asks("GET", "/tickets", headers=second).status == 200
    town.asks("DELETE", "/logout?all=true", headers=second)
    assert town.asks("GET", "/tickets", headers=second).status == 401


def test_a_password_that_an_admin_sets_ends_every_token(town, buyer):
    assert town.admin().asks("PATCH", f"/users/{buyer.id}", {"password": "Another@123"}).status == 200

    assert buyer.asks("GET", "/tickets").status == 401


def test_a_confirmation_must_match(buyer):
    form = {"password": "Another@123", "confirmPassword": "Another@124"}

    answer = buyer.asks("PATCH", f"/users/{buyer.id}", form)

    assert answer.body["fields"] == {"confirmPassword": "Must be the same as the password."}


def test_nobody_gives_themself_a_role(buyer):
    for form in ({"role_id": 1}, {"role_ids": [3, 2]}, {"role_id": 2, "username": "queen"}):
        assert buyer.asks("PATCH", f"/users/{buyer.id}", form).status == 403
    assert buyer.asks("GET", f"/users/{buyer.id}").body["username"] == "amina"


@pytest.mark.parametrize(
    ("form", "roles"),
    [
        ({"role_id": 2}, [2]),
        ({"role_id": "2", "role_ids": [3]}, [2]),  # the echo of what was there beside the change
        ({"role_ids": [2, 3], "role_id": 3}, [2, 3]),
        ({"role_ids": [2, 3]}, [2, 3]),
        ({"role_ids": [3, 2, 2]}, [3, 2]),
    ],
)
def test_an_admin_gives_roles_and_they_count_at_once(town, buyer, form, roles):
    answer = town.admin().asks("PATCH", f"/users/{buyer.id}", form)

    assert (answer.status, answer.body["role_ids"], answer.body["role_id"]) == (200, roles, roles[0])
    assert buyer.asks("POST", "/events", {}).status == 422


def test_a_role_that_there_is_not_cannot_be_given(town, buyer):
    answer = town.admin().asks("PATCH", f"/users/{buyer.id}", {"role_ids": [3, 77]})

    assert (answer.status, set(answer.body["fields"])) == (422, {"role_ids"})


def test_the_last_admin_can_neither_be_demoted_nor_leave(town):
    admin = town.admin()

    for method, form in (("PATCH", {"role_id": 3}), ("DELETE", None)):
        answer = admin.asks(method, f"/users/{admin.id}", form)
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert "last Admin" in answer.body["message"]

    other = town.signs_up("otieno")
    assert admin.asks("PATCH", f"/users/{other.id}", {"role_id": 1}).status == 200
    assert other.asks("PATCH", f"/users/{admin.id}", {"role_id": 3}).status == 200
    assert admin.asks("GET", "/users").status == 403
    assert other.asks("DELETE", f"/users/{other.id}").status == 409


def helper(town, admin, *permissions):
    """Somebody with a further role."""
    role = admin.asks("POST", "/roles", {"name": "Helper", "permissions": list(permissions)}).body
    person = town.signs_up("helper")
    assert admin.asks("PATCH", f"/users/{person.id}", {"role_ids": [role["id"], 3]}).status == 200
    return person


def test_who_may_give_roles_gives_no_more_than_they_have(town, buyer):
    admin = town.admin()
    person = helper(town, admin, "roles:assign", "users:write")

    for form in ({"role_id": 1}, {"role_ids": [3, 2]}):
        answer = person.asks("PATCH", f"/users/{buyer.id}", form)
        assert answer.status == 403, form
    assert person.asks("PATCH", f"/users/{person.id}", {"role_id": 1}).status == 403
    assert person.asks("POST", "/users", sign_up_form("x", role_id=1)).status == 403
    own = person.asks("GET", f"/users/{person.id}").body["role_id"]
    assert person.asks("PATCH", f"/users/{buyer.id}", {"role_ids": [3, own]}).status == 200


def test_who_may_change_people_cannot_take_over_somebody_who_may_do_more(town):
    admin = town.admin()
    person = helper(town, admin, "users:write")

    for method, form in (("PATCH", {"password": "Another@123"}), ("DELETE", None)):
        answer = person.asks(method, f"/users/{admin.id}", form)
        assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert admin.asks("GET", "/users").status == 200


def test_who_may_only_see_people_changes_nobody(town, buyer):
    person = helper(town, town.admin(), "users:read")

    assert person.asks("GET", f"/users/{buyer.id}").status == 200
    assert person.asks("PATCH", f"/users/{buyer.id}", {"username": "x"}).status == 403
    assert person.asks("DELETE", f"/users/{buyer.id}").status == 403
