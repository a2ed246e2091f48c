"""Answers that are for their caller only, cookies from elsewhere, and all wrong parts of a query at once."""

import pytest

from tests.actors import event_form, sign_up_form

ELSEWHERE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize("path", ["/payments", "/tickets", "/search?q=x", "/roles"])
def test_an_answer_to_an_authenticated_caller_is_private(town, buyer, path):
    answer = buyer.asks("GET", path)

    assert answer.header("Cache-Control") == "private, no-store"
    assert {"Authorization", "Cookie"} <= set(answer.header("Vary").split(", "))
    refused = [
        buyer.asks("GET", "/nothing-of-this-name"),
        buyer.asks("TRACE", "/payments"),
        buyer.asks("GET", "/users"),
        town.asks("GET", "/payments"),
        town.asks("GET", "/events/nobody"),
        town.asks("GET", "/events?limit=0"),
    ]
    assert [answer.status for answer in refused] == [404, 405, 403, 401, 404, 422]
    assert {answer.header("Cache-Control") for answer in refused} == {"no-store"}


def test_an_answer_with_a_token_is_private(town):
    town.signs_up("amina")
    form = {"email": "amina@example.com", "password": "Tiketi@123"}

    assert town.asks("POST", "/login", form).header("Cache-Control") == "private, no-store"
    assert town.asks("GET", "/categories").header("Cache-Control") is None


@pytest.mark.parametrize("path", ["/logout", "/logout?all=true"])
def test_a_cookie_from_elsewhere_ends_no_session(town, buyer, path):
    cookie = {"Cookie": f"tiketi_session={buyer.token}"}

    answer = town.asks("DELETE", path, headers=cookie | ELSEWHERE)

    assert answer.status == 200
    assert answer.header("Set-Cookie") is None  # nor does the browser forget it
    assert buyer.asks("GET", "/tickets").status == 200


def test_a_cookie_from_a_listed_front_end_ends_its_session(town, buyer):
    cookie = {"Cookie": f"tiketi_session={buyer.token}", "Origin": "http://localhost:3000"}

    assert town.asks("DELETE", "/logout", headers=cookie).status == 200
    assert buyer.asks("GET", "/tickets").status == 401


def test_all_that_is_wrong_with_a_query_is_told_at_once(town):
    answer = town.asks("GET", "/search?min_price=a&from=c&limit=0")

    assert answer.status == 422
    assert answer.body["fields"].keys() == {"min_price", "from", "limit"}


def test_half_a_character_is_no_text(town, organizer):
    form = sign_up_form("amina") | {"email": "\ud800@example.com"}

    for answer in (
        town.asks("POST", "/signup", form),
        organizer.asks("POST", "/events", {"user_id": "\ud800"}),
    ):
        assert (answer.status, answer.body["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("sent", "field"), [({"available_tickets": ""}, "available_tickets"), ({"tags": "x" * 41}, "tags")]
)
def test_a_fault_is_told_by_the_name_that_was_sent(organizer, sent, field):
    answer = organizer.asks("POST", "/events", event_form(**sent))

    assert (answer.status, list(answer.body["fields"])) == (422, [field])
