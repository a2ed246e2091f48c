"""Anything in any order: buyers, M-Pesa, the schedule and the clock; `sale.py` says what may happen."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.core.dynamo import update
from chalicelib.payments import prompting, settlement
from chalicelib.payments.models import Payment
from chalicelib.payments.prompting import _note as note
from chalicelib.payments.states import State
from chalicelib.payments.verdicts import judge
from tests.faults import ways
from tests.faults.sale import Sale
from tests.faults.steps import RECORD, Record

#: From the tenth on Hypothesis makes its histories by copying parts of the earlier ones about.
_AT_A_TIME = 9


def run(
    times: int,
    histories: int,
    steps: int,
    phases=(Phase.generate, Phase.shrink),
    is_enough=lambda record: False,
) -> Record:
    """So many times so many histories, or until it is enough, the same ones whenever it runs; what they did.

    The first of each time is the simplest that there is. The randomness comes from the name of the class.
    """
    RECORD.clear()
    how = settings(
        max_examples=1 + min(histories, _AT_A_TIME),
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        report_multiple_bugs=False,
    )
    for number in range(times):
        run_state_machine_as_test(type(f"Sale{number}", (Sale,), {}), settings=how)
        if is_enough(RECORD):
            break
    return RECORD


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order_every_promise_is_kept():
    done = run(times=1, histories=2, steps=30)

    assert done.ended["Completed"]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_whatever_happens_in_whatever_order_every_promise_is_kept_at_length():
    def is_enough(so_far: Record) -> bool:
        return set(so_far.taken) >= ways.ALL and so_far.ended.total() >= 600

    done = run(times=14, histories=9, steps=50, is_enough=is_enough)

    print(done)
    assert set(done.taken) >= ways.ALL
    assert set(done.ended) == set(State) - {State.PENDING}
    assert min(done.ended.values()) >= 15
    assert done.ended.total() >= 400


def late_money_is_not_noticed(payment, attempt, result, **more):
    late = result.is_paid and payment.status in (State.FAILED, State.EXPIRED, State.CANCELLED)
    return None if late else judge(payment, attempt, result, **more)


def the_pushs_answer_overwrites_what_the_callback_said(payment, number, outcome, checkout_request_id=None):
    note(payment, number, outcome, checkout_request_id)
    update(payment, [Payment.attempts[number - 1]["outcome"].set(outcome)], Payment.id.exists())


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    [
        (settlement, "judge", late_money_is_not_noticed),
        (prompting, "_note", the_pushs_answer_overwrites_what_the_callback_said),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_planted_is_found(monkeypatch, place, name, wrong):
    """The controls."""
    monkeypatch.setattr(place, name, wrong)

    with pytest.raises(AssertionError, match="paid 1 times"):
        run(times=7, histories=9, steps=12, phases=[Phase.generate])
