"""Forgotten passwords: one link, once, within the hour."""

from urllib.parse import urlsplit

import pytest

from chalicelib.accounts import resetting

LOG_IN = {"email": "amina@example.com", "password": "Tiketi@123"}
NEW = {"_password_hash": "Another@123", "confirmPassword": "Another@123"}


@pytest.fixture
def link(buyer, clock):
    return urlsplit(resetting.new_link(buyer.id, clock())).path


def rows():
    from chalicelib.core.outbox import OutboxMessage

    return list(OutboxMessage.scan(OutboxMessage.kind == resetting.PASSWORD_RESET))


def test_asking_leaves_a_row_for_the_sender_that_holds_no_secret(town, buyer, clock):
    answer = town.asks("POST", "/password-resets", {"email": " Amina@example.com"})

    assert answer.status == 202
    (row,) = rows()
    assert (row.kind, row.user_id) == ("password_reset", buyer.id)
    known = {
        "id",
        "kind",
        "which",
        "channel",
        "user_id",
        "created_at",
        "state",
        "tries",
        "announced",
        "due",
        "due_at",
        "lapses_at",
    }
    assert set(row.to_simple_dict()) == known


def test_an_unknown_address_gets_the_same_answer_after_the_same_work(town, buyer, monkeypatch):
    import botocore.client

    calls = []
    call = botocore.client.BaseClient._make_api_call

    def counted(client, operation, arguments):
        items = len(arguments.get("TransactItems", ()))
        calls.append((operation, items))
        return call(client, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counted)

    def asks(email):
        calls.clear()
        answer = town.asks("POST", "/password-resets", {"email": email})
        return answer.status, answer.body["message"], tuple(calls)

    asks("first@example.com")  # the address of the queue is looked up once
    assert asks("nobody@example.com") == asks("amina@example.com")
    assert calls
    assert len(rows()) == 1


def test_an_address_is_not_written_to_again_within_a_minute_whosever_it_is(town, buyer):
    for _ in range(3):
        assert town.asks("POST", "/password-resets", {"email": "amina@example.com"}).status == 202
    buyer.asks("PATCH", f"/users/{buyer.id}", {"email": "elsewhere@example.com"})
    other = town.signs_up("baraka")
    assert other.asks("PATCH", f"/users/{other.id}", {"email": "amina@example.com"}).status == 200

    town.asks("POST", "/password-resets", {"email": "amina@example.com"})

    assert len(rows()) == 1


def test_a_link_that_counts_is_in_the_mailbox_however_often_strangers_ask(town, buyer, clock):
    """None ends another, so whoever was sent one within the hour can use it."""
    sent = []
    for _ in range(3 * 24):
        clock.passes(minutes=20)
        before = len(rows())
        assert town.asks("POST", "/password-resets", {"email": "amina@example.com"}).status == 202
        sent += [clock()] * (len(rows()) - before)
        assert (clock() - sent[-1]).total_seconds() < 3600 / 2

    assert len(sent) == 36  # every other time


def test_who_has_another_address_leaves_no_link_behind(town, buyer, link):
    """Others may read the mailbox of before."""
    assert buyer.asks("PATCH", f"/users/{buyer.id}", {"email": "amina@example.org"}).status == 200

    assert town.asks("PUT", link, NEW).status == 404


@pytest.mark.parametrize("ends", ["a link", "a password", "log-out everywhere"])
def test_what_ends_a_link_lets_the_next_be_sent(town, buyer, clock, ends):
    """Else a thief who asks for one and ends it keeps the owner out, half an hour each time."""
    ask = {"email": "amina@example.com"}
    assert town.asks("POST", "/password-resets", ask).status == 202
    if ends == "a link":
        path = urlsplit(resetting.new_link(buyer.id, clock())).path
        assert town.asks("PUT", path, NEW).status == 200
    elif ends == "a password":
        assert buyer.asks("PATCH", f"/users/{buyer.id}", {"password": "Third@12345"}).status == 200
    else:
        assert buyer.asks("DELETE", "/logout?all=true").status == 200
    clock.passes(minutes=1)

    assert town.asks("POST", "/password-resets", ask).status == 202

    assert len(rows()) == 2


def test_of_two_links_the_first_counts_too(town, buyer, link, clock):
    clock.passes(minutes=31)
    resetting.new_link(buyer.id, clock())

    assert town.asks("PUT", link, NEW).status == 200


def test_a_person_is_written_to_twice_an_hour_whatever_their_address_is(town, buyer, clock):
    addresses = [f"amina{number}@example.com" for number in range(7)]
    for address in addresses:
        clock.passes(minutes=2)
        assert buyer.asks("PATCH", f"/users/{buyer.id}", {"email": address}).status == 200
        assert town.asks("POST", "/password-resets", {"email": address}).status == 202
    assert len(rows()) == 1

    clock.passes(minutes=30)
    town.asks("POST", "/password-resets", {"email": addresses[-1]})

    assert len(rows()) == 2


def test_a_link_sets_the_password_and_ends_every_token(town, buyer, link):
    assert town.asks("PUT", link, NEW).status == 200

    assert buyer.asks("GET", "/tickets").status == 401
    assert town.asks("POST", "/login", LOG_IN).status == 401
    assert town.asks("POST", "/login", LOG_IN | {"password": "Another@123"}).status == 200


def test_a_link_counts_once(town, link):
    town.asks("PUT", link, NEW)

    again = town.asks("PUT", link, {"password": "Athird@1234"})

    assert (again.status, again.body["code"]) == (404, "not_found")
    assert town.asks("POST", "/login", LOG_IN | {"password": "Another@123"}).status == 200


def test_a_link_lapses(town, link, clock):
    clock.passes(seconds=3600)

    assert town.asks("PUT", link, NEW).status == 404
    assert town.asks("POST", "/login", LOG_IN).status == 200


def test_a_link_still_counts_just_before(town, link, clock):
    """The control of the test above."""
    clock.passes(seconds=3599)

    assert town.asks("PUT", link, NEW).status == 200


def test_a_link_ends_with_another_change_of_the_password(town, buyer, link):
    buyer.asks("PATCH", f"/users/{buyer.id}", {"password": "Athird@1234"})

    assert town.asks("PUT", link, NEW).status == 404


def test_of_two_who_use_one_link_at_once_one_is_told_it_ended(town, buyer, link, monkeypatch):
    from chalicelib.accounts import passwords

    hash_of = passwords.hash_of

    def another_is_faster(password):
        monkeypatch.setattr(passwords, "hash_of", hash_of)
        assert town.asks("PUT", link, {"password": "Faster@123"}).status == 200
        return hash_of(password)

    monkeypatch.setattr(passwords, "hash_of", another_is_faster)

    assert town.asks("PUT", link, NEW).status == 404
    assert town.asks("POST", "/login", LOG_IN | {"password": "Faster@123"}).status == 200


def test_a_weak_password_does_not_use_the_link_up(town, link):
    assert set(town.asks("PUT", link, {"password": "short"}).body["fields"]) == {"password"}

    assert town.asks("PUT", link, NEW).status == 200


def test_a_guessed_token_costs_no_hashing(town, monkeypatch):
    from chalicelib.accounts import passwords

    monkeypatch.setattr(passwords, "hash_of", None)

    assert town.asks("PUT", f"/password-resets/{'0' * 64}", NEW).status == 404


def test_only_a_hash_of_the_token_is_kept(link):
    from chalicelib.core.guards import Guard

    token = link.rpartition("/")[2]

    assert len(token) == 64
    assert not [guard for guard in Guard.scan() if token in str(guard.to_simple_dict())]


def test_who_has_left_gets_no_link(buyer, clock):
    buyer.asks("DELETE", f"/users/{buyer.id}")

    assert resetting.new_link(buyer.id, clock()) is None
