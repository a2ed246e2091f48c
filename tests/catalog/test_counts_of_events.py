"""Who runs events cannot leave, and what events are in cannot be deleted: edits keep both counts right."""

import pytest

from chalicelib.accounts.models import User
from chalicelib.catalog import categories
from chalicelib.catalog.models import CATEGORY, Category


def runs(person):
    return int(User.get(person.id).organizes or 0)


def are_in(category):
    return int(Category.get(CATEGORY, category.id).events or 0)


@pytest.fixture
def njeri(town):
    return town.organizer("njeri")


def test_each_organizer_is_counted_from_appointment_to_dismissal(organizer, njeri):
    path = f"/events/{organizer.event()['id']}/staff/{njeri.id}"

    for _ in range(2):
        assert organizer.asks("PUT", path, {"role": "organizer"}).status == 200
    assert (runs(organizer), runs(njeri)) == (1, 1)
    refused = njeri.asks("DELETE", f"/users/{njeri.id}")
    assert (refused.status, refused.body["code"]) == (409, "in_use")

    assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
    assert (runs(organizer), runs(njeri)) == (1, 0)
    assert njeri.asks("DELETE", f"/users/{njeri.id}").status < 300


def test_the_count_follows_a_hand_over_and_a_deletion(organizer, njeri, town):
    event, admin = organizer.event(), town.admin()
    path = f"/events/{event['id']}"

    admin.asks("PATCH", path, {"user_id": njeri.id})
    assert (runs(organizer), runs(njeri)) == (1, 1)
    njeri.asks("DELETE", f"{path}/staff/{organizer.id}")
    assert (runs(organizer), runs(njeri)) == (0, 1)
    assert njeri.asks("DELETE", path).status == 204
    assert runs(njeri) == 0


def test_who_has_left_is_not_put_on_the_staff(organizer, njeri, buyer):
    event = organizer.event()
    for person in (njeri, buyer):
        assert person.asks("DELETE", f"/users/{person.id}").status < 300

    for person, role in ((njeri, "organizer"), (buyer, "gate")):
        answer = organizer.asks("PUT", f"/events/{event['id']}/staff/{person.id}", {"role": role})
        assert answer.status == 404


def test_who_leaves_at_that_moment_does_not_become_an_organizer(organizer, njeri, monkeypatch):
    from chalicelib.catalog import revising

    event, real = organizer.event(), revising._wrote

    def meanwhile(*given):
        monkeypatch.setattr(revising, "_wrote", real)
        assert njeri.asks("DELETE", f"/users/{njeri.id}").status < 300
        return real(*given)

    monkeypatch.setattr(revising, "_wrote", meanwhile)
    answer = organizer.asks("PUT", f"/events/{event['id']}/staff/{njeri.id}", {"role": "organizer"})

    assert answer.status == 404
    assert organizer.asks("GET", f"/events/{event['id']}").body["organizer_ids"] == [organizer.id]


def test_the_count_of_a_category_follows_edits_and_deletion(organizer, clock):
    music, dance = (categories.create(name, clock()) for name in ("Music", "Dance"))
    event = organizer.event(category_id=music.id)
    path = f"/events/{event['id']}"

    organizer.asks("PATCH", path, event)
    assert (are_in(music), are_in(dance)) == (1, 0)
    organizer.asks("PATCH", path, {"category_id": dance.id})
    assert (are_in(music), are_in(dance)) == (0, 1)
    organizer.asks("PATCH", path, {"category_id": ""})
    assert (are_in(music), are_in(dance)) == (0, 0)
    organizer.asks("PATCH", path, {"category_id": music.id})
    organizer.asks("DELETE", path)
    assert are_in(music) == 0
