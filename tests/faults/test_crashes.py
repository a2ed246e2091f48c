"""Crash enumeration: each use case is killed between every two calls that it makes to the outside.

Then the world is left to itself. It has to come to rest with every promise of `promises.py` kept.
"""

import random

import pytest

from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.outbox import OutboxMessage, State
from chalicelib.delivery import claims
from chalicelib.offers import counting
from chalicelib.payments import settlement
from tests.faults import (
    cases_of_cash,
    cases_of_codes,
    cases_of_delivery,
    cases_of_gate,
    cases_of_orders,
    cases_of_privacy,
    cases_of_records,
    cases_of_refunds,
)
from tests.faults.crashing import Crash
from tests.faults.use_case import UseCase

USE_CASES = [
    *cases_of_orders.CASES,
    *cases_of_gate.CASES,
    *cases_of_refunds.CASES,
    *cases_of_delivery.CASES,
    *cases_of_codes.CASES,
    *cases_of_cash.CASES,
    *cases_of_records.CASES,
    *cases_of_privacy.CASES,
]


@pytest.mark.parametrize("case", USE_CASES[::6], ids=lambda case: case.name)
def test_an_invocation_may_die_at_some_points(case):
    """The quick slice: a point of every sixth use case; the slow tests have all of all."""
    case.run(Crash(*random.Random(case.name).choice(_points(case))))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_an_invocation_may_die_anywhere(case):
    points, longest = _points(case), 0
    for at, after in points:
        crash, seconds = case.run(Crash(at, after))
        assert crash.dead, f"{crash}: it never came to it; it called {crash.calls}"
        longest = max(longest, seconds)
    print(f"{case.name}: {len(points)} crash points, at rest after {longest} s at most")


@pytest.mark.slow
def test_tickets_that_are_issued_after_the_payments_transaction_are_found_missing(monkeypatch):
    """The control: a settlement in two steps, which a crash can part."""
    in_one_step, later = settlement.apply, []

    def in_two_steps(payment, change, at):
        in_one_step(payment, change, at)
        while later:
            later.pop()()

    def postponed(writing, payment, at):
        later.append(lambda: transact(lambda other: issue_tickets(other, payment, at)))

    issue_tickets = settlement.issue_tickets
    monkeypatch.setattr(settlement, "apply", in_two_steps)
    monkeypatch.setattr(settlement, "issue_tickets", postponed)
    (case,) = [one for one in USE_CASES if one.name == "settlement, paid"]

    def at_every_point():
        for at, after in _points(case):
            later.clear()
            case.run(Crash(at, after))

    with pytest.raises(AssertionError, match=r"is Completed with 0 valid tickets"):
        at_every_point()


@pytest.mark.slow
def test_counts_that_do_not_come_back_with_the_seats_are_found(monkeypatch):
    """The control of what is promised of promo codes and limits."""
    count = counting.count

    def never_back(writing, key, n, most=None):
        if n > 0:
            count(writing, key, n, most)

    monkeypatch.setattr(counting, "count", never_back)
    (case,) = [one for one in USE_CASES if one.name == "settlement, refused, by a code"]

    with pytest.raises(AssertionError, match=r"counted .*JAZZ-20#0': 2.*, the payments' tickets are {}"):
        case.run(Crash())


@pytest.mark.slow
def test_a_claim_that_is_over_and_tried_again_is_found_to_send_twice(monkeypatch):
    """The control: a schedule that takes a dead process for one that has not sent."""

    def waits_again(message_id, at):
        is_over = (OutboxMessage.state == State.SENDING) & (OutboxMessage.due_at <= at)
        message = OutboxMessage(message_id)
        try:
            update(message, claims.waiting_again(message, at), is_over)
        except ConditionFailed:
            return False
        return True

    monkeypatch.setattr(claims, "give_up", waits_again)
    (case,) = [one for one in USE_CASES if one.name == "delivery"]
    whole, _ = case.run(Crash())
    sent = whole.calls.index("carrier send") + 1

    with pytest.raises(AssertionError, match=r"was sent 2 times"):
        case.run(Crash(sent, after=True))


def _points(case: UseCase) -> list[tuple[int, bool]]:
    """Before the first call that the use case makes, and after each: nothing is between one and the next."""
    whole, _ = case.run(Crash())
    return [(1, False), *((at, True) for at in range(1, len(whole.calls) + 1))]
