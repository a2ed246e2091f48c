"""Posting: sending one message of the outbox, at most once for each claim.

Read, write the letter, claim, send, note. Until the claim anything may be repeated; after it nothing is. Who
dies between the claim and the note leaves the message claimed, and the schedule calls it unknown.
"""

import heapq
import json
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from chalicelib.accounts import people
from chalicelib.accounts.models import User
from chalicelib.core import log, metrics, outbox
from chalicelib.core.clock import Clock
from chalicelib.core.outbox import EMAIL, SMS, OutboxMessage, State
from chalicelib.core.problems import NotFound
from chalicelib.delivery import claims, letters, masking, rationing, ways
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.mime import NoSuchAddress
from chalicelib.delivery.outcomes import Outcome, Refused, Unknown
from chalicelib.delivery.ways import Way

#: At most so many messages from each bucket in one run of the schedule, which others share.
_MOST: Final = 250
_RUN: Final = timedelta(seconds=10)


def post_message(body: str, now: Clock) -> None:
    """Work off one message of the queue.

    Raises:
        Exception: nothing was claimed; the queue brings it again.
    """
    post(json.loads(body)["message_id"], now)


def post(message_id: str, now: Clock) -> None:
    """Send a message of the outbox, if it waits and nobody else does.

    Raises:
        Exception: nothing was claimed.
    """
    message = outbox.find(message_id)
    if message is None or message.state != State.WAITING:
        return
    way = ways.open_ways().get(message.channel)
    person = _reader(message)
    if person is None or way is None:
        _drop(message, "left" if person is None else "no_way")
        return
    try:
        letter = letters.write(message, person, now())
    except Exception as error:
        _put_off(message, error, now())
        return
    if letter is None:
        _drop(message, "overtaken")
    else:
        _hand_over(message, letter, way, now)


def go_on(now: Clock) -> None:
    """Announce what is due, and give claims up that are over; what is left the next run does."""
    at = now()
    try:
        due = list(_due(at))
    except Exception:  # the schedule has other work behind this
        log.crash("messages.not_looked_at")
        return
    for message_id in due:
        if now() - at > _RUN:
            return
        try:
            if claims.wake(message_id, at):
                outbox.announce(message_id)
            elif claims.give_up(message_id, at):
                _report(message_id, State.UNKNOWN, "died")
            elif claims.fail_unwritten(message_id, at):
                _report(message_id, State.FAILED, "not_written")
        except Exception:  # whatever it is: others are waiting behind it
            log.crash("message.postponed", message_id=message_id)


def _hand_over(message: OutboxMessage, letter: Letter, way: Way, now: Clock) -> None:
    is_mail = message.channel == EMAIL
    if not is_mail and letter.sms is None:
        _drop(message, "not_by_sms")
        return
    if not rationing.may_send(message, letter, now()):
        _drop(message, "too_many")
        return
    to = masking.email(letter.email) if is_mail else masking.phone(letter.phone)
    texts = _sms_too(message, letter, now())
    if not claims.claim(message, to, texts, now()):
        return
    for text in texts:
        outbox.announce(text.id)
    outcome = _sent(message, letter, way, now())
    try:
        state = claims.note(message, outcome, now())
    except Exception:  # it is out, or may be: what is not noted is called unknown
        log.crash("message.not_noted", message_id=message.id)
        return
    _report(message.id, state, getattr(outcome, "why", ""), message)


def _sent(message: OutboxMessage, letter: Letter, way: Way, at: datetime) -> Outcome:
    try:
        return way(letter, message, at)
    except NoSuchAddress as error:
        return Refused(type(error).__name__, for_good=True)
    except Exception as error:  # nobody expected it, so nobody can say whether it was sent
        log.alert("message.crashed", message_id=message.id, error=_where(error))
        return Unknown(type(error).__name__)


def _sms_too(message: OutboxMessage, letter: Letter, at: datetime) -> list[OutboxMessage]:
    """The SMS that goes with an e-mail, once, where there is a way to send one."""
    if message.channel != EMAIL or message.with_sms or letter.sms is None or SMS not in ways.open_ways():
        return []
    return [
        outbox.new(
            message.kind,
            message.user_id,
            at,
            about=message.id[:32],
            which=message.which or "",
            payment_id=message.payment_id,
            channel=SMS,
            asked_by=message.asked_by,
        )
    ]


def _reader(message: OutboxMessage) -> User | None:
    try:
        return people.find(message.user_id)
    except NotFound:
        return None


def _put_off(message: OutboxMessage, error: Exception, at: datetime) -> None:
    """Let a letter that cannot be written wait for another try."""
    log.alert("message.not_written", message_id=message.id, kind=message.kind, error=_where(error))
    _report(message.id, claims.postpone(message, "not_written", at), "not_written", message)


def _where(error: Exception) -> str:
    """What went wrong and where, but not its text, which may have the address or the link in it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _drop(message: OutboxMessage, why: str) -> None:
    if claims.drop(message, why):
        _report(message.id, State.DROPPED, why, message)


def _due(at: datetime) -> Iterator[str]:
    """What is due, longest first over all buckets."""
    rows = [
        OutboxMessage.by_due.query(bucket, OutboxMessage.due_at <= at, limit=_MOST) for bucket in outbox.DUE
    ]
    return (row.id for row in heapq.merge(*rows, key=lambda row: row.due_at))


def _report(message_id: str, state: State | None, why: str, message: OutboxMessage | None = None) -> None:
    if state is None:  # somebody else has it, and reports
        return
    kind, channel = (message.kind, message.channel) if message else ("", "")
    say = log.alert if state in (State.FAILED, State.UNKNOWN) else log.event
    say(f"message.{state}", message_id=message_id, kind=kind, channel=channel, why=why)
    metrics.count("Messages", outcome=state)
