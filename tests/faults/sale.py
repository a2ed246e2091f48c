"""What may happen to a few events, buyers and payments, step by step: a state machine of Hypothesis.

Every step goes through the HTTP and queue handlers as deployed. After each that wrote anything the promises
that hold at every moment are checked; at the end the world is left alone, and has to come to rest with all of
them kept.

It has one rule, which draws one of the steps below by their weights. With a rule for each, Hypothesis turns
most of them off in most runs ("swarm testing"), and hardly anybody buys.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chalicelib.core.queues import QUEUES, REFUNDS, STK_RESULTS
from chalicelib.core.settings import settings
from chalicelib.payments import refunding
from chalicelib.payments.cash_models import CashDrawer
from chalicelib.payments.daraja.answers import NotSent, Push, Unknown, Why
from chalicelib.payments.models import CASH, Payment, Refund
from chalicelib.payments.refund_states import TO_ASK, RefundState
from chalicelib.payments.states import State
from tests.actors import Person
from tests.faults import ways
from tests.faults.bank import Fate, OnPhone
from tests.faults.promises import broken
from tests.faults.steps import RECORD, NothingToDo, Step, any_step, one_of, step
from tests.faults.world import a_world

#: What customers do; most pay.
FATES = st.sampled_from(["pays"] * 6 + ["refuses"] * 3 + ["pays another amount"] * 3 + ["ignores"])

#: What becomes of a push; most are accepted.
PUSHES = st.sampled_from(
    ["accepted"] * 6 + ["answered late", "not sent", "unknown", "unknown, on the phone", "queued"]
)

#: Refusals that a callback may tell, true or not: certain ones, doubtful ones, one that is not known.
CODES = st.sampled_from([1, 1032, 2001, 1019, 1037, 4999, "SFC_ICXXXX"])

KINDS = st.sampled_from(["regular", "regular", "regular", "MVP"])

SOME = st.sampled_from([1, 1, 2, 3])

#: Seconds; a prompt is gone after 90.
WAITS = st.sampled_from([0, 90])

LOST = st.sampled_from([False, False, True])

#: Whether a buyer names the event's promo code.
BY_CODE = st.sampled_from([False, False, True])
CODE = "JAZZ-20"

#: Which of those that there are.
WHICH = st.integers(0, 30)

_ENDED = (State.FAILED, State.EXPIRED, State.CANCELLED)


#: Invocations that wait for what they call, so that others may come in between.
AT_ONCE = one_of(
    "somebody_orders",
    "somebody_asks_again",
    "somebody_cancels",
    "somebody_looks",
    "queues_are_worked_off",
    "the_schedule_ticks",
    "an_organizer_changes_the_capacity",
    "an_organizer_cancels_an_event",
    "an_organizer_sets_limits",
    "a_result_is_settled",
    "late_money_comes",
    "an_organizer_refunds",
    "reversals_are_worked_off",
    "an_organizer_sells_at_the_gate",
    "cash_is_counted",
)

#: What becomes of a reversal; most are carried out.
UNDOINGS = st.sampled_from(
    ["done"] * 5 + ["refused", "busy", "unknown, done", "unknown, not done", "done, nobody tells"]
)

#: Refunds of more than this want a second person: of three regular tickets, or one that is dear.
LIMIT = 250


class Sale(RuleBasedStateMachine):
    """A few events, three people, M-Pesa and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = ExitStack()
        self.world = self.ends.enter_context(a_world())
        self.ends.enter_context(ways.counted(RECORD.taken))
        limited = replace(settings(), refund_approval=LIMIT)
        self.ends.enter_context(patch.object(refunding, "settings", lambda: limited))
        self.bank = self.world.bank
        self.people = [self.world.buyer, self.world.other, self.world.organizer]
        self.events: list[dict[str, Any]] = []
        self.payments: list[Payment] = []
        self.phones = 0
        self.looked_at = -1
        #: The only payment that the steps are about, where it is not None.
        self.only: Payment | None = None

    def teardown(self) -> None:
        try:
            for shown in self.bank.prompts:
                shown.fate = "refuses" if shown.fate == "ignores" else shown.fate
            self.world.is_left_alone(lambda: True, every=60)
            RECORD.ended.update(payment.status for payment in Payment.scan())
        finally:
            self.ends.close()

    @invariant()
    def every_promise_of_every_moment_is_kept(self) -> None:
        if self.looked_at != self.world.outside.writes:
            assert broken(self.bank, settled=False) == []
            self.payments = sorted(Payment.scan(), key=lambda payment: payment.id)
            self.looked_at = self.world.outside.writes

    @initialize(seats=st.integers(4, 8), in_shards=st.booleans(), fate=FATES, push=PUSHES)
    def somebody_has_ordered(self, seats: int, in_shards: bool, fate: Any, push: str) -> None:
        self.an_event_is_put_on_sale(seats, 100, in_shards)
        self.somebody_orders(0, 0, 1, "regular", fate, push, lost=False, by_code=False)

    @rule(step=any_step())
    def something_happens(self, step: Step) -> None:
        RECORD.steps[step[0]] += 1
        if not self._happens(step):
            RECORD.idle[step[0]] += 1
            note("(it found nothing to do, so somebody orders)")
            fate: Fate = "refuses" if self.phones % 4 == 3 else "pays"
            event = len(self.events) - 1
            self.somebody_orders(event, 1, 1, "regular", fate, "accepted", lost=False, by_code=False)

    # The first is what Hypothesis comes back to: it should cost nothing.

    @step(5, seconds=st.sampled_from([1, 20, 60, 90, 4000]))
    def time_passes(self, seconds) -> None:
        self.world.clock.passes(seconds=seconds)

    # Buyers

    @step(8, which=WHICH, who=WHICH, n=SOME, kind=KINDS, fate=FATES, push=PUSHES, lost=LOST, by_code=BY_CODE)
    def somebody_orders(self, which, who, n, kind, fate, push, lost, by_code) -> None:
        self._next_push(push, fate, lost)
        event = _one(which, self.events)
        order = {"ticket_type": kind, "phone": self._phone(which)} | ({"promo_code": CODE} if by_code else {})
        answer = self.people[who % 3].orders(event, n, **order)
        has_ended = by_code and answer.status == 422
        assert has_ended or answer.status in (202, 409, 429, 502, 503), answer.body

    @step(2, which=WHICH)
    def others_take_all_that_is_left(self, which) -> None:
        """Of an event that somebody may still pay for late."""
        late = self._shown(which, self._may_be_paid_late)
        event_id = next(one.event_id for one in self.payments if one.id == late.payment_id)
        seen = self.world.other.asks("GET", f"/events/{event_id}/availability").body
        for kind, of_kind in seen["ticket_types"].items():
            if n := min(of_kind["available"], 10):
                self._next_push("accepted", "pays", lost=False)
                self.world.other.orders({"id": event_id}, n, ticket_type=kind, phone=self._phone(0))

    @step(5, which=WHICH, fate=FATES, push=PUSHES, lost=LOST, same=st.booleans(), waits=WAITS)
    def somebody_asks_again(self, which, fate, push, lost, same, waits) -> None:
        """At once, or when the old prompt has gone; it may still be paid."""
        payment = self._payment(which, *_ENDED, of={event["id"] for event in self.events})
        self.world.clock.passes(seconds=waits)
        self._next_push(push, fate, lost)
        body = {"payment_id": payment.id} | ({} if same else {"phone": self._phone(which)})
        answer = self._buyer(payment).asks("POST", "/lnmo", body)
        has_ended = payment.promo_code and answer.status == 422
        assert has_ended or answer.status in (202, 409, 429, 502, 503), answer.body

    @step(3, which=WHICH)
    def somebody_cancels(self, which) -> None:
        payment = self._payment(which, State.PENDING)
        answer = self._buyer(payment).asks("DELETE", f"/payments/{payment.id}")
        assert answer.status in (200, 409), answer.body

    @step(2, which=WHICH)
    def somebody_looks(self, which) -> None:
        payment = self._payment(which, *State)
        assert self._buyer(payment).asks("GET", f"/payments/{payment.id}").status == 200

    # Organizers

    @step(3, seats=st.integers(2, 8), price=st.sampled_from([100, 0]), in_shards=st.booleans())
    def an_event_is_put_on_sale(self, seats, price, in_shards) -> None:
        sells = {"regular_price": price, "MVP_price": 500, "quotas": {"MVP": 1}}
        organizer = self.world.organizer
        made = (
            organizer.sharded_event(seats, **sells)
            if in_shards
            else organizer.event(available_tickets=seats, **sells)
        )
        self.events.append(made)
        code = {"code": CODE, "amount_off": 40, "max_tickets": 4, "max_per_customer": 3}
        path = f"/events/{made['id']}/promo-codes"
        assert organizer.asks("POST", path, code).status == 201

    @step(2, which=WHICH, customer=st.sampled_from(["", "", 4]), phone=st.sampled_from(["", 3]))
    def an_organizer_sets_limits(self, which, customer, phone) -> None:
        path = f"/events/{_one(which, self.events)['id']}"
        limits = {"max_per_customer": customer, "max_per_phone": phone}
        assert self.world.organizer.asks("PATCH", path, limits).status == 200

    @step(1, which=WHICH)
    def an_organizer_ends_a_code(self, which) -> None:
        event = _one(which, self.events)
        path = f"/events/{event['id']}/promo-codes/{CODE}"
        assert self.world.organizer.asks("DELETE", path).status == 204

    @step(3, which=WHICH, n=SOME, kind=KINDS, gift=st.booleans(), told=st.booleans())
    def an_organizer_sells_at_the_gate(self, which, n, kind, gift, told) -> None:
        event = _one(which, self.events)
        how = {"payment_type": "Complimentary" if gift else "Cash", "phone": "0733000111" if told else None}
        answer = self.world.organizer.orders(event, n, ticket_type=kind, **how)
        assert answer.status in (202, 409), answer.body

    @step(2, which=WHICH, part=st.sampled_from([1, 1, 0.5]))
    def cash_is_counted(self, which, part) -> None:
        """By an Admin who looks, and counts all or half of what should be there."""
        sold = _one(which, [one for one in self.payments if one.payment_type == CASH])
        drawer = CashDrawer.get(sold.event_id, sold.sold_by)
        form = {"seller_id": sold.sold_by, "amount": int(max(0, drawer.in_hand) * part)}
        answer = self.world.admin.asks("POST", f"/events/{sold.event_id}/cash-ups", form)
        assert answer.status in (201, 409, 422), answer.body

    @step(2, which=WHICH, more=st.integers(-2, 3))
    def an_organizer_changes_the_capacity(self, which, more) -> None:
        path = f"/events/{_one(which, self.events)['id']}"
        seen = self.world.organizer.asks("GET", path).body
        answer = self.world.organizer.asks("PATCH", path, {"capacity": max(1, seen["capacity"] + more)})
        assert answer.status in (200, 409, 422), answer.body

    @step(2, which=WHICH)
    def an_organizer_cancels_an_event(self, which) -> None:
        """One that is sold by then; another takes its place."""
        event_id = self._payment(which, *State).event_id
        assert self.world.organizer.asks("POST", f"/events/{event_id}/cancel", {}).status == 200
        self.events = [one for one in self.events if one["id"] != event_id]
        self.an_event_is_put_on_sale(3, 100, in_shards=False)

    # Refunds

    @step(6, which=WHICH, by_hand=st.booleans(), part=st.booleans(), undoing=UNDOINGS)
    def an_organizer_refunds(self, which, by_hand, part, undoing) -> None:
        payment = self._payment(which, State.COMPLETED, State.COMPLETED, State.REFUND_DUE)
        self.bank.undoing = undoing
        form: dict[str, Any] = {"reason": "Rain.", "method": "manual" if by_hand else "reversal"}
        if part and payment.status == State.COMPLETED:
            form |= {"method": "manual", "tickets": [f"{payment.id}01"]}
        answer = self.world.organizer.asks("POST", f"/payments/{payment.id}/refund", form)
        assert answer.status in (202, 409, 422), answer.body

    @step(3, which=WHICH, by_hand=st.booleans())
    def money_that_came_on_top_goes_back(self, which, by_hand) -> None:
        extra = _one(which, [one for one in Refund.scan() if one.of == "extra" and one.state in TO_ASK])
        form = {"reason": "Twice.", "method": "manual" if by_hand else "reversal", "refund_id": extra.number}
        answer = self.world.organizer.asks("POST", f"/payments/{extra.payment_id}/refund", form)
        assert answer.status in (202, 409), answer.body

    @step(2, which=WHICH)
    def all_that_an_event_owes_is_asked_for(self, which) -> None:
        event_id = self._payment(which, State.REFUND_DUE).event_id
        path = f"/events/{event_id}/refunds"
        assert self.world.organizer.asks("POST", path, {"reason": "Rain."}).status == 202

    @step(3, which=WHICH)
    def a_second_person_approves(self, which) -> None:
        waiting = [one for one in Refund.scan() if one.state == RefundState.AWAITING_APPROVAL]
        refund = _one(which, waiting)
        path = f"/payments/{refund.payment_id}/refund/{refund.number}/approve"
        assert self.world.admin.asks("POST", path).status in (202, 409)

    @step(2, which=WHICH)
    def somebody_turns_a_refund_down(self, which) -> None:
        waiting = [one for one in Refund.scan() if one.state == RefundState.AWAITING_APPROVAL]
        refund = _one(which, waiting)
        path = f"/payments/{refund.payment_id}/refund/{refund.number}/decline"
        assert self.world.admin.asks("POST", path).status in (200, 409)

    @step(2, which=WHICH)
    def an_admin_reads_the_statement(self, which) -> None:
        unknown = [one for one in Refund.scan() if one.state == RefundState.UNKNOWN]
        refund = _one(which, unknown)
        path = f"/payments/{refund.payment_id}/refund/{refund.number}/statement"
        said = {"reversed": refund.receipt in self.bank.given_back}
        assert self.world.admin.asks("POST", path, said).status in (200, 409)

    @step(4, times=st.sampled_from([1, 1, 2]))
    def reversals_are_worked_off(self, times) -> None:
        if not self.world.works_off(REFUNDS, times=times):
            raise NothingToDo

    @step(3)
    def m_pesa_tells_of_reversals(self) -> None:
        if not self.bank.tells():
            raise NothingToDo

    @step(2, which=WHICH, lies=st.booleans())
    def m_pesa_tells_of_a_reversal_again(self, which, lies) -> None:
        """Or that it refused one, of which it has said before that it is done."""
        undone = _one(which, [one for one in self.bank.reversals if one.told])
        self.bank.tells_of(undone, 1 if lies and undone.code != 1 else None)

    # M-Pesa

    @step(1)
    def customers_answer(self) -> None:
        self.bank.customers_answer()

    @step(3, which=WHICH)
    def one_customer_answers(self, which) -> None:
        self.bank.answers(self._shown(which, _is_open))

    @step(3)
    def m_pesa_calls_back(self) -> None:
        self._shown(0, lambda one: one in self.bank.due())
        self.bank.calls_back()

    @step(2, which=WHICH)
    def m_pesa_repeats_itself(self, which) -> None:
        shown = self._shown(which, lambda one: one.code is not None)
        assert self.bank.posts(shown).status == 200

    @step(3, which=WHICH, code=CODES)
    def m_pesa_says_that_it_failed(self, which, code) -> None:
        """Which is not true, or not yet; the truth comes as well, some time."""
        shown = self._shown(which, lambda one: not one.called_back and one.fate != "refuses")
        shown.callback_lost = False
        assert self.bank.posts(shown, code=code).status == 200

    @step(1, which=WHICH, part=st.sampled_from(["token", "attempt", "payment"]))
    def a_stranger_calls_back(self, which, part) -> None:
        assert self.bank.forged(self._shown(which, lambda one: True), part).status == 404

    # What we do by ourselves

    @step(5, times=st.sampled_from([1, 1, 1, 2]), backwards=st.booleans())
    def queues_are_worked_off(self, times, backwards) -> None:
        if not sum([self.world.works_off(one, times=times, backwards=backwards) for one in QUEUES]):
            raise NothingToDo

    @step(3, which=WHICH)
    def a_result_is_settled(self, which) -> None:
        """A customer answers, Safaricom calls back, and that is worked off, all at one moment."""
        shown = self._shown(which, _is_open)
        self._is_settled(shown)

    @step(3, which=WHICH)
    def late_money_comes(self, which) -> None:
        """For an order that has ended."""
        self._is_settled(self._shown(which, self._may_be_paid_late))

    def _may_be_paid_late(self, shown: OnPhone) -> bool:
        ended = {one.id for one in self.payments if one.status in _ENDED}
        return _is_open(shown) and shown.fate != "refuses" and shown.payment_id in ended

    def _is_settled(self, shown: OnPhone) -> None:
        self.bank.answers(shown)
        if shown.code:
            self.bank.calls_back_for(shown)
            self.world.works_off(STK_RESULTS)

    @step(2)
    def holds_run_out(self) -> None:
        self.world.clock.passes(seconds=310)
        self.world.schedules_tick()

    @step(2, which=WHICH)
    def a_callback_is_slow(self, which) -> None:
        """A customer answers, and the schedule asks before Safaricom has told."""
        self.bank.answers(self._shown(which, _is_open))
        self.world.clock.passes(seconds=90)
        self.world.schedules_tick()

    @step(2)
    def the_schedule_ticks(self) -> None:
        self.world.schedules_tick()

    @step(5, which=WHICH, first=AT_ONCE, then=AT_ONCE, before=st.integers(1, 10))
    def two_things_happen_at_once(self, which, first, then, before) -> None:
        """To one payment: the one thing is interrupted by the other before its call number `before`."""
        self.only = self._payment(which, *State)
        try:
            with self.world.outside.interrupted(before, lambda: self._happens(then)) as meanwhile:
                if not self._happens(first) or not meanwhile.has_been:
                    raise NothingToDo
        finally:
            self.only = None

    def _happens(self, step: Step) -> bool:
        name, arguments = step
        try:
            getattr(self, name)(**arguments)
        except NothingToDo:
            return False
        return True

    def _next_push(self, push: str, fate: Any, lost: bool) -> None:
        # What was pushed without an answer cannot be asked about, so only its callback can tell.
        self.bank.fate, self.bank.loses_callbacks = fate, lost and push in ("accepted", "queued")
        self.bank.early = self._is_settled if push == "answered late" else None
        if push == "queued" and not self.world.outside.is_interrupted:
            self.world.empties_our_pace()
        answers: dict[str, tuple[Push, bool]] = {
            "not sent": (NotSent(Why.M_PESA_BUSY, "by the test"), False),
            "unknown": (Unknown("by the test"), False),
            "unknown, on the phone": (Unknown("by the test"), True),
        }
        self.bank.next_push = answers.get(push)

    def _phone(self, which: int) -> str:
        """Mostly a phone of its own, sometimes one that may have a prompt."""
        self.phones += which % 5 != 4
        return f"2547110{self.phones:05d}"

    def _buyer(self, payment: Payment) -> Person:
        return next(person for person in self.people if person.id == payment.user_id)

    def _payment(self, which: int, *states: State, of: set[str] | None = None) -> Payment:
        of_all = [self.only] if self.only else self.payments
        return _one(
            which, [one for one in of_all if one.status in states and (of is None or one.event_id in of)]
        )

    def _shown(self, which: int, fits: Callable[[OnPhone], bool]) -> OnPhone:
        of_all = [one for one in self.bank.prompts if not self.only or one.payment_id == self.only.id]
        return _one(which, [one for one in of_all if fits(one)])


def _is_open(shown: OnPhone) -> bool:
    return shown.code is None and shown.fate != "ignores"


def _one(which: int, of: list[Any]) -> Any:
    if not of:
        raise NothingToDo
    return of[which % len(of)]
