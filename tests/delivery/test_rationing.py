"""How much a phone or a mailbox gets, whoever names it (decision 0087)."""

import pytest

from chalicelib.accounts.models import User
from chalicelib.core import limits
from chalicelib.core.dynamo import StillColliding
from chalicelib.core.outbox import SMS
from chalicelib.delivery import letters, rationing
from chalicelib.delivery.outcomes import Refused
from chalicelib.payments.daraja.callbacks import Result
from tests.delivery.post import rows

STRANGER = "254733000111"


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    monkeypatch.setattr(rationing, "TEXTS_TO_PHONE", limits.TEXTS_TO_PHONE._replace(most=3))
    monkeypatch.setattr(rationing, "TEXTS_OF_PERSON", limits.TEXTS_OF_PERSON._replace(most=5))
    monkeypatch.setattr(rationing, "LETTERS", limits.LETTERS._replace(most=3))
    monkeypatch.setattr(rationing, "ACCOUNT_LETTERS", limits.ACCOUNT_LETTERS._replace(most=2))
    monkeypatch.setattr(rationing, "RESET_LETTERS", limits.RESET_LETTERS._replace(most=2))


@pytest.fixture
def event(organizer):
    return organizer.event(available_tickets=100)


@pytest.fixture(autouse=True)
def by_sms(town):
    town.post.sends_sms = True


def gives_away(town, organizer, event, n, phone=STRANGER):
    sold = organizer.orders(event, n, payment_type="Complimentary", phone=phone)
    assert sold.status == 202, sold.body
    drains(town)


def drains(town):
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
    drains(town)

    assert [one.letter.email for one in town.post.taken] == ["zuhura@example.com"] * 2
    assert sorted(row.why or "" for row in rows("account_changed")) == ["", "", "too_many", "too_many"]


def changes_password(town, person, times):
    for number in range(times):
        form = {"password": f"Another@{number}123"}
        assert person.asks("PATCH", f"/users/{person.id}", form).status == 200
    drains(town)


def test_nobody_uses_up_beforehand_what_an_owner_is_warned_by(town):
    """At a domain that does not know a `+` nobody sees the letters of that account."""
    owner, thief = (town.signs_up(name, email=f"{name}@corp.example") for name in ("zuhura", "zuhura+x"))
    changes_password(town, thief, 3)
    town.post.taken.clear()

    changes_password(town, owner, 1)

    assert [one.letter.email for one in town.post.taken] == ["zuhura@corp.example"]


def test_nor_does_a_plus_fill_a_mailbox_by_changing_accounts(town):
    for number in range(3):
        changes_password(town, town.signs_up(f"zuhura+{number}"), 1)

    assert [one.letter.email for one in town.post.taken] == ["zuhura+0@example.com", "zuhura+1@example.com"]


def test_nor_by_free_orders_of_many_accounts(town, organizer):
    """All of these addresses lead to one mailbox; the tickets are in the accounts."""
    free = organizer.event(regular_price=0, available_tickets=100)
    town.post.taken.clear()
    for number, address in enumerate(("v.ictim@gmail.com", "vict.im@gmail.com", "victim+1@gmail.com")):
        stranger = town.signs_up(f"stranger{number}", email=address)
        for _ in range(2):
            stranger.buys(free)
    drains(town)

    assert len(town.post.taken) == 3
    assert [row.why for row in rows("tickets_issued")].count("too_many") == 3


def test_who_has_paid_gets_their_tickets_though_the_mailbox_is_full(town, organizer, buyer, safaricom):
    free = organizer.event(regular_price=0, available_tickets=100)
    for _ in range(5):
        buyer.buys(free)
    paid = buyer.buys(organizer.event())
    safaricom.calls_back(0, receipt="TKX1234567")
    drains(town)

    [row] = [row for row in rows("tickets_issued") if row.payment_id == paid["id"] and row.channel == "email"]
    assert row.state == "sent"


def fills_the_mailbox(town, organizer, buyer):
    free = organizer.event(regular_price=0, available_tickets=100)
    for _ in range(4):
        buyer.buys(free)
    drains(town)
    assert "too_many" in [row.why for row in rows("tickets_issued")]


def mails_of(payment, kind):
    return [row.state for row in rows(kind) if row.payment_id == payment["id"] and row.channel == "email"]


def test_so_does_who_has_paid_as_m_pesa_says_when_asked(town, organizer, buyer, safaricom, clock):
    """The callback was lost, and with it the receipt; of the end of the event they are told as well."""
    fills_the_mailbox(town, organizer, buyer)
    event = organizer.event()
    paid = buyer.buys(event)
    safaricom.query_says["ws_CO_1"] = Result("0", "ws_CO_1")
    clock.passes(seconds=300)
    town.reconciles()
    drains(town)
    assert buyer.payment(paid)["receipt"] is None
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()
    drains(town)

    assert mails_of(paid, "tickets_issued") == mails_of(paid, "refund_due") == ["sent"]


@pytest.mark.parametrize("amount", [None, 1])
def test_and_whose_money_buys_no_ticket(town, organizer, buyer, safaricom, clock, amount):
    """It came for an order that had ended: without seats any more, or another amount."""
    fills_the_mailbox(town, organizer, buyer)
    event = organizer.event()
    late = buyer.buys(event)
    clock.passes(hours=1)
    town.reconciles()
    drains(town)
    assert mails_of(late, "payment_expired") == ["dropped"]
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    safaricom.calls_back(0, receipt="TKX1234567", amount=amount)
    drains(town)

    assert buyer.payment(late)["status"] == "RefundDue"
    assert mails_of(late, "refund_due") == ["sent"]


def test_what_is_sold_for_cash_or_given_away_is_not_of_money(town, organizer, event):
    """Only its seller says that there was any."""
    free = organizer.orders(event, 1, payment_type="Complimentary", phone=STRANGER).body
    cash = organizer.orders(event, 1, payment_type="Cash", phone=STRANGER).body

    for row in rows("tickets_issued"):
        assert row.payment_id in {free["id"], cash["id"]}
        assert not letters.write(row, User.get(row.user_id), town.clock()).is_of_money


def test_a_link_for_a_password_goes_out_all_the_same(town, organizer, buyer):
    free = organizer.event(regular_price=0, available_tickets=100)
    for _ in range(5):
        buyer.buys(free)
    town.asks("POST", "/password-resets", {"email": "amina@example.com"})
    drains(town)

    assert [row.state for row in rows("password_reset")] == ["sent"]


def test_many_accounts_of_one_mailbox_do_not_fill_it_with_links(town):
    """And nobody uses up what the owner of the plain address is sent."""
    addresses = [f"victim{end}@gmail.com" for end in ("+1", "+2", "+3", "")]
    for number, address in enumerate(addresses):
        town.signs_up(f"victim{number}", email=address)
        assert town.asks("POST", "/password-resets", {"email": address}).status == 202
        drains(town)

    assert [one.letter.email for one in town.post.taken] == [addresses[0], addresses[1], addresses[3]]
    assert [row.why for row in rows("password_reset")].count("too_many") == 1


def test_while_a_counter_cannot_be_written_the_sms_waits(town, organizer, event, monkeypatch):
    def throttled(*given):
        raise StillColliding

    monkeypatch.setattr(rationing.counters, "take", throttled)
    organizer.orders(event, 1, payment_type="Complimentary", phone=STRANGER)
    with pytest.raises(StillColliding):
        town.posts()

    assert texts(town) == 0
    assert [row.state for row in rows("tickets_issued") if row.channel == SMS] == ["waiting"]
