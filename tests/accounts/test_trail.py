"""What Admins do is written down, with what they do, and cannot be lost or doubled."""

import pytest

from chalicelib.accounts import trail
from chalicelib.core.dynamo import ConditionFailed
from tests.actors import sign_up_form


@pytest.fixture
def admin(town, clock):
    admin = town.admin()
    clock.passes(seconds=1)
    return admin


def told(month="2026-11"):
    return [(line.by, line.what, line.on) for line in trail.of_month(month)]


def test_what_is_done_to_accounts_roles_and_categories_is_told_in_order(town, admin, clock):
    before = len(told())
    person = ""

    def does(method, path, form=None):
        clock.passes(seconds=1)
        answer = admin.asks(method, path, form)
        assert answer.status < 300, answer.body
        return answer

    person = does("POST", "/users", sign_up_form("zuhura")).body["id"]
    does("POST", "/roles", {"name": "Curator"})
    does("PUT", "/roles/4", {"permissions": ["events:write"]})
    does("PATCH", f"/users/{person}", {"role_ids": [4]})
    does("PATCH", f"/users/{person}", {"password": "Another@123", "phone_number": "0722000111"})
    does("DELETE", f"/users/{person}")
    does("DELETE", "/roles/4")
    does("POST", "/categories", {"name": "Music"})
    does("PUT", "/categories/1", {"name": "Muziki"})
    does("DELETE", "/categories/1")

    assert told()[before:] == [
        (admin.id, "user.created", f"user#{person}"),
        (admin.id, "role.created", "role#4"),
        (admin.id, "role.changed", "role#4"),
        (admin.id, "user.changed", f"user#{person}"),
        (admin.id, "user.changed", f"user#{person}"),
        (admin.id, "user.deleted", f"user#{person}"),
        (admin.id, "role.deleted", "role#4"),
        (admin.id, "category.created", "category#1"),
        (admin.id, "category.changed", "category#1"),
        (admin.id, "category.deleted", "category#1"),
    ]


def test_what_changed_is_told_without_secrets(admin, buyer):
    form = {"password": "Another@123", "phone_number": "0722000111", "role_ids": [3, 2]}
    admin.asks("PATCH", f"/users/{buyer.id}", form)

    line = trail.of_month("2026-11")[-1]

    assert line.details == {"fields": "phone_number role_ids password", "roles": "3 to 3 2"}
    text = str(line.to_simple_dict())
    assert "Another" not in text
    assert "254722000111" not in text
    assert "$argon2" not in text


def test_what_failed_or_changed_nothing_leaves_no_line(admin):
    before = told()

    assert admin.asks("DELETE", f"/users/{admin.id}").status == 409
    assert admin.asks("POST", "/roles", {"name": "admin"}).status == 409
    echo = admin.asks("GET", f"/users/{admin.id}").body
    assert admin.asks("PUT", f"/users/{admin.id}", echo).status == 200

    assert told() == before


def test_a_persons_own_profile_is_their_own_affair(buyer):
    buyer.asks("PATCH", f"/users/{buyer.id}", {"username": "malkia"})

    assert told() == []


def test_a_person_is_found_as_who_did_and_to_whom_it_was_done(admin, buyer, capsys):
    admin.asks("PATCH", f"/users/{buyer.id}", {"role_id": 2})

    assert [line.what for line in trail.of_person(buyer.id)] == ["user.changed"]
    assert [line.by for line in trail.of_person(admin.id)] == ["make admin", admin.id]
    assert trail.main([buyer.id]) == 0
    printed = capsys.readouterr().out
    assert f"{admin.id} user.changed user#{buyer.id}" in printed
    assert "roles: 3 to 2" in printed


def test_a_thing_is_found_by_what_was_done_to_it(admin, organizer, capsys):
    event = organizer.event()
    admin.asks("PATCH", f"/events/{event['id']}", {"location": "KICC"})

    assert trail.main([f"event#{event['id']}"]) == 0
    assert f"{admin.id} event.changed event#{event['id']}  fields: location" in capsys.readouterr().out


def test_a_line_of_the_trail_is_never_written_over(admin, clock):
    (line,) = trail.of_month("2026-11")
    other = trail.line(admin.id, clock(), "nothing", "nobody")
    other.month, other.line = line.month, line.line

    with pytest.raises(ConditionFailed):
        trail.write_alone(other)

    assert told() == [(line.by, line.what, line.on)]


def test_a_month_in_which_nothing_happened_says_so(aws, capsys):
    assert trail.main(["2020-01"]) == 0
    assert capsys.readouterr().out == "Nothing.\n"
