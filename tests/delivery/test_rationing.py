"""How much a phone or a mailbox gets, whoever names it (decision 0087)."""

import pytest

from chalicelib.core import limits
from chalicelib.core.dynamo import StillColliding
from chalicelib.core.outbox import SMS
from chalicelib.delivery import rationing
from chalicelib.delivery.outcomes import Refused
from tests.delivery.post import rows

STRANGER = "254733000111"


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    monkeypatch.setattr(rationing, "TEXTS_TO_PHONE", limits.TEXTS_TO_PHONE._replace(most=3))
    monkeypatch.setattr(rationing, "TEXTS_OF_PERSON", limits.TEXTS_OF_PERSON._replace(most=5))
    monkeypatch.setattr(rationing, "LETTERS", limits.LETTERS._replace(most=3))
    monkeypatch.setattr(rationing, "ACCOUNT_LETTERS", limits.ACCOUNT_LETTERS._replace(most=2))


@pytest.fixture
def event(organizer):
    return organizer.event(available_tickets=100)


@pytest.fixture(autouse=True)
def by_sms(town):
    town.post.sends_sms = True


def gives_away(town, organizer, event, n, phone=STRANGER):
    sold = organizer.orders(event, n, payment_type="Complimentary", phone=phone)
    assert sold.status == 202, sold.body
    while town.posts():
        pass


def texts(town, phone=STRANGER):
    return sum(one.channel == SMS and one.letter.phone == phone for one in town.post.taken)


def test_a_seller_cannot_bomb_a_strangers_phone(town, organizer, event):
    gives_away(town, organizer, event, 5)

    assert texts(town) == 3
    dropped = [(row.state, row.why) for row in rows("tickets_issued") if row.channel == SMS]
    assert sorted(dropped)[:2] == [("dropped", "too_many")] * 2


def test_the_tickets_are_there_all_the_same(town, organizer, event):
    gives_away(town, organizer, event, 5)

    assert len(organizer.tickets()) == 5


def test_tomorrow_it_may_get_some_again(town, organizer, event, clock):
    gives_away(town, organizer, event, 5)
    clock.passes(days=1)
    log_in = {"email": "otieno@example.com", "password": "Tiketi@123"}
    organizer.token = town.asks("POST", "/login", log_in).body["token"]

    gives_away(town, organizer, event, 1)

    assert texts(town) == 4


def test_one_seller_cannot_text_the_whole_town(town, organizer, event):
    for number in range(7):
        gives_away(town, organizer, event, 1, f"25473300020{number}")

    assert sum(texts(town, f"25473300020{number}") for number in range(7)) == 5


def test_an_sms_that_is_tried_again_counts_once(town, organizer, event, clock):
    town.post.next_outcomes = [Refused("busy")] * 3
    gives_away(town, organizer, event, 1)
    for _ in range(4):
        clock.passes(minutes=10)
        town.mends()
        town.posts()

    assert texts(town) == 4
    gives_away(town, organizer, event, 2, STRANGER)
    assert not [row for row in rows("tickets_issued") if row.why == "too_many"]


def test_nobody_fills_a_mailbox_by_changing_accounts(town):
    """Anybody may sign up with an address that is not theirs, and give it up for another."""
    for number in range(4):
        stranger = town.signs_up("zuhura", username=f"stranger{number}")
        other = {"email": f"stranger{number}@example.com"}
        assert stranger.asks("PATCH", f"/users/{stranger.id}", other).status == 200
    while town.posts():
        pass

    assert [one.letter.email for one in town.post.taken] == ["zuhura@example.com"] * 2
    assert sorted(row.why or "" for row in rows("account_changed")) == ["", "", "too_many", "too_many"]


def test_nor_by_free_orders_of_many_accounts(town, organizer):
    """All of these addresses lead to one mailbox; the tickets are in the accounts."""
    free = organizer.event(regular_price=0, available_tickets=100)
    town.post.taken.clear()
    for number, address in enumerate(("v.ictim@gmail.com", "vict.im@gmail.com", "victim+1@gmail.com")):
        stranger = town.signs_up(f"stranger{number}", email=address)
        for _ in range(2):
            stranger.buys(free)
    while town.posts():
        pass

    assert len(town.post.taken) == 3
    assert [row.why for row in rows("tickets_issued")].count("too_many") == 3


def test_who_has_paid_gets_their_tickets_though_the_mailbox_is_full(town, organizer, buyer, safaricom):
    free = organizer.event(regular_price=0, available_tickets=100)
    for _ in range(5):
        buyer.buys(free)
    paid = buyer.buys(organizer.event())
    safaricom.calls_back(0, receipt="TKX1234567")
    while town.posts():
        pass

    [row] = [row for row in rows("tickets_issued") if row.payment_id == paid["id"] and row.channel == "email"]
    assert row.state == "sent"


def test_a_link_for_a_password_goes_out_all_the_same(town, organizer, buyer):
    free = organizer.event(regular_price=0, available_tickets=100)
    for _ in range(5):
        buyer.buys(free)
    town.asks("POST", "/password-resets", {"email": "amina@example.com"})
    while town.posts():
        pass

    assert [row.state for row in rows("password_reset")] == ["sent"]


def test_while_a_counter_cannot_be_written_the_sms_waits(town, organizer, event, monkeypatch):
    def throttled(*given):
        raise StillColliding

    monkeypatch.setattr(rationing.counters, "take", throttled)
    organizer.orders(event, 1, payment_type="Complimentary", phone=STRANGER)
    with pytest.raises(StillColliding):
        town.posts()

    assert texts(town) == 0
    assert [row.state for row in rows("tickets_issued") if row.channel == SMS] == ["waiting"]
