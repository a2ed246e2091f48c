"""What organizers do to an event is found, or found no more, by the search."""

import pytest


@pytest.fixture
def found(town):
    def names(word):
        town.indexes()
        return [event["event_name"] for event in town.asks("GET", f"/search?q={word}").body]

    return names


def test_a_new_name_is_found_and_the_old_one_is_not(organizer, found):
    event = organizer.event(event_name="Rhumba Night")
    assert found("rhumba") == ["Rhumba Night"]

    organizer.asks("PATCH", f"/events/{event['id']}", {"event_name": "Benga Night"})

    assert (found("benga"), found("rhumba")) == (["Benga Night"], [])


def test_a_draft_is_found_once_it_is_published(organizer, found):
    event = organizer.event(event_name="Rhumba Night", status="draft")
    assert found("rhumba") == []

    organizer.asks("PATCH", f"/events/{event['id']}", {"status": "published"})

    assert found("rhumba") == ["Rhumba Night"]


@pytest.mark.parametrize(("method", "after"), [("DELETE", ""), ("POST", "/cancel")])
def test_a_deleted_or_cancelled_event_is_not_found(organizer, found, method, after):
    event = organizer.event(event_name="Rhumba Night")
    assert found("rhumba") == ["Rhumba Night"]

    assert organizer.asks(method, f"/events/{event['id']}{after}").status in (200, 204)

    assert found("rhumba") == []
