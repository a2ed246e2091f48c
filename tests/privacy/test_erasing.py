"""Who leaves, or never had an account, is forgotten; money stays, and whoever still is owed some is not."""

from datetime import datetime, timedelta

import pytest

from chalicelib.accounts.models import User
from chalicelib.core import dynamo, retention
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.guards import Guard
from chalicelib.core.outbox import OutboxMessage
from chalicelib.payments import audit
from chalicelib.payments.cash_models import CashDrawer
from chalicelib.payments.models import LedgerLine, Payment, Refund
from chalicelib.privacy import erasing, forgetting, open_matters, walking
from chalicelib.privacy.models import Erasure
from chalicelib.tables import TABLES
from tests.privacy.people import OTHER, PHONE, is_over, logs_in, phones_of


def leaves(person, query: str = ""):
    return person.asks("DELETE", f"/users/{person.id}{query}")


def test_nothing_in_any_table_says_who_it_was(town, buyer, paid):
    before = LedgerLine.query(paid["id"])
    ledger = [line.to_simple_dict() for line in before]
    assert leaves(buyer).status == 204

    town.clock.passes(minutes=2)
    town.mends()

    assert phones_of(paid["id"]) == set()
    left = {
        table.__name__: text
        for table in TABLES
        for item in table.scan()
        if "otieno" not in (text := str(item.to_simple_dict()))
        and (PHONE in text or "amina" in text.lower() or "•" in text)
    }
    assert left == {}
    payment = Payment.get(paid["id"])
    assert (payment.amount, payment.receipt, payment.status) == (4000, "TKX1234567", "Completed")
    assert [line.to_simple_dict() for line in LedgerLine.query(paid["id"])] == ledger
    assert audit.differences(Payment.scan()) == []
    erasure = Erasure.get(buyer.id)
    assert (erasure.erased, erasure.left, erasure.due) == (1, 0, None)
    assert erasure.lapses_at == retention.lapses(town.clock(), retention.ERASURE_DAYS)


def test_a_step_that_died_is_done_again(town, buyer, paid, monkeypatch):
    leaves(buyer)
    town.clock.passes(minutes=2)

    def dies(*given: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(forgetting, "_write", dies)
        town.mends()
    assert phones_of(paid["id"]) == {PHONE}
    town.clock.passes(minutes=10)
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_then", dies)
        town.mends()
    assert phones_of(paid["id"]) == set()
    town.clock.passes(minutes=10)
    town.mends()

    assert Erasure.get(buyer.id).done_at


def test_of_two_runs_at_once_one_moves_on(town, buyer, paid, monkeypatch):
    leaves(buyer)
    town.clock.passes(minutes=2)
    forget = erasing.forget

    def meanwhile(*given):
        monkeypatch.setattr(erasing, "forget", forget)
        erasing.go_on(town.clock)
        return forget(*given)

    monkeypatch.setattr(erasing, "forget", meanwhile)
    town.mends()

    erasure = Erasure.get(buyer.id)
    assert (erasure.version, erasure.erased, phones_of(paid["id"])) == (2, 1, set())


def told_of(payment: dict) -> tuple[list[str], list[str]]:
    """The addresses of what was told of a payment, and why it was given back."""
    told = forgetting.showing.of_payment(payment["id"])
    reasons = [refund.reason for refund in Refund.query(payment["id"])]
    return [one.to for one in told if one.to], [reason for reason in reasons if reason]


def test_money_that_comes_at_that_very_moment_loses_nothing(paid):
    """It may have to be told of, or given back: a person needs all that is known."""
    seen, before = Payment.get(paid["id"]), told_of(paid)
    Payment(paid["id"]).update(actions=[Payment.version.add(1)])

    assert forgetting.forget(seen) is forgetting.Outcome.OVERTAKEN

    assert phones_of(paid["id"]) == {PHONE}
    assert told_of(paid) == before
    assert all(before)


def test_a_payment_without_a_phone_that_has_changed_loses_nothing(paid):
    Payment(paid["id"]).update(actions=[Payment.payer_phone.set(""), Payment.attempts[0]["phone"].set("")])
    seen, before = Payment.get(paid["id"]), told_of(paid)
    Payment(paid["id"]).update(actions=[Payment.version.add(1)])
    assert forgetting.forget(seen) is forgetting.Outcome.OVERTAKEN
    assert told_of(paid) == before

    assert forgetting.forget(Payment.get(paid["id"])) is forgetting.Outcome.FORGOTTEN

    assert told_of(paid) == ([], [])


def test_one_that_somebody_changed_just_then_is_looked_at_again(town, buyer, paid, monkeypatch):
    leaves(buyer)
    town.clock.passes(minutes=2)
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "forget", lambda *_: forgetting.Outcome.OVERTAKEN)
        erasing.go_on(town.clock)
    assert (Erasure.get(buyer.id).left, Erasure.get(buyer.id).done_at) == (1, None)

    town.clock.passes(days=1)
    erasing.go_on(town.clock)

    assert (phones_of(paid["id"]), Erasure.get(buyer.id).left) == (set(), 0)


def test_what_is_too_much_for_one_transaction_goes_before_the_phones(paid, monkeypatch):
    monkeypatch.setattr(forgetting, "_MOST", 1)
    written = []

    def writes(fill):
        written.append(phones_of(paid["id"]))
        dynamo.transact(fill)

    monkeypatch.setattr(forgetting, "transact", writes)

    assert forgetting.forget(Payment.get(paid["id"])) is forgetting.Outcome.FORGOTTEN

    assert (phones_of(paid["id"]), told_of(paid)) == (set(), ([], []))
    assert written == [{PHONE}] * 3
    assert forgetting.forget(Payment.get(paid["id"])) is forgetting.Outcome.NOTHING


def test_who_read_it_before_does_not_write_the_phone_back(paid):
    seen = Payment.get(paid["id"])
    assert forgetting.forget(Payment.get(paid["id"])) is forgetting.Outcome.FORGOTTEN

    with pytest.raises(ConditionFailed):
        update(seen, [Payment.payer_phone.set(PHONE)], Payment.version == seen.version)


def test_a_message_that_is_sent_again_meanwhile_keeps_its_address(paid, monkeypatch):
    told = forgetting.showing.of_payment(paid["id"])
    again = next(one for one in told if one.to)
    OutboxMessage(again.id).update(actions=[OutboxMessage.state.set("sending")])
    monkeypatch.setattr(forgetting.showing, "of_payment", lambda payment_id: told)

    forgetting.forget(Payment.get(paid["id"]))

    assert OutboxMessage.get(again.id).to == again.to is not None


def test_a_payment_whose_money_is_open_is_left_until_it_is_settled(town, organizer, buyer, safaricom):
    event = organizer.event()
    open_one = buyer.buys(event, phone=PHONE)
    erasing_row(town, buyer)

    town.clock.passes(minutes=2)
    town.mends()
    assert (phones_of(open_one["id"]), Erasure.get(buyer.id).left) == ({PHONE}, 1)
    safaricom.calls_back(1032)
    town.mends()
    assert phones_of(open_one["id"]) == {PHONE}
    town.clock.passes(days=1)
    town.posts()
    town.mends()

    assert phones_of(open_one["id"]) == set()
    assert Erasure.get(buyer.id).left == 0


def erasing_row(town, person) -> None:
    """As if somebody had left while an order was on its way."""
    row = Erasure(person.id, user_id=person.id, asked_by=person.id, asked_at=town.clock(), due="due")
    row.due_at = town.clock() + timedelta(minutes=1)
    row.save()


@pytest.mark.parametrize("what", ["payments", "refunds", "tickets", "cash"])
def test_who_has_something_open_is_told_what_to_do(town, organizer, buyer, safaricom, what):
    event = organizer.event()
    if what == "cash":
        path = f"/events/{event['id']}/staff/{buyer.id}"
        assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
        assert buyer.orders(event, payment_type="Cash").status == 202
        of = event["id"]
    else:
        of = buyer.buys(event)["id"]
        if what != "payments":
            safaricom.calls_back()
        if what == "refunds":
            assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200
            town.unwinds()
        if what == "tickets":
            of = event["id"]

    answer = leaves(buyer)

    assert (answer.status, answer.body["code"]) == (409, "conflict")
    assert answer.body["open"] == {what: [of]}
    assert buyer.asks("GET", "/tickets").status == 200


def test_who_is_owed_a_part_cannot_leave_until_it_is_back(town, buyer, paid):
    Refund(paid["id"], 1).update(actions=[Refund.state.set("sent")])
    assert leaves(buyer).body["open"] == {"refunds": [paid["id"]]}

    Refund(paid["id"], 1).update(actions=[Refund.state.set("manual")])
    assert leaves(buyer).status == 204


def test_tickets_may_be_given_up_and_count_still_and_the_phone_stays_for_the_money(
    town, organizer, buyer, safaricom
):
    """Of what was paid only: of free tickets nothing can be due back."""
    payment = buyer.buys(organizer.event(), phone=PHONE)
    safaricom.calls_back()
    free = buyer.buys(organizer.event(regular_price=0, name="A free evening"), phone=OTHER)
    town.posts()

    assert leaves(buyer, "?give_up_tickets=true").status == 204

    (ticket,) = organizer.payment(payment)["tickets"]
    assert ticket["status"] == "valid"
    town.clock.passes(minutes=2)
    erasing.go_on(town.clock)
    assert (phones_of(payment["id"]), phones_of(free["id"])) == ({PHONE}, set())
    assert PHONE not in str(User.get(buyer.id).to_simple_dict())
    is_over(town)
    erasing.go_on(town.clock)
    assert phones_of(payment["id"]) == set()


def test_a_phone_stays_while_a_cancelled_event_is_given_back(town, organizer, buyer, safaricom):
    event = organizer.event()
    payment = buyer.buys(event, phone=PHONE)
    safaricom.calls_back()
    town.posts()
    assert leaves(buyer, "?give_up_tickets=true").status == 204
    assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200
    town.clock.passes(minutes=2)

    erasing.go_on(town.clock)

    assert organizer.payment(payment)["status"] == "Completed"
    assert phones_of(payment["id"]) == {PHONE}


def test_cash_that_was_taken_while_somebody_left_is_asked_for(town, organizer, caplog):
    event, seller = organizer.event(), town.signs_up("kamau")
    assert leaves(seller).status == 204
    CashDrawer(event["id"], seller.id).update(actions=[CashDrawer.taken.add(2000)])  # it was on its way
    town.clock.passes(minutes=2)

    erasing.go_on(town.clock)

    (told,) = (one for one in caplog.records if one.message == "erasure.cash_in_hand")
    assert vars(told)["facts"] == {"user_id": seller.id, "event_id": event["id"]}
    assert Erasure.get(seller.id).done_at


def test_who_sold_at_the_gate_leaves_and_customers_keep_their_phones_and_tickets(town, organizer):
    event, seller = organizer.event(), town.signs_up("kamau")
    path = f"/events/{event['id']}/staff/{seller.id}"
    assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
    sold = seller.orders(event, payment_type="Cash", phone=OTHER).body
    form = {"seller_id": seller.id, "amount": 2000}
    assert organizer.asks("POST", f"/events/{event['id']}/cash-ups", form).status == 201

    assert leaves(seller).status == 204
    town.clock.passes(minutes=2)
    town.mends()

    assert phones_of(sold["id"]) == {OTHER}
    assert Erasure.get(seller.id).done_at


def test_an_admin_lets_a_phone_be_forgotten_wherever_it_is(town, organizer, buyer, safaricom, paid):
    logs_in(town, organizer, "otieno")
    event = organizer.event(start_time="2027-12-24T16:00:00Z", end_time="2027-12-24T22:00:00Z")
    sold = organizer.orders(event, payment_type="Cash", phone=PHONE).body
    other = organizer.orders(event, payment_type="Cash", phone=OTHER).body
    town.posts()
    town.clock.passes(days=400)  # the event is over
    admin = town.admin()

    asked = admin.asks("POST", "/erasures", {"phone": "0733 000 001"})
    town.clock.passes(minutes=2)
    town.mends()

    assert asked.status == 202
    assert PHONE not in asked.raw.decode()
    told = admin.asks("GET", f"/erasures/{asked.body['id']}").body
    assert (told["status"], told["erased"], told["left"]) == ("done", 2, 0)
    assert [phones_of(one["id"]) for one in (paid, sold, other)] == [set(), set(), {OTHER}]
    assert PHONE not in str([row.to_simple_dict() for row in Erasure.scan()])


def test_a_phone_that_waits_is_not_asked_for_twice(town):
    admin = town.admin()
    first = admin.asks("POST", "/erasures", {"phone": PHONE})
    again = admin.asks("POST", "/erasures", {"phone": "0733 000 001"})
    other = admin.asks("POST", "/erasures", {"phone": OTHER})
    assert (again.status, again.body) == (202, first.body)
    assert other.body["id"] != first.body["id"]

    town.clock.passes(minutes=2)
    town.mends()
    assert admin.asks("GET", f"/erasures/{first.body['id']}").body["status"] == "done"
    assert [guard.key for guard in Guard.scan() if PHONE in guard.key] == []
    later = admin.asks("POST", "/erasures", {"phone": PHONE}).body

    assert (later["id"] != first.body["id"], later["status"]) == (True, "waiting")


def test_of_two_who_ask_at_once_one_begins(town, monkeypatch):
    admin, make, answers = town.admin(), erasing._row, []

    def meanwhile(*given):
        monkeypatch.setattr(erasing, "_row", make)
        answers.append(admin.asks("POST", "/erasures", {"phone": PHONE}).body)
        return make(*given)

    monkeypatch.setattr(erasing, "_row", meanwhile)

    answers.append(admin.asks("POST", "/erasures", {"phone": PHONE}).body)

    assert answers[0] == answers[1]
    assert len(list(Erasure.scan())) == 1


def test_one_that_is_done_at_that_very_moment_is_asked_for_anew(town, monkeypatch):
    admin = town.admin()
    first = admin.asks("POST", "/erasures", {"phone": PHONE}).body
    town.clock.passes(minutes=2)
    find = erasing._waiting

    def is_done_meanwhile(phone: str) -> Erasure | None:
        erasing.go_on(town.clock)
        return find(phone)

    monkeypatch.setattr(erasing, "_waiting", is_done_meanwhile)

    assert admin.asks("POST", "/erasures", {"phone": PHONE}).body["id"] != first["id"]


def test_a_phone_stays_while_its_event_is_to_come(town, organizer):
    """Nothing else could tell who has no account that it was cancelled."""
    sold = organizer.orders(organizer.event(), payment_type="Cash", phone=OTHER).body
    town.posts()
    town.admin().asks("POST", "/erasures", {"phone": OTHER})
    town.clock.passes(minutes=2)
    erasing.go_on(town.clock)
    assert phones_of(sold["id"]) == {OTHER}

    is_over(town)
    erasing.go_on(town.clock)

    assert phones_of(sold["id"]) == set()


def test_a_phone_alone_takes_nothing_of_an_account_that_paid_with_it(town, organizer, buyer, safaricom, paid):
    logs_in(town, organizer, "otieno")
    reasons = [refund.reason for refund in Refund.query(paid["id"])]
    told = {row.id: row.to for row in OutboxMessage.scan() if row.to}
    assert reasons
    assert told

    town.admin().asks("POST", "/erasures", {"phone": PHONE})
    town.clock.passes(minutes=2)
    erasing.go_on(town.clock)

    assert phones_of(paid["id"]) == set()
    assert [refund.reason for refund in Refund.query(paid["id"])] == reasons
    assert {row.id: row.to for row in OutboxMessage.scan() if row.to} == told


def test_a_phone_goes_out_of_why_money_went_back_too(paid):
    Refund(paid["id"], 1).update(actions=[Refund.reason.set(f"Call +254 733 000 001, not {OTHER}.")])

    assert forgetting.forget(Payment.get(paid["id"]), PHONE) is forgetting.Outcome.FORGOTTEN

    assert told_of(paid)[1] == [f"Call •••••, not {OTHER}."]


def test_what_has_to_stay_is_looked_at_ever_more_rarely(town, organizer):
    organizer.orders(organizer.event(), payment_type="Cash", phone=OTHER)
    town.admin().asks("POST", "/erasures", {"phone": OTHER})
    (row,) = Erasure.scan()
    pauses = []
    town.clock.passes(minutes=2)
    while len(pauses) < 5:
        erasing.go_on(town.clock)
        row.refresh()
        pauses.append((row.due_at - town.clock()).days)
        town.clock.at = row.due_at

    assert pauses == [1, 1, 2, 4, 8]


def test_one_that_cannot_be_gone_on_with_makes_room(town, buyer, paid, monkeypatch):
    leaves(buyer)
    town.clock.passes(minutes=2)

    def dies(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_some", dies)
        erasing.go_on(town.clock)

    assert Erasure.get(buyer.id).due_at > town.clock() + timedelta(minutes=9)


def test_what_another_run_has_finished_is_not_postponed(town, buyer, paid, monkeypatch):
    leaves(buyer)
    town.clock.passes(minutes=2)
    step = erasing._took_a_step

    def is_overtaken_and_dies(erasure_id: str, at: datetime) -> bool:
        while step(erasure_id, at):
            pass
        raise OSError

    monkeypatch.setattr(erasing, "_took_a_step", is_overtaken_and_dies)
    erasing.go_on(town.clock)

    erasure = Erasure.get(buyer.id)
    assert erasure.done_at
    assert erasure.due_at is None


def test_who_sold_much_for_cash_is_asked_for_all_of_it_and_for_their_own_orders(
    town, organizer, buyer, safaricom, monkeypatch
):
    """Sales at a gate are among a person's payments; they must not hide what is open."""
    monkeypatch.setattr(open_matters, "_MOST", 2)
    monkeypatch.setattr(walking, "MOST", 2)
    first, second = organizer.event(), organizer.event(name="Another evening")
    for event in (first, second):
        path = f"/events/{event['id']}/staff/{buyer.id}"
        assert organizer.asks("PUT", path, {"role": "gate"}).status in (200, 201, 204)
    buyer.buys(first)
    safaricom.calls_back()
    sold = [buyer.orders(first, payment_type="Cash")]
    sold += [buyer.orders(second, payment_type="Cash") for _ in range(5)]
    assert {one.status for one in sold} == {202}, sold[0].body

    refused = buyer.asks("DELETE", f"/users/{buyer.id}")

    assert refused.status == 409
    assert set(refused.body["open"]["cash"]) == {first["id"], second["id"]}
    assert refused.body["open"]["tickets"] == [first["id"]]


def test_a_message_that_waits_keeps_its_phone(town, organizer):
    town.post.sends_sms = True
    sold = organizer.orders(organizer.event(), payment_type="Cash", phone=OTHER).body
    is_over(town)
    town.admin().asks("POST", "/erasures", {"phone": OTHER})
    town.clock.passes(minutes=2)
    erasing.go_on(town.clock)
    assert phones_of(sold["id"]) == {OTHER}

    town.posts()
    town.clock.passes(days=1)
    erasing.go_on(town.clock)

    assert phones_of(sold["id"]) == set()
    assert [one.letter.phone for one in town.post.taken] == [OTHER]


def test_many_payments_are_gone_through_in_steps(town, organizer, buyer, safaricom, monkeypatch):
    monkeypatch.setattr(walking, "MOST", 2)
    event = organizer.event(regular_price=0)
    orders = [buyer.buys(event, phone=PHONE) for _ in range(5)]
    town.posts()
    is_over(town)
    logs_in(town, buyer)
    assert leaves(buyer).status == 204
    town.clock.passes(minutes=2)

    town.mends()

    assert [phones_of(order["id"]) for order in orders] == [set()] * 5
    assert Erasure.get(buyer.id).version == 4
    assert Erasure.get(buyer.id).erased == 5


def test_a_step_ends_with_the_last_month_that_it_may_look_at(town, organizer, buyer, paid):
    """Of many empty months and one that is too young, only the empty ones are gone through."""
    assert walking.step(walking.begin("2026-10"), "2026-10") == ([], None)
    assert [one.id for one in walking.step(walking.begin("2026-10"), "2026-11").payments] == [paid["id"]]
    assert (walking.before("2026-11"), walking.before("2027-01")) == ("2026-10", "2026-12")
