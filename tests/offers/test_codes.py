"""Making, listing and ending promo codes."""

import pytest

from chalicelib.offers import rules
from tests.offers.shop import listed, made, makes, seen


@pytest.fixture
def event(organizer):
    return organizer.event()


def test_an_organizer_makes_a_code_and_sees_what_is_used_and_left_of_it(organizer, event):
    form = {
        "amount_off": "500",
        "max_tickets": 100,
        "max_per_customer": 2,
        "ticket_types": ["regular"],
        "starts_at": "2026-11-25T08:00:00+03:00",
        "ends_at": "2026-12-01T08:00:00+03:00",
    }

    code = made(organizer, event, "jazz-20", **form)

    assert code == {
        "event_id": event["id"],
        "code": "JAZZ-20",
        "amount_off": 500,
        "percent_off": None,
        "currency": "KES",
        "max_tickets": 100,
        "max_per_customer": 2,
        "ticket_types": ["regular"],
        "starts_at": "2026-11-25 08:00:00+03:00",
        "ends_at": "2026-12-01 08:00:00+03:00",
        "created_at": "2026-11-24 12:00:00+03:00",
        "ended_at": None,
        "used": 0,
        "left": 100,
    }
    assert listed(organizer, event) == [code]


def test_what_is_empty_sets_no_limit(organizer, event):
    empty = dict.fromkeys(("amount_off", "max_tickets", "max_per_customer", "ticket_types", "ends_at"), "")

    code = made(organizer, event, percent_off=20, **empty)

    assert (code["percent_off"], code["left"], code["ticket_types"]) == (20, None, [])


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({}, {"code", "percent_off"}),
        ({"code": "a b", "amount_off": 1, "percent_off": 1}, {"code", "percent_off"}),
        ({"code": "ab", "amount_off": -5}, {"code", "amount_off"}),
        ({"code": "abc", "amount_off": 0}, {"amount_off"}),
        ({"code": "abc", "amount_off": 99.5}, {"amount_off"}),
        ({"code": "abc", "amount_off": "1e3"}, {"amount_off"}),
        ({"code": "abc", "amount_off": 10**40}, {"amount_off"}),
        ({"code": "abc", "amount_off": True}, {"amount_off"}),
        ({"code": "abc", "percent_off": 101}, {"percent_off"}),
        ({"code": "abc", "percent_off": 0}, {"percent_off"}),
        ({"code": "abc", "percent_off": 12.5}, {"percent_off"}),
        ({"code": 7, "percent_off": 5, "max_tickets": 0}, {"code", "max_tickets"}),
        ({"code": "abc", "percent_off": 5, "max_tickets": 10**30}, {"max_tickets"}),
        ({"code": "abc", "percent_off": 5, "max_per_customer": -1}, {"max_per_customer"}),
        ({"code": "abc", "percent_off": 5, "ticket_types": ["VIP"]}, {"ticket_types"}),
        ({"code": "abc", "percent_off": 5, "ends_at": "2026-11-24T08:59:00Z"}, {"ends_at"}),
        (
            {
                "code": "abc",
                "percent_off": 5,
                "starts_at": "2026-12-02T08:00:00Z",
                "ends_at": "2026-12-01T08:00:00Z",
            },
            {"ends_at"},
        ),
        ({"code": "abc", "percent_off": 5, "starts_at": "soon", "ends_at": 5}, {"starts_at", "ends_at"}),
    ],
)
def test_all_that_is_wrong_with_a_code_is_told_at_once(organizer, event, form, wrong):
    answer = organizer.asks("POST", f"/events/{event['id']}/promo-codes", form)

    assert (answer.status, answer.body["code"]) == (422, "validation_error")
    assert set(answer.body["fields"]) == wrong
    assert listed(organizer, event) == []


def test_a_code_is_made_once_whatever_its_case(organizer, event):
    made(organizer, event, "JAZZ-20")

    answer = makes(organizer, event, "jazz-20", percent_off=50)

    assert (answer.status, answer.body["code"]) == (409, "already_exists")
    assert set(answer.body["fields"]) == {"code"}
    assert listed(organizer, event)[0]["amount_off"] == 500


def test_an_event_has_so_many_codes_and_no_more(organizer, event):
    for number in range(rules.MOST_CODES):
        made(organizer, event, f"CODE-{number}")

    answer = makes(organizer, event, "one-more")

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert len(listed(organizer, event)) == rules.MOST_CODES


def test_a_code_is_ended_once_and_stays_in_the_list(organizer, event, clock):
    made(organizer, event, "JAZZ-20")
    path = f"/events/{event['id']}/promo-codes/jazz-20"

    first = organizer.asks("DELETE", path)
    clock.passes(minutes=5)
    again = organizer.asks("DELETE", path)

    assert (first.status, again.status) == (204, 204)
    assert listed(organizer, event)[0]["ended_at"] == "2026-11-24 12:00:00+03:00"
    assert makes(organizer, event, "JAZZ-20").body["code"] == "already_exists"


@pytest.mark.parametrize("code", ["NONE-SUCH", "a", "%C3%9F-20"])
def test_a_code_that_is_not_there_is_not_ended(organizer, event, code):
    answer = organizer.asks("DELETE", f"/events/{event['id']}/promo-codes/{code}")

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert listed(organizer, event) == []


def test_codes_are_their_organizers_business(organizer, buyer, town, event):
    made(organizer, event)
    path = f"/events/{event['id']}/promo-codes"

    for person in (buyer, town.organizer("njeri")):
        assert person.asks("GET", path).status == 403
        assert person.asks("POST", path, {"code": "MINE", "percent_off": 100}).status == 403
        assert person.asks("DELETE", f"{path}/JAZZ-20").status == 403
    assert seen(organizer, event) == (0, None)
