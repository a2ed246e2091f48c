"""Categories are an Admin's to write, with names that are taken once."""

import pytest

from tests.actors import event_form


@pytest.fixture
def admin(town):
    return town.admin()


def test_an_admin_makes_renames_and_deletes_a_category(town, admin):
    made = admin.asks("POST", "/categories", {"name": " Muziki ", "colour": "red"})
    renamed = admin.asks("PUT", "/categories/1", {"name": "Music"})

    assert (made.status, made.body) == (201, {"id": 1, "name": "Muziki"})
    assert renamed.body == {"id": 1, "name": "Music"}
    assert admin.asks("POST", "/categories", {"name": "muziki"}).status == 201
    assert admin.asks("DELETE", "/categories/1").status == 204
    assert town.asks("GET", "/categories").body == [{"id": 2, "name": "muziki"}]


def test_a_name_is_taken_once_whatever_its_case(admin):
    admin.asks("POST", "/categories", {"name": "Music"})
    admin.asks("POST", "/categories", {"name": "Theatre"})

    for method, path in (("POST", "/categories"), ("PUT", "/categories/2")):
        answer = admin.asks(method, path, {"name": "MUSIC"})
        assert (answer.status, answer.body["code"]) == (409, "already_exists")
    assert admin.asks("PUT", "/categories/1", {"name": "MUSIC"}).body["name"] == "MUSIC"


def test_the_echo_of_a_category_changes_nothing(admin):
    made = admin.asks("POST", "/categories", {"name": "Music"}).body

    assert admin.asks("PUT", "/categories/1", made).body == made


def test_a_category_that_an_event_is_in_is_not_deleted(town, organizer, admin):
    admin.asks("POST", "/categories", {"name": "Music"})
    organizer.event(category_id=1)

    answer = admin.asks("DELETE", "/categories/1")

    assert (answer.status, answer.body["code"]) == (409, "in_use")
    assert len(town.asks("GET", "/categories").body) == 1


@pytest.mark.parametrize("name", ["", "  ", None, 5, "x" * 65])
def test_a_category_has_a_name(admin, name):
    answer = admin.asks("POST", "/categories", {"name": name})

    assert (answer.status, set(answer.body["fields"])) == (422, {"name"})


def test_an_event_that_lost_its_category_in_the_making_is_told_so(organizer, admin, monkeypatch):
    from chalicelib.catalog import events

    admin.asks("POST", "/categories", {"name": "Music"})
    looked = events._category_exists

    def gone_after_the_look(number):
        there = looked(number)
        admin.asks("DELETE", f"/categories/{number}")
        return there

    monkeypatch.setattr(events, "_category_exists", gone_after_the_look)

    answer = organizer.asks("POST", "/events", event_form(category_id=1))

    assert (answer.status, set(answer.body["fields"])) == (422, {"category_id"})
    assert organizer.asks("GET", f"/events?user_id={organizer.id}").body == []


def test_the_search_follows_a_new_name_even_if_no_message_comes(town, organizer, admin, clock):
    admin.asks("POST", "/categories", {"name": "Muziki"})
    event = organizer.event(category_id=1)
    town.indexes()

    admin.asks("PUT", "/categories/1", {"name": "Taarab"})
    clock.passes(minutes=1)
    town.mends()
    town.indexes()

    assert [found["id"] for found in town.asks("GET", "/search?q=taarab").body] == [event["id"]]
    assert town.asks("GET", "/search?q=muziki").body == []
