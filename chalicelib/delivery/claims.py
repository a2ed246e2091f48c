"""Claiming a message, and noting what became of it: each a write under a condition that may be repeated.

A message is sent only by whoever moved it from waiting to sending, and only once for each such claim.
Whatever is not certain stays as it is, for a person to decide.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core import outbox
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.ids import new_id
from chalicelib.core.outbox import OutboxMessage, State
from chalicelib.delivery.outcomes import Outcome, Refused, Sent, Unknown

#: A claim is over after so long: no function that sends runs longer than 28 s.
CLAIM: Final = timedelta(seconds=60)
#: After so many tries nobody tries by itself any more: four hours, by the pauses in between.
MOST_TRIES: Final = 10
_LONGEST_PAUSE_MINUTES: Final = 60


def claim(message: OutboxMessage, to: str, besides: Iterable[OutboxMessage], at: datetime) -> bool:
    """Take on to send a message; False if somebody else did. It then holds what is stored of the claim.

    Args:
        message: as it was read.
        to: the address it goes to, masked.
        besides: rows to write with it: the SMS that goes with an e-mail.
        at: now.
    """
    message.claim, more = new_id(at), list(besides)
    message.tries = int(message.tries) + 1
    actions: list[Action] = [
        OutboxMessage.state.set(State.SENDING),
        OutboxMessage.claim.set(message.claim),
        OutboxMessage.tries.set(message.tries),
        OutboxMessage.announced.set(0),
        OutboxMessage.to.set(to),
        OutboxMessage.due.set(outbox.bucket(message.id)),
        OutboxMessage.due_at.set(at + CLAIM),
    ]
    if more:
        actions.append(OutboxMessage.with_sms.set(True))

    def fill(writing: TransactWrite) -> None:
        # Of many who read the same row one moves it; the others' conditions fail, and they send nothing.
        writing.update(OutboxMessage(message.id), actions, OutboxMessage.state == State.WAITING)
        for other in more:
            outbox.add(writing, other)

    try:
        transact(fill)
    except ConditionFailed:
        return False
    return True


def note(message: OutboxMessage, outcome: Outcome, at: datetime) -> State | None:
    """Write down what became of our claim; returns the state, None if the message is not ours any more.

    What we know for certain counts also where the schedule has given our claim up meanwhile.
    """
    state, actions = _after(message, outcome, at)
    is_ours = (OutboxMessage.claim == message.claim) & OutboxMessage.state.is_in(State.SENDING, State.UNKNOWN)
    return state if _updated(message.id, actions, is_ours) else None


def drop(message: OutboxMessage, why: str) -> bool:
    """Send it to nobody; says whether it still waited."""
    dropped = [OutboxMessage.state.set(State.DROPPED), OutboxMessage.why.set(why)]
    actions = [*dropped, OutboxMessage.address.remove(), *_not_due()]
    return _updated(message.id, actions, OutboxMessage.state == State.WAITING)


def postpone(message: OutboxMessage, why: str, at: datetime) -> State | None:
    """Try a message that could not be written later, or not any more; None if somebody moved it."""
    message.tries = int(message.tries) + 1
    state, actions = _after(message, Refused(why), at)
    actions += [OutboxMessage.tries.set(message.tries), OutboxMessage.announced.set(0)]
    return state if _updated(message.id, actions, OutboxMessage.state == State.WAITING) else None


def give_up(message_id: str, at: datetime) -> bool:
    """Call a claim that is over unknown: whoever had it may have died before or after sending."""
    _, actions = _after(OutboxMessage(message_id), Unknown("died"), at)
    is_over = (OutboxMessage.state == State.SENDING) & (OutboxMessage.due_at <= at)
    return _updated(message_id, actions, is_over)


def wake(message_id: str, at: datetime) -> bool:
    """Take on to announce a message that is due; says whether it is ours to announce.

    After each time nothing came of, the next is later: whoever writes it may be killed by it.
    """
    message = outbox.find(message_id)
    if message is None or message.announced >= MOST_TRIES:
        return False
    count = int(message.announced) + 1
    again_at = at + max(2 * outbox.GRACE, pause_after(count))
    actions: list[Action] = [OutboxMessage.due_at.set(again_at), OutboxMessage.announced.set(count)]
    return _updated(message_id, actions, _is_due(at))


def fail_unwritten(message_id: str, at: datetime) -> bool:
    """Let a message be that is due and was announced often enough, with nothing coming of it."""
    _, actions = _after(OutboxMessage(message_id), Refused("not_written", for_good=True), at)
    return _updated(message_id, actions, _is_due(at) & (OutboxMessage.announced >= MOST_TRIES))


def waiting_again(message: OutboxMessage, at: datetime) -> list[Action]:
    """What makes a message wait once more, to be sent at once."""
    return [
        OutboxMessage.state.set(State.WAITING),
        OutboxMessage.why.remove(),
        OutboxMessage.announced.set(0),
        OutboxMessage.due.set(outbox.bucket(message.id)),
        OutboxMessage.due_at.set(at + outbox.GRACE),
        *_no_trouble(),
    ]


def pause_after(tries: int) -> timedelta:
    """How long to leave a message alone that was refused so many times."""
    return timedelta(minutes=min(2 ** (tries - 1), _LONGEST_PAUSE_MINUTES))


def _after(message: OutboxMessage, outcome: Outcome, at: datetime) -> tuple[State, list[Action]]:
    match outcome:
        case Sent(reference):
            actions = [OutboxMessage.sent_at.set(at), OutboxMessage.why.remove(), *_not_due(), *_no_trouble()]
            actions.append(OutboxMessage.address.remove())
            if reference:
                actions.append(OutboxMessage.reference.set(reference))
            return _with(State.SENT, actions)
        case Unknown(why):
            return _with(State.UNKNOWN, [OutboxMessage.why.set(why), *_in_trouble(State.UNKNOWN, at)])
        case Refused(why, for_good) if for_good or message.tries >= MOST_TRIES:
            return _with(State.FAILED, [OutboxMessage.why.set(why), *_in_trouble(State.FAILED, at)])
        case Refused(why):
            again_at = at + pause_after(int(message.tries))
            due = [OutboxMessage.due.set(outbox.bucket(message.id)), OutboxMessage.due_at.set(again_at)]
            return _with(State.WAITING, [OutboxMessage.why.set(why), *due, *_no_trouble()])


def _with(state: State, actions: list[Action]) -> tuple[State, list[Action]]:
    return state, [OutboxMessage.state.set(state), *actions]


def _is_due(at: datetime) -> Condition:
    is_due: Condition = (OutboxMessage.state == State.WAITING) & (OutboxMessage.due_at <= at)
    return is_due


def _not_due() -> list[Action]:
    return [OutboxMessage.due.remove(), OutboxMessage.due_at.remove()]


def _in_trouble(state: State, at: datetime) -> list[Action]:
    return [*_not_due(), OutboxMessage.trouble.set(state), OutboxMessage.trouble_at.set(at)]


def _no_trouble() -> list[Action]:
    return [OutboxMessage.trouble.remove(), OutboxMessage.trouble_at.remove()]


def _updated(message_id: str, actions: list[Action], condition: Condition) -> bool:
    try:
        update(OutboxMessage(message_id), actions, condition)
    except ConditionFailed:
        return False
    return True
