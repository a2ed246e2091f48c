"""Whose account it is hears that its password or address was changed, where they were reached before."""

import pytest

from chalicelib.accounts import resetting, trail
from chalicelib.core import limits
from tests.delivery.post import rows

NEW_PASSWORD = {"password": "Another@123"}
NEW_ADDRESS = {"email": "thief@example.com"}


def told(town):
    """Whom something was told, and what."""
    while town.posts():
        pass
    return [(one.letter.email, " ".join(one.letter.text.split())) for one in town.post.taken]


def changes(person, form):
    answer = person.asks("PATCH", f"/users/{person.id}", form)
    assert answer.status == 200, answer.body


def test_a_new_password_is_told_of(town, buyer):
    changes(buyer, NEW_PASSWORD)

    [(to, text)] = told(town)
    assert to == "amina@example.com"
    assert "The password of your account was changed: Tuesday 24 November 2026, 12:00 EAT." in text
    assert "ask for a link for a new password now" in text


def test_a_new_address_is_told_of_where_the_account_was_reached_before(town, buyer):
    changes(buyer, NEW_ADDRESS)

    [(to, text)] = told(town)
    assert to == "amina@example.com"
    assert "write to us now, from this address" in text
    assert "thief" not in text


@pytest.mark.parametrize("order", [(NEW_PASSWORD, NEW_ADDRESS), (NEW_ADDRESS, NEW_PASSWORD)])
def test_whatever_a_thief_changes_first_the_address_of_before_is_told(town, buyer, order):
    """Both letters may be written after both changes."""
    for form in order:
        changes(buyer, form)

    assert "amina@example.com" in [to for to, _ in told(town)][order.index(NEW_ADDRESS)]


def test_both_at_once_are_one_letter(town, buyer):
    changes(buyer, NEW_PASSWORD | NEW_ADDRESS)

    [(to, text)] = told(town)
    assert to == "amina@example.com"
    assert "The password and the e-mail address of your account were changed" in text


def test_a_password_that_an_admin_or_a_link_sets_is_told_of_too(town, buyer):
    answer = town.admin().asks("PATCH", f"/users/{buyer.id}", NEW_PASSWORD)
    assert answer.status == 200
    path = resetting.new_link(buyer.id, town.clock()).partition("/password-resets")[2]
    assert town.asks("PUT", f"/password-resets{path}", {"password": "Third@12345"}).status == 200

    assert [to for to, _ in told(town)] == ["amina@example.com"] * 2


def test_nothing_else_and_no_echo_is_told_of(town, buyer):
    changes(buyer, {"username": "amina w", "phone_number": "0712999888", "email": "amina@example.com"})

    assert rows("account_changed") == []


def test_the_address_is_kept_until_it_is_told(town, buyer):
    changes(buyer, NEW_ADDRESS)
    assert [row.address for row in rows("account_changed")] == ["amina@example.com"]

    told(town)

    [row] = rows("account_changed")
    assert (row.state, row.address, row.to) == ("sent", None, "a•••••@example.com")


def test_one_that_is_not_told_any_more_keeps_no_address(town, buyer):
    changes(buyer, NEW_ADDRESS)
    assert buyer.asks("DELETE", f"/users/{buyer.id}").status == 204

    told(town)

    [row] = rows("account_changed")
    assert (row.state, row.address) == ("dropped", None)


def test_ones_own_password_and_address_are_in_the_trail_and_the_rest_of_the_profile_is_not(
    town, buyer, clock
):
    changes(buyer, {"phone_number": "0712999888"})
    changes(buyer, NEW_ADDRESS)
    clock.passes(seconds=1)
    path = resetting.new_link(buyer.id, town.clock()).partition("/password-resets")[2]
    assert town.asks("PUT", f"/password-resets{path}", {"password": "Third@12345"}).status == 200

    lines = [(line.by, line.what, line.details) for line in trail.of_person(buyer.id)]
    assert lines == [
        (buyer.id, "user.changed", {"fields": "email"}),
        (buyer.id, "user.changed", {"fields": "password", "how": "link"}),
    ]


def test_who_looks_for_who_has_an_account_by_changing_their_own_is_stopped(town, buyer):
    """A user name that is taken makes it fail each time, and the answer tells of the address too."""
    town.signs_up("zuhura")
    most = limits.ACCOUNT_CHANGES.most
    form = {"email": "whoever@example.com", "username": "zuhura"}

    answers = [buyer.asks("PATCH", f"/users/{buyer.id}", form) for _ in range(most + 1)]

    assert [answer.status for answer in answers] == [409] * most + [429]
    assert buyer.asks("PATCH", f"/users/{buyer.id}", {"phone_number": "0712999888"}).status == 200
