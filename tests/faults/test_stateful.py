"""Anything in any order: buyers, M-Pesa, the schedule and the clock, as a state machine of Hypothesis.

Every step goes through the HTTP and queue handlers as deployed. After each, the promises that hold at every
moment are checked; at the end the world is left alone, and has to come to rest with all of them kept.
"""

from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.core.queues import QUEUES
from chalicelib.payments.daraja.answers import NotSent, Push, Unknown, Why
from chalicelib.payments.models import Payment
from tests.faults.bank import OnPhone
from tests.faults.promises import broken
from tests.faults.world import a_world

#: How many payments of all runs came to rest in which state.
ENDED: Counter[str] = Counter()

#: What customers do; most pay.
FATES = st.sampled_from(["pays", "pays", "pays", "refuses", "ignores"])

#: What becomes of a push; most are accepted.
PUSHES = st.sampled_from(
    ["accepted", "accepted", "accepted", "not sent", "unknown", "unknown, on the phone", "queued"]
)

#: Refusals that a callback may tell, true or not: certain ones, doubtful ones, one that is not known.
CODES = [1, 1032, 2001, 1019, 1037, 4999, "SFC_ICXXXX"]


class Sale(RuleBasedStateMachine):
    """What may happen to a few events, buyers and payments."""

    events = Bundle("events")
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.ends = ExitStack()
        self.world = self.ends.enter_context(a_world())
        self.bank = self.world.bank
        self.people = [self.world.buyer, self.world.other, self.world.organizer]
        self.phones = self.ordered = 0

    def teardown(self) -> None:
        try:
            for shown in self.bank.prompts:
                shown.fate = "refuses" if shown.fate == "ignores" else shown.fate
            self.world.is_left_alone(lambda: True)
            ENDED.update(payment.status for payment in Payment.scan())
        finally:
            self.ends.close()

    @invariant()
    def every_promise_of_every_moment_is_kept(self) -> None:
        assert broken(self.bank, settled=False) == []

    @initialize(target=events)
    def there_is_an_event(self) -> Any:
        return self.world.organizer.event(available_tickets=3, regular_price=100)

    @rule(target=events, seats=st.integers(1, 5), price=st.sampled_from([0, 100, 250]))
    def an_event_is_put_on_sale(self, seats: int, price: int) -> Any:
        quotas = {"MVP": 1} if seats > 1 else {}
        return self.world.organizer.event(
            available_tickets=seats, regular_price=price, MVP_price=500, quotas=quotas
        )

    @rule(
        target=payments,
        event=events,
        who=st.integers(0, 2),
        n=st.integers(1, 3),
        kind=st.sampled_from(["regular", "MVP"]),
        fate=FATES,
        lost=st.booleans(),
        push=st.sampled_from(
            ["accepted", "accepted", "not sent", "unknown", "unknown, on the phone", "queued"]
        ),
    )
    def somebody_orders(self, event, who, n, kind, fate, lost, push) -> Any:
        self.ordered += 1
        self._next_push(push, fate, lost)
        answer = self.people[who].orders(event, n, ticket_type=kind, phone=self._phone())
        assert answer.status in (202, 409, 502, 503), answer.body
        payment_id = answer.body["id"] if answer.status == 202 else answer.body.get("payment_id")
        return who, payment_id

    @rule(payment=payments, fate=FATES, same=st.booleans())
    def somebody_asks_again(self, payment, fate, same) -> None:
        who, payment_id = payment
        if payment_id is None:
            return
        self._next_push("accepted", fate, lost=False)
        body = {"payment_id": payment_id} | ({} if same else {"phone": self._phone()})
        answer = self.people[who].asks("POST", "/lnmo", body)
        assert answer.status in (202, 409), answer.body

    @rule(payment=payments)
    def somebody_cancels(self, payment) -> None:
        who, payment_id = payment
        if payment_id is not None:
            answer = self.people[who].asks("DELETE", f"/payments/{payment_id}")
            assert answer.status in (200, 409), answer.body

    @rule(payment=payments)
    def somebody_looks(self, payment) -> None:
        who, payment_id = payment
        if payment_id is not None:
            assert self.people[who].asks("GET", f"/payments/{payment_id}").status == 200

    @precondition(lambda self: self.ordered)
    @rule(event=events, more=st.integers(-3, 3))
    def an_organizer_changes_the_capacity(self, event, more) -> None:
        seen = self.world.organizer.asks("GET", f"/events/{event['id']}").body
        capacity = max(1, seen["capacity"] + more)
        answer = self.world.organizer.asks("PATCH", f"/events/{event['id']}", {"capacity": capacity})
        assert answer.status in (200, 409, 422), answer.body

    @precondition(lambda self: self.ordered > 2)
    @rule(event=events)
    def an_organizer_cancels_an_event(self, event) -> None:
        assert self.world.organizer.asks("POST", f"/events/{event['id']}/cancel", {}).status == 200

    @precondition(lambda self: self.bank.prompts)
    @rule()
    def customers_answer(self) -> None:
        self.bank.customers_answer()

    @precondition(lambda self: self.bank.prompts)
    @rule()
    def m_pesa_calls_back(self) -> None:
        self.bank.calls_back()

    @precondition(lambda self: self.bank.prompts)
    @rule(number=st.integers(0, 30))
    def m_pesa_repeats_itself(self, number) -> None:
        if shown := self._shown(number, answered=True):
            assert self.bank.posts(shown).status == 200

    @precondition(lambda self: self.bank.prompts)
    @rule(number=st.integers(0, 30), code=st.sampled_from(CODES))
    def m_pesa_says_that_it_failed(self, number, code) -> None:
        """Be it true or not; if it is not, the truth comes as well, some time."""
        if shown := self._shown(number):
            shown.callback_lost = False
            assert self.bank.posts(shown, code=code).status == 200

    @precondition(lambda self: self.bank.prompts)
    @rule(number=st.integers(0, 30), amount=st.sampled_from([1, 99, 501]))
    def another_amount_is_paid(self, number, amount) -> None:
        shown = self._shown(number)
        if shown and shown.code is None and shown.fate == "pays":
            shown.code, shown.receipt, shown.called_back = "0", f"ODD{number:07d}", True
            shown.amount = amount
            assert self.bank.posts(shown).status == 200

    @precondition(lambda self: self.bank.prompts)
    @rule(number=st.integers(0, 30), part=st.sampled_from(["token", "attempt", "payment"]))
    def a_stranger_calls_back(self, number, part) -> None:
        if shown := self._shown(number):
            assert self.bank.forged(shown, part).status == 404

    @precondition(lambda self: self.world.waiting())
    @rule()
    def queues_are_worked_off(self) -> None:
        for queue in QUEUES:
            self.world.works_off(queue)

    @precondition(lambda self: self.ordered)
    @rule()
    def the_schedule_ticks(self) -> None:
        self.world.schedules_tick()

    @precondition(lambda self: self.ordered)
    @rule(seconds=st.sampled_from([1, 20, 60, 90, 310, 4000]))
    def time_passes(self, seconds) -> None:
        self.world.clock.passes(seconds=seconds)

    def _next_push(self, push: str, fate: Any, lost: bool) -> None:
        # What was pushed without an answer cannot be asked about, so only its callback can tell.
        self.bank.fate, self.bank.loses_callbacks = fate, lost and push in ("accepted", "queued")
        if push == "queued":
            self.world.empties_our_pace()
        answers: dict[str, tuple[Push, bool]] = {
            "not sent": (NotSent(Why.M_PESA_BUSY, "by the test"), False),
            "unknown": (Unknown("by the test"), False),
            "unknown, on the phone": (Unknown("by the test"), True),
        }
        self.bank.next_push = answers.get(push)

    def _phone(self) -> str:
        self.phones += 1
        return f"2547110{self.phones % 5:05d}"  # few, so that prompts meet

    def _shown(self, number: int, answered: bool = False) -> OnPhone | None:
        seen = [one for one in self.bank.prompts if one.code is not None or not answered]
        return seen[number % len(seen)] if seen else None


def run(examples: int, steps: int) -> None:
    ENDED.clear()
    run_state_machine_as_test(
        Sale,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order_every_promise_is_kept():
    run(examples=3, steps=25)

    assert ENDED["Completed"]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_whatever_happens_in_whatever_order_every_promise_is_kept_at_length():
    run(examples=40, steps=40)

    print(f"{ENDED.total()} payments: {dict(ENDED)}")
    assert {"Completed", "Failed", "Cancelled"} <= set(ENDED)
