"""What organizers are owed, and recording what they were paid."""

import csv
import io
import re
from dataclasses import replace

import pytest

from chalicelib.accounts import trail, verifying
from chalicelib.accounts.models import User
from chalicelib.catalog import takings
from chalicelib.catalog.models import Takings
from chalicelib.core.problems import Busy
from chalicelib.core.settings import settings
from chalicelib.payments import seating
from chalicelib.payments.models import CASH, Payment
from chalicelib.reports import payouts
from chalicelib.reports.models import Payout, PayoutAccount

REFERENCE = "FT26331XK9P2"


@pytest.fixture(autouse=True)
def contract(monkeypatch):
    """2.5 % for the platform; M-Pesa takes 7 KES of up to 2,000, 34 of more."""
    terms = replace(settings(), platform_fee_bps=250, mpesa_tariff="100:0,2000:7,250000:34")
    for room in (seating, payouts):
        monkeypatch.setattr(room, "settings", lambda: terms)
    return monkeypatch


@pytest.fixture
def admin(town):
    return town.admin()


@pytest.fixture
def event(organizer, buyer, safaricom):
    """An event of which two payments, of KES 2,000 and 6,000, have completed."""
    event = organizer.event(available_tickets=20)
    for number, tickets in enumerate((1, 3)):
        buyer.buys(event, tickets)
        safaricom.calls_back(0, receipt=f"TKX000000{number}")
    return event


@pytest.fixture
def verified(admin, organizer):
    assert admin.asks("PUT", f"/users/{organizer.id}/verification").status == 200


def owed(who, event):
    answer = who.asks("GET", f"/events/{event['id']}/payout")
    assert answer.status == 200, answer.body
    return answer.body


def pays(admin, event, amount, reference=REFERENCE, **more):
    body = {"amount": amount, "reference": reference} | more
    return admin.asks("POST", f"/events/{event['id']}/payouts", body)


def test_what_is_owed_is_revenue_without_charges_and_fee(organizer, event):
    seen = owed(organizer, event)

    assert seen.pop("payouts") == []
    assert seen == {
        "event_id": event["id"],
        "event_name": event["event_name"],
        "currency": "KES",
        "organizer_id": organizer.id,
        "organizer_name": "otieno",
        "organizer_verified": False,
        "sold": 4,
        "refunded": 0,
        "revenue": 8_000,
        "cash": 0,
        "charges": 41,
        "fee_bps": 250,
        "fee": 200,
        "paid_out": 0,
        "owed": 7_759,
    }


def test_the_charge_is_taken_once_for_a_receipt_of_several_types(organizer, buyer, safaricom):
    event = organizer.event(MVP_price=5_000)
    items = [{"ticket_type": "regular", "quantity": 1}, {"ticket_type": "MVP", "quantity": 1}]
    buyer.buys(event, items=items)
    safaricom.calls_back(0)

    assert owed(organizer, event)["charges"] == 34


def test_a_free_ticket_costs_nothing(organizer, buyer):
    event = organizer.event(regular_price=0)
    buyer.buys(event, 2)

    seen = owed(organizer, event)
    assert (seen["sold"], seen["charges"], seen["owed"]) == (2, 0, 0)


def test_what_m_pesa_took_stays_taken_when_money_goes_back(town, organizer, event):
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()

    seen = owed(organizer, event)
    assert (seen["sold"], seen["refunded"], seen["revenue"]) == (0, 4, 0)
    assert (seen["charges"], seen["fee"], seen["owed"]) == (41, 0, -41)


def test_a_receipt_that_buys_no_ticket_is_not_charged_to_the_event(organizer, buyer, safaricom, event):
    buyer.buys(event, 1)
    safaricom.calls_back(0, receipt="TKX0000009", amount=5.0)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000010")

    assert owed(organizer, event)["charges"] == 41


def test_the_tariff_of_the_day_counts(organizer, buyer, safaricom, event, contract):
    dearer = replace(settings(), mpesa_tariff="250000:50")
    contract.setattr(seating, "settings", lambda: dearer)
    buyer.buys(event, 1)
    safaricom.calls_back(0, receipt="TKX0000002")

    assert owed(organizer, event)["charges"] == 41 + 50


def test_cash_is_revenue_that_is_not_owed(organizer, buyer, safaricom, event):
    """Whoever sold for cash has it; the platform's fee is due of it all the same."""
    cash = buyer.buys(event, 1)
    Payment(cash["id"]).update(actions=[Payment.payment_type.set(CASH)])
    safaricom.calls_back(0, receipt="TKX0000002")

    seen = owed(organizer, event)
    assert (seen["revenue"], seen["cash"], seen["charges"], seen["fee"]) == (10_000, 2_000, 41, 250)
    assert seen["owed"] == 8_000 - 41 - 250

    form = {"reason": "Rain.", "method": "manual", "reference": "till"}
    assert organizer.asks("POST", f"/payments/{cash['id']}/refund", form).status == 202
    assert owed(organizer, event)["cash"] == 0


def test_an_event_in_shards_is_added_up(organizer, buyer, safaricom):
    event = organizer.sharded_event(100)
    for number in range(4):
        buyer.buys(event, 1)
        safaricom.calls_back(0, receipt=f"TKX000000{number}")

    seen = owed(organizer, event)
    assert (seen["revenue"], seen["charges"]) == (8_000, 28)


def test_a_payout_is_recorded_and_no_longer_owed(organizer, admin, event, verified, clock):
    answer = pays(admin, event, 5_000, note="First half.")

    assert answer.status == 201
    seen = owed(organizer, event)
    assert (seen["paid_out"], seen["owed"], seen["organizer_verified"]) == (5_000, 2_759, True)
    assert seen["payouts"] == [answer.body]
    assert answer.body == {
        "id": answer.body["id"],
        "amount": 5_000,
        "reference": REFERENCE,
        "note": "First half.",
        "paid_to": organizer.id,
        "recorded_by": admin.id,
        "at": answer.body["at"],
    }
    (line,) = [line for line in trail.of_month("2026-11") if line.what == "payout.recorded"]
    assert (line.by, line.on, line.details["to"]) == (admin.id, f"event#{event['id']}", organizer.id)


def test_no_more_is_paid_out_than_is_owed(admin, event, verified):
    first = pays(admin, event, 7_760)
    assert (first.status, first.body["code"], first.body["owed"]) == (409, "conflict", 7_759)
    assert "KES 7,759 is owed" in first.body["message"]

    assert pays(admin, event, 7_759).status == 201
    again = pays(admin, event, 1, "FT2")
    assert (again.status, again.body["owed"]) == (409, 0)
    assert "Nothing is owed" in again.body["message"]


def test_refunds_after_a_payout_are_shown_below_zero(town, organizer, admin, event, verified):
    pays(admin, event, 7_759)
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()

    assert owed(organizer, event)["owed"] == -7_759 - 41
    assert pays(admin, event, 1, "FT2").status == 409


def test_the_same_again_is_the_same_payout(admin, event, verified):
    first, again = pays(admin, event, 5_000), pays(admin, event, 5_000)

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert PayoutAccount.get(event["id"]).paid_out == 5_000


@pytest.mark.parametrize("other", [{"amount": 4_000}, {"note": "Second half."}])
def test_a_reference_is_for_one_payout(admin, event, verified, other):
    pays(admin, event, 5_000)

    answer = pays(admin, event, **({"amount": 5_000, "reference": REFERENCE.lower()} | other))

    assert (answer.status, answer.body["code"]) == (409, "already_exists")
    assert len(list(Payout.query(event["id"]))) == 1


def test_a_reference_is_for_one_event(admin, organizer, event, verified):
    pays(admin, event, 5_000)

    assert pays(admin, organizer.event(), 5_000).body["code"] == "already_exists"


@pytest.mark.parametrize("amount", [0, -1, 1.5, "1.5", None, 10**10, 10**400, "many", [1]])
def test_only_whole_shillings_are_paid_out(admin, event, verified, amount):
    answer = pays(admin, event, amount)

    assert (answer.status, list(answer.body["fields"])) == (422, ["amount"])
    assert list(Payout.scan()) == []


def test_a_payout_has_a_reference(admin, event, verified):
    assert pays(admin, event, 1, "  ").status == 422


def test_nobody_is_paid_out_who_is_not_verified(admin, organizer, event):
    assert (pays(admin, event, 1).status, pays(admin, event, 1).body["code"]) == (409, "conflict")

    admin.asks("PUT", f"/users/{organizer.id}/verification")
    assert pays(admin, event, 1).status == 201
    admin.asks("DELETE", f"/users/{organizer.id}/verification")
    assert pays(admin, event, 1, "FT2").status == 409
    assert pays(admin, event, 1).status == 201, "that one was paid out before"


def meanwhile(monkeypatch, does):
    """Something that happens after all was read, before a payout is written."""
    written = payouts._is_written

    def late(*given):
        monkeypatch.setattr(payouts, "_is_written", written)
        does()
        return written(*given)

    monkeypatch.setattr(payouts, "_is_written", late)


def test_nor_who_loses_the_verification_at_that_moment(admin, organizer, event, verified, monkeypatch):
    meanwhile(monkeypatch, lambda: admin.asks("DELETE", f"/users/{organizer.id}/verification"))

    assert pays(admin, event, 1).status == 409
    assert list(Payout.scan()) == []


def test_nor_who_hands_the_event_over_at_that_moment(town, admin, organizer, event, verified, monkeypatch):
    other = town.organizer("wafula")
    body = {"user_id": other.id}
    meanwhile(monkeypatch, lambda: admin.asks("PATCH", f"/events/{event['id']}", body))

    assert pays(admin, event, 1).status == 409
    assert list(Payout.scan()) == []


def test_what_another_admin_pays_out_at_that_moment_is_not_owed_any_more(admin, event, verified, monkeypatch):
    meanwhile(monkeypatch, lambda: pays(admin, event, 7_000, "FT1"))

    assert pays(admin, event, 7_000, "FT2").status == 409
    assert PayoutAccount.get(event["id"]).paid_out == 7_000


def test_one_reference_at_the_same_moment_is_one_payout(
    admin, organizer, buyer, event, verified, monkeypatch
):
    meanwhile(monkeypatch, lambda: pays(admin, event, 1_000))

    assert pays(admin, event, 1_000).status == 201
    assert [one.amount for one in Payout.scan()] == [1_000]


def test_who_is_always_slower_is_told_to_come_again(admin, event, verified, monkeypatch):
    monkeypatch.setattr(payouts, "_is_written", lambda *_: False)

    answer = pays(admin, event, 1)
    assert (answer.status, answer.body["code"]) == (503, Busy.code)


def test_organizers_see_their_own_and_record_nothing(town, organizer, event, verified):
    other = town.organizer("wafula")

    assert other.asks("GET", f"/events/{event['id']}/payout").status == 403
    assert pays(organizer, event, 1).status == 403
    assert pays(town.admin("njeri"), {"id": "nothing"}, 1).status == 404


def test_as_csv_it_adds_up(organizer, admin, event, verified):
    pays(admin, event, 5_000, "=1+1", note="@home")

    answer = organizer.asks("GET", f"/events/{event['id']}/payout.csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
    assert [(row["what"], int(row["kes"])) for row in rows] == [
        ("revenue", 8_000),
        ("cash", 0),
        ("charges", -41),
        ("fee", -200),
        ("payout", -5_000),
        ("owed", 2_759),
    ]
    assert sum(int(row["kes"]) for row in rows[:-1]) == int(rows[-1]["kes"])
    assert (rows[4]["reference"], rows[4]["note"]) == ("'=1+1", "'@home")


def test_the_page_shows_all_of_it_and_runs_nothing(organizer, admin, verified, buyer, safaricom):
    event = organizer.event(title="<script>alert(1)</script>")
    buyer.buys(event, 3)
    safaricom.calls_back(0)
    pays(admin, event, 1_234, "<b>FT</b>")

    answer = organizer.asks("GET", f"/events/{event['id']}/payout.html")

    page = answer.raw.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "<b>FT" not in page
    assert "Organizer: otieno, verified." in page
    assert re.search(r"Owed to the organizer</td><td>4,582<", page)
    assert "-1,234" in page


def test_verifying_says_who_and_when_and_is_done_once(town, admin, organizer, clock):
    path = f"/users/{organizer.id}/verification"
    assert organizer.asks("GET", f"/users/{organizer.id}").body["verified"] is False

    first = admin.asks("PUT", path)
    clock.passes(seconds=1)
    again = town.admin("njeri").asks("PUT", path)

    assert (first.body["verified"], again.body["verified"]) == (True, True)
    assert organizer.asks("GET", f"/users/{organizer.id}").body["verified"] is True
    user = User.get(organizer.id)
    assert (user.verified_by, user.verified_at) == (admin.id, clock.start)
    assert [admin.asks("DELETE", path).body["verified"] for _ in range(2)] == [False, False]
    assert User.get(organizer.id).verified_by is None
    told = [line.what for line in trail.of_month("2026-11") if line.on == f"user#{organizer.id}"]
    assert told == ["user.verified", "user.unverified"]


@pytest.mark.parametrize("does", ["verifies", "leaves"])
def test_of_two_who_change_somebody_at_once_one_is_told_so(town, admin, monkeypatch, does):
    person, other = town.organizer("wafula"), town.admin("njeri")
    path = f"/users/{person.id}/verification"
    transact = verifying.transact

    def late(fill):
        monkeypatch.setattr(verifying, "transact", transact)
        if does == "verifies":
            other.asks("PUT", path)
        else:
            person.asks("DELETE", f"/users/{person.id}")
        transact(fill)

    monkeypatch.setattr(verifying, "transact", late)

    assert admin.asks("PUT", path).status == (200 if does == "verifies" else 404)
    told = [line.by for line in trail.of_month("2026-11") if line.what == "user.verified"]
    assert told == ([other.id] if does == "verifies" else [])
    assert User.get(person.id).is_verified == (does == "verifies")


def test_a_new_address_leaves_somebody_verified(admin, organizer, verified):
    """What was seen is who they are; where money goes is not taken from the profile."""
    organizer.asks(
        "PATCH", f"/users/{organizer.id}", {"email": "new@example.com", "phone_number": "0722000111"}
    )

    assert organizer.asks("GET", f"/users/{organizer.id}").body["verified"] is True


def test_who_leaves_is_not_verified_any_more(town, admin):
    person = town.organizer("wafula")
    path = f"/users/{person.id}/verification"
    admin.asks("PUT", path)
    person.asks("DELETE", f"/users/{person.id}")

    assert User.get(person.id).is_verified is False
    assert [admin.asks(method, path).status for method in ("PUT", "DELETE")] == [404, 404]


def test_what_was_counted_before_there_were_charges_counts_as_none(store):
    old = Takings("old#0", "2026-11-24#regular")
    old.update(actions=[Takings.sold.add(2), Takings.revenue.add(400)])

    (row,) = takings.read(["old#0"])
    assert (row.charges, row.cash) == (0, 0)
