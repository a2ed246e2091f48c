"""The language that messages to a person are written in."""

import pytest

from chalicelib.accounts.models import User
from tests.actors import sign_up_form


def test_who_says_nothing_is_written_to_in_english(town, buyer):
    assert buyer.asks("GET", f"/users/{buyer.id}").body["language"] == "en"

    made = town.admin().asks("POST", "/users", sign_up_form("zuhura", language=None))

    assert (made.status, made.body["language"]) == (201, "en")


def test_a_language_may_be_chosen_with_the_account_by_the_person_or_an_admin(town):
    answer = town.asks("POST", "/signup", sign_up_form("amina", language="sw"))

    assert answer.status == 201
    assert set(answer.body) == {"id", "username", "email", "phone_number", "role_id", "token"}
    assert User.get(answer.body["id"]).language == "sw"
    login = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"})
    assert set(login.body) == set(answer.body)

    admin = town.admin()
    made = admin.asks("POST", "/users", sign_up_form("zuhura", language="sw"))
    listed = {person["username"]: person["language"] for person in admin.asks("GET", "/users").body}

    assert made.body["language"] == "sw"
    assert listed == {"amina": "sw", "zuhura": "sw", "wanjiru": "en"}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_it_can_be_changed_and_stays_where_it_is_not_named(buyer, method):
    path = f"/users/{buyer.id}"

    assert buyer.asks(method, path, {"language": "sw"}).body["language"] == "sw"
    for form in ({"username": "Malkia"}, {"language": ""}, {"language": None}):
        assert buyer.asks(method, path, form).body["language"] == "sw"
    assert buyer.asks("GET", path).body["language"] == "sw"


@pytest.mark.parametrize("language", ["fr", "SW", 1, ["en"]])
def test_any_other_is_refused_with_the_choices(town, buyer, language):
    for answer in (
        town.asks("POST", "/signup", sign_up_form("zuhura", language=language)),
        buyer.asks("PATCH", f"/users/{buyer.id}", {"language": language}),
    ):
        assert (answer.status, answer.body["code"]) == (422, "validation_error")
        assert answer.body["fields"] == {"language": "Must be 'en' or 'sw'."}


def test_an_account_made_before_there_was_a_choice_is_english(buyer):
    User(buyer.id).update(actions=[User.language.remove()])

    assert buyer.asks("GET", f"/users/{buyer.id}").body["language"] == "en"
