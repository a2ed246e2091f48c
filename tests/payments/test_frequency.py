"""Nobody's phone is bombed with prompts, and no bot holds all seats (decision 0087)."""

import pytest

from chalicelib.core import limits
from chalicelib.core.counters import Counter
from chalicelib.payments import frequency
from chalicelib.payments.daraja.answers import NotSent, Why

PHONE = "254711000001"


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    """As few as make the point."""
    monkeypatch.setattr(frequency, "ORDERS", limits.ORDERS._replace(most=5))
    monkeypatch.setattr(frequency, "PROMPTS", limits.PROMPTS._replace(most=3))


@pytest.fixture
def event(organizer):
    return organizer.event(available_tickets=100)


def is_prompted(town, safaricom, event, name, code=1032, phone=PHONE):
    """Somebody orders for this phone, and whoever has it presses "cancel"."""
    answer = town.signs_up(name).orders(event, phone=phone)
    if answer.status == 202:
        safaricom.calls_back(code, receipt=f"TK{name.upper()}")
    return answer


def used(kind):
    return sum(int(one.used or 0) for one in Counter.scan() if one.key.startswith(f"{kind}#"))


def test_many_accounts_cannot_bomb_a_strangers_phone(town, safaricom, event, clock):
    clock.passes(hours=1)
    for number in range(3):
        assert is_prompted(town, safaricom, event, f"bot{number}").status == 202

    refused = is_prompted(town, safaricom, event, "bot3")

    assert (refused.status, refused.body["code"], refused.header("Retry-After")) == (
        429,
        "rate_limited",
        str(2 * 3600),  # it is 10 o'clock in UTC, and the window ends at 12
    )
    assert "pay from another phone" in refused.body["message"]
    assert len(safaricom.prompts) == 3
    assert is_prompted(town, safaricom, event, "bot4", phone="254711000002").status == 202


def test_after_the_wait_the_phone_may_be_asked_again(town, safaricom, event, clock):
    for number in range(4):
        refused = is_prompted(town, safaricom, event, f"bot{number}")

    clock.passes(seconds=int(refused.header("Retry-After")))

    assert is_prompted(town, safaricom, event, "bot9").status == 202


def test_new_attempts_count_and_another_phone_is_the_way_out(buyer, safaricom, event):
    payment = buyer.buys(event, phone=PHONE)
    for _ in range(2):
        safaricom.calls_back(1032)
        assert buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]}).status == 202
    safaricom.calls_back(1032)

    assert buyer.asks("POST", "/lnmo", {"payment_id": payment["id"]}).status == 429
    other = {"payment_id": payment["id"], "phone": "254711000002"}
    assert buyer.asks("POST", "/lnmo", other).status == 202


def test_a_phone_that_pays_is_asked_as_often_as_it_pays(town, safaricom, event):
    for number in range(8):
        assert is_prompted(town, safaricom, event, f"kin{number}", code=0).status == 202


def test_what_m_pesa_did_not_send_pesters_nobody(town, safaricom, event):
    safaricom.next_pushes = [NotSent(Why.M_PESA_BUSY, "spike arrest")] * 4
    for number in range(4):
        assert is_prompted(town, safaricom, event, f"kin{number}").status == 503

    assert used("prompts") == 0
    assert is_prompted(town, safaricom, event, "amina").status == 202


def test_what_never_left_our_queue_does_not_either(town, buyer, event):
    town.pace.turns = 0
    payment = buyer.buys(event, phone=PHONE)
    assert used("prompts") == 1

    buyer.asks("DELETE", f"/payments/{payment['id']}")

    assert used("prompts") == 0


def test_an_open_prompt_is_told_before_the_limit(town, buyer, safaricom, event):
    for number in range(2):
        is_prompted(town, safaricom, event, f"bot{number}")
    assert buyer.orders(event, phone=PHONE).status == 202

    assert buyer.orders(event, phone=PHONE).body["code"] == "prompt_open"


def test_one_person_orders_so_often_and_others_go_on(town, buyer, event, clock):
    for _ in range(5):
        assert buyer.orders(event).status == 202
    clock.passes(minutes=20)

    refused = buyer.orders(event)

    assert (refused.status, refused.body["code"], refused.header("Retry-After")) == (
        429,
        "rate_limited",
        "2400",
    )
    assert town.signs_up("otherone").orders(event).status == 202
    clock.passes(minutes=40)
    assert buyer.orders(event).status == 202


def test_free_orders_count_and_no_phone_does(buyer, organizer):
    event = organizer.event(regular_price=0)
    for _ in range(5):
        assert buyer.orders(event, phone=PHONE).status == 202

    assert buyer.orders(event, phone=PHONE).status == 429
    assert used("prompts") == 0


def test_what_is_refused_or_repeated_counts_nothing(buyer, organizer, event):
    small = organizer.event(available_tickets=1)
    for _ in range(6):
        assert buyer.orders(small, 2).status == 409
        assert buyer.orders(event, key="k", phone=PHONE).status == 202

    assert (used("orders"), used("prompts")) == (1, 1)


def test_whoever_fills_the_counter_meanwhile_is_seen(town, buyer, event, monkeypatch):
    """They have looked, and then others order: the transaction sees it."""
    from chalicelib.payments import purchase

    look, others = purchase.look, iter(["ordering"])

    def others_order_first(*given):
        seen = look(*given)
        for _ in others:
            for _ in range(5):
                assert buyer.orders(event).status == 202
        return seen

    monkeypatch.setattr(purchase, "look", others_order_first)

    assert buyer.orders(event).status == 429
    assert used("orders") == 5
