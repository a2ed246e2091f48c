"""Asking again: a new attempt for a payment that failed, expired or was cancelled, on any phone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog.moves import HOLD
from chalicelib.catalog.stock import Seats
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, StillColliding, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Busy, Invalid
from chalicelib.offers import codes, terms
from chalicelib.offers.terms import Terms
from chalicelib.payments import frequency, idempotency, ledger, prompting, prompts, seating, watching
from chalicelib.payments.looking import Search, Sight, look
from chalicelib.payments.models import UNTOLD, Attempt, Payment
from chalicelib.payments.orders import check_sale, seats_anew, sold_out, wanted_again
from chalicelib.payments.problems import AlreadyPaid, PromptOpen
from chalicelib.payments.seating import holds_of
from chalicelib.payments.states import TRANSITIONS, Happening, State
from chalicelib.payments.till import Till, Turn, a_turn

_TRIES: Final = 4


@dataclass(frozen=True)
class Retry:
    """A new attempt that is about to be written: its number, phone and seats, and what it takes."""

    number: int
    phone: str
    seats: list[Seats]
    agreed: Terms
    taken: list[Guard]
    pushed_at: datetime | None
    expires_at: datetime


def ask_again(payment: Payment, phone: str | None, key: str | None, till: Till) -> Payment:
    """Hold the seats again and send a new prompt.

    Args:
        payment: the buyer's, as it was read.
        phone: the phone to prompt; None: the same as before.
        key: the caller's Idempotency-Key.
        till: M-Pesa, the clock, our pace and the settings.

    Returns:
        The payment, `Pending` with a new attempt.

    Raises:
        AlreadyPaid: there is nothing left to pay.
        PromptOpen: a prompt may still be open for this payment, or on that phone.
        TooOften: the buyer has ordered, or that phone was prompted, too often; nothing was changed.
        SalesClosed, SoldOut, Busy: the seats cannot be had (now); nothing was changed.
        Invalid: there is no phone to prompt, since it was forgotten.
        Invalid, CodeUsedUp, LimitReached: its code does not count any more, or not for so many.
        IdempotencyMismatch, StillSending: the key was used before.
        PaymentRefused, MpesaBusy (and their kinds): the push was not sent; the payment is `Failed` again.
    """
    at = till.now()
    guard = idempotency.guard("lnmo", payment.user_id, key, [payment.id, phone], at) if key else None
    with a_turn(till) as turn:
        again = _hold_again(payment, phone or payment.payer_phone, guard, turn, till)
    if again is None:
        assert guard is not None  # noqa: S101 - only a request with a key can have been made before
        return idempotency.made_before(guard, at)
    if again.status != State.PENDING:  # late money came in between
        return again
    return prompting.prompt(again, till)


def _hold_again(payment: Payment, phone: str, key: Guard | None, turn: Turn, till: Till) -> Payment | None:
    """Hold the seats and write the attempt; None if the Idempotency-Key was used before."""
    at = till.now()
    search = Search(payment.event_id, wanted_again(payment))
    counted = frequency.of(payment.user_id, phone)
    for _ in range(_TRIES):
        number = int(payment.attempt_count) + 1
        prompt = prompts.guard(phone, payment.id, number, at)
        seen = look(search, key, prompt, at, frequency.keys(counted, at))
        if seen.key:
            return None
        _check_state(payment, at, till)
        if not phone:  # it was forgotten, as its owner asked
            raise Invalid(fields={"phone": "Name the phone to pay from."})
        prompts.refuse_if_open(seen.phone, at)
        frequency.refuse_full(counted, seen.counted, at)
        check_sale(seen.event, seen.shards, search.wanted, at)
        seats = seats_anew(payment, seen.event, seen.shards)
        if seats is None:
            raise sold_out(seen.event, seen.shards, search.wanted)
        name = payment.promo_code
        code = codes.find(seen.event, name, search.wanted, at) if name else None
        agreed = terms.agree(seen.event, code, seats, payment.user_id, phone)
        if key:
            key.owner = payment.id
        retry = Retry(
            number=number,
            phone=phone,
            seats=agreed.counted(seats),
            agreed=agreed,
            taken=[prompt, *([key] if key else [])],
            pushed_at=at if turn.granted else None,
            expires_at=at + timedelta(seconds=till.settings.hold_seconds),
        )
        try:
            written = _write(payment, retry, at, till, seen)
        except StillColliding:
            search.avoid(seats)
            written = False
        payment = Payment.get(payment.id, consistent_read=True)
        if written or _is_ours(payment, retry, at):
            turn.used = True
            return payment
    raise Busy


def _check_state(payment: Payment, at: datetime, till: Till) -> None:
    """Refuse what is paid, and what may still be answered on the phone."""
    state = State(payment.status)
    if state is State.PENDING:
        raise PromptOpen(retry_after=max(1, int((payment.expires_at - at).total_seconds())))
    if (state, Happening.ASKED_AGAIN) not in TRANSITIONS:
        raise AlreadyPaid.by(payment)
    for attempt in payment.attempts:
        gone_at = attempt.prompted_at + timedelta(seconds=till.settings.prompt_seconds)
        if attempt.outcome in UNTOLD and attempt.pushed_at and at < gone_at:
            raise PromptOpen(retry_after=max(1, int((gone_at - at).total_seconds())))


def _write(payment: Payment, retry: Retry, at: datetime, till: Till, seen: Sight) -> bool:
    after = TRANSITIONS[State(payment.status), Happening.ASKED_AGAIN]
    line = int(payment.version) + 1
    attempt = Attempt(number=retry.number, phone=retry.phone, asked_at=at, pushed_at=retry.pushed_at)
    actions: list[Action] = [
        Payment.status.set(after),
        Payment.attempts.set(Payment.attempts.append([attempt])),
        Payment.attempt_count.set(retry.number),
        Payment.version.set(line),
        Payment.holds.set(holds_of(retry.seats)),
        Payment.payer_phone.set(retry.phone),
        Payment.expires_at.set(retry.expires_at),
        Payment.pending.set(watching.bucket(payment.id)),
        Payment.due_at.set(watching.first_look(at, retry.expires_at, till.settings)),
        Payment.queries.set(0),
        Payment.failure.remove(),
    ]
    personal = list(retry.agreed.personal)
    actions.append(Payment.counted.set(personal) if personal else Payment.counted.remove())
    # Two retries, or a retry and late money, may race: whoever moves the version first wins.
    unmoved = Payment.version == payment.version

    def fill(writing: TransactWrite) -> None:
        writing.update(Payment(payment.id), actions=actions, condition=unmoved)
        seating.move(writing, payment, retry.seats, HOLD, at, int(seen.event.version), retry.agreed)
        amount = int(payment.amount)
        ledger.write(writing, payment.id, line, "asked", at=at, attempt=retry.number, amount=amount)
        frequency.count(writing, frequency.of(payment.user_id, retry.phone), at)
        for guard in retry.taken:
            guards.take(writing, guard, at)

    try:
        transact(fill, seen.tries)
    except ConditionFailed:
        return False
    return True


def _is_ours(payment: Payment, retry: Retry, at: datetime) -> bool:
    """Whether the transaction had been written by an earlier try whose answer was lost."""
    if payment.attempt_count != retry.number:
        return False
    attempt = payment.attempts[-1]
    return bool(attempt.phone == retry.phone and attempt.asked_at == at)
