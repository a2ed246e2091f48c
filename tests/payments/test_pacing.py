"""Our pace: one bucket for all containers, those who wait first."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from chalicelib.core.dynamo import StillColliding
from chalicelib.core.shared import Shared
from chalicelib.payments import pacing
from chalicelib.payments.pacing import Pacer


@pytest.fixture
def calls(monkeypatch):
    """What is asked of the shared item."""
    made: list[str] = []
    update, get = pacing.update, pacing._given_until
    monkeypatch.setattr(pacing, "update", lambda *given: made.append("write") or update(*given))
    monkeypatch.setattr(pacing, "_given_until", lambda: made.append("read") or get())
    return made


def test_the_bucket_gives_what_its_rate_allows(store, clock):
    pacer = Pacer(per_second=10, now=clock)

    given = sum(pacer.take(waited=True) for _ in range(100))
    assert given == 20  # a burst of two seconds
    clock.passes(seconds=1)
    assert sum(pacer.take(waited=True) for _ in range(100)) == 10
    clock.passes(hours=1)
    assert sum(pacer.take(waited=True) for _ in range(100)) == 20


def test_containers_share_one_bucket(store, clock):
    pacers = [Pacer(per_second=10, now=clock) for _ in range(4)]

    assert sum(pacer.take(waited=True) for _ in range(50) for pacer in pacers) == 20


def test_a_lease_makes_most_turns_free_of_round_trips(store, clock, monkeypatch):
    calls = []
    update = pacing.update
    monkeypatch.setattr(pacing, "update", lambda *given: calls.append(1) or update(*given))
    pacer = Pacer(per_second=100, now=clock)

    for _ in range(10):
        pacer.take()

    assert len(calls) <= 3
    assert Shared.get("stk-pace").until is not None


def test_half_of_the_burst_is_kept_for_those_who_wait(store, clock):
    new, queue = Pacer(per_second=10, now=clock), Pacer(per_second=10, now=clock)

    assert sum(new.take() for _ in range(50)) == 10
    assert sum(queue.take(waited=True) for _ in range(50)) == 10


def test_who_was_refused_does_not_ask_for_a_while_and_then_reads(aws, clock, calls):
    taker, late = Pacer(per_second=10, now=clock), Pacer(per_second=10, now=clock)
    while taker.take(waited=True):
        pass
    calls.clear()

    assert [late.take() for _ in range(100)] == [False] * 100
    assert calls == ["write", "write"]

    clock.passes(seconds=0.4)  # the pause is half a second at least
    assert not late.take()
    assert calls == ["write", "write"]

    clock.passes(seconds=0.6)
    while taker.take(waited=True):
        pass
    calls.clear()
    assert [late.take() for _ in range(100)] == [False] * 100
    assert calls == ["read"]

    clock.passes(seconds=2)
    assert late.take()


def test_an_item_that_is_too_busy_to_be_asked_has_no_token(aws, clock, monkeypatch):
    def throttled(*given):
        raise StillColliding

    monkeypatch.setattr(pacing, "update", throttled)

    assert not Pacer(per_second=10, now=clock).take()


@dataclass
class Waiting:
    """A push in the queue, since when, and from when it can be received."""

    since: datetime
    visible_at: datetime


def rush(clock, *, arrivals: int, rate: int, seconds: int, to_the_end: bool = True):
    """So many orders a second, for so many seconds, in many containers; and a queue with its workers.

    Returns when each push was sent, how long it had waited, and how often the shared item was asked.
    """
    shops = [Pacer(rate, clock) for _ in range(20)]
    workshop = [Pacer(rate, clock) for _ in range(10)]
    queue: deque[Waiting] = deque()
    sent: list[tuple[datetime, float]] = []
    begun, ordered, step = clock.at, 0, 0.1
    while ordered < arrivals * seconds or (queue and to_the_end):
        assert clock.at - begun < timedelta(seconds=600), "it never ends"
        for _ in range(int(arrivals * step) if ordered < arrivals * seconds else 0):
            ordered += 1
            if shops[ordered % len(shops)].take():
                sent.append((clock.at, 0.0))
            else:
                queue.append(Waiting(clock.at, clock.at))
        for number in range(len(queue)):  # one look at each that can be received, in the order of the queue
            one = queue.popleft()
            if one.visible_at > clock.at:
                queue.append(one)
            elif workshop[number % len(workshop)].take(waited=True):
                sent.append((clock.at, (clock.at - one.since).total_seconds()))
            else:
                queue.append(Waiting(one.since, clock.at + timedelta(seconds=2)))
        clock.passes(seconds=step)
    return sent


@pytest.mark.slow
def test_in_a_rush_all_get_their_turn_and_never_more_than_our_pace(aws, clock, calls):
    rate = 20
    begun = clock.at

    sent = rush(clock, arrivals=100, rate=rate, seconds=10)

    assert len(sent) == 1000
    times = [at for at, _ in sent]
    for window in (1, 5, 30):
        for first in range(0, len(times), 20):
            end = times[first] + timedelta(seconds=window)
            together = sum(1 for at in times if times[first] <= at < end)
            # 30 containers may each have a lease of two that they took before.
            assert together <= rate * (window + 2) + 30 * 2, (window, together)
    assert (times[-1] - begun).total_seconds() < 1000 / rate * 1.25  # turns are not lost
    assert len(calls) < 3000  # for 1,000 pushes; every refusal asked would be tens of thousands


def test_in_a_rush_new_orders_do_not_overtake_those_who_wait(aws, clock):
    sent = rush(clock, arrivals=100, rate=20, seconds=20, to_the_end=False)

    begun = sent[0][0]
    later = [waited for at, waited in sent if timedelta(seconds=5) < at - begun < timedelta(seconds=20)]
    at_once = sum(1 for waited in later if waited == 0)
    assert at_once < len(later) * 0.1, (at_once, len(later))


def test_nobody_waits_for_the_round_trip_of_another(store, clock, monkeypatch):
    """Nobody does on Lambda, where a container has one request; the local server has threads."""
    meanwhile: list[bool] = []
    update, first = pacing.update, iter([True])
    pacer = Pacer(per_second=10, now=clock)

    def hangs_once(*given):
        if next(first, False):
            meanwhile.append(pacer.take())  # a lock that is held would never let it through
        update(*given)

    monkeypatch.setattr(pacing, "update", hangs_once)

    assert pacer.take()
    assert meanwhile == [True]
