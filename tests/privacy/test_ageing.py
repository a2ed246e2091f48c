"""Phones of payments that are six years old go, and those that cannot are looked at until they can."""

import pytest

from chalicelib.accounts.models import User
from chalicelib.core import retention
from chalicelib.core.shared import Shared
from chalicelib.payments.models import Payment
from chalicelib.privacy import ageing, forgetting
from tests.personal import addresses_in
from tests.privacy.people import PHONE, phones_of


def test_phones_are_kept_as_long_as_the_tax_law_wants_and_no_longer(town, organizer, buyer, paid):
    sold_at = town.clock.start
    town.clock.at = sold_at.replace(year=2032, month=11, day=30)
    town.mends()
    assert phones_of(paid["id"]) == {PHONE}

    town.clock.at = sold_at.replace(year=2032, month=12, day=1)
    town.mends()

    assert phones_of(paid["id"]) == set()
    assert Shared.get("phones-forgotten").text == "2026-12#0#"
    assert addresses_in(str(User.get(buyer.id).to_simple_dict()))  # whose account it is, knows their phone
    town.mends()


def is_due_back(payment: dict) -> None:
    Payment(payment["id"]).update(actions=[Payment.status.set("RefundDue")])


def years_pass(town) -> None:
    town.clock.at = town.clock.start.replace(year=2033)


def kept() -> set[str]:
    return Shared.get("phones-forgotten").members or set()


def test_an_old_payment_that_is_open_calls_a_person_each_day_until_it_is_settled(town, paid, caplog):
    is_due_back(paid)
    years_pass(town)
    town.mends()
    town.mends()
    assert (phones_of(paid["id"]), kept()) == ({PHONE}, {paid["id"]})
    assert caplog.messages.count("phones.kept") == 1

    town.clock.passes(days=1)
    town.mends()
    assert caplog.messages.count("phones.kept") == 2
    Payment(paid["id"]).update(actions=[Payment.status.set("Refunded")])
    town.clock.passes(days=1)
    town.mends()

    assert (phones_of(paid["id"]), kept()) == (set(), set())


def test_one_that_somebody_changed_just_then_calls_nobody_and_is_looked_at_again(
    town, paid, monkeypatch, caplog
):
    years_pass(town)
    with monkeypatch.context() as patched:
        patched.setattr(ageing, "forget", lambda payment: forgetting.Outcome.OVERTAKEN)
        town.mends()
    assert kept() == {paid["id"]}

    town.clock.passes(days=1)
    town.mends()

    assert (phones_of(paid["id"]), kept()) == (set(), set())
    assert "phones.kept" not in caplog.messages


def test_while_many_are_open_no_further_month_is_gone_through(town, paid, monkeypatch):
    monkeypatch.setattr(ageing, "_MOST", 1)
    is_due_back(paid)
    years_pass(town)
    town.mends()
    place = Shared.get("phones-forgotten").text
    assert place < "2027"

    town.clock.passes(days=1)
    Payment(paid["id"]).update(actions=[Payment.status.set("Refunded")])
    town.mends()

    assert Shared.get("phones-forgotten").text == "2027-11#0#"
    assert (phones_of(paid["id"]), kept()) == (set(), set())


@pytest.mark.parametrize(
    ("now", "first_kept"), [((2026, 11), "2020-11"), ((2026, 1), "2020-01"), ((2032, 12), "2026-12")]
)
def test_the_first_month_that_keeps_its_phones(clock, now, first_kept):
    year, month = now

    assert retention.first_month(clock.at.replace(year=year, month=month)) == first_kept
