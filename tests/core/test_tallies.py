"""What is cheap and often is counted in steps: most cost no write, a loop is refused (decision 0096)."""

import pytest

from chalicelib.core import counters, limits, tallies
from chalicelib.core.counters import Counter
from chalicelib.core.dynamo import StillColliding
from chalicelib.core.problems import TooOften
from chalicelib.core.tallies import STEP

LIMIT = limits.LOOKS._replace(most=3 * STEP)


@pytest.fixture
def writes(monkeypatch, town):
    made, take = [], counters.take
    monkeypatch.setattr(counters, "take", lambda *given: made.append(given) or take(*given))
    return made


def let_through(clock, n, whom="amina"):
    through = 0
    for _ in range(n):
        try:
            tallies.count(LIMIT, whom, clock())
        except TooOften:
            continue
        through += 1
    return through


def test_who_asks_as_people_do_costs_no_write(writes, clock):
    assert let_through(clock, STEP - 1) == STEP - 1
    assert writes == []


def test_each_step_is_one_write(writes, clock):
    let_through(clock, 2 * STEP + 5)

    assert len(writes) == 2
    assert [int(row.used) for row in Counter.scan()] == [2 * STEP]


def test_a_loop_is_refused_and_costs_nothing_more(writes, clock):
    # The step that finds it full is the only one above the limit, and its last is refused.
    assert let_through(clock, 500) == LIMIT.most + STEP - 1
    assert len(writes) == 4
    with pytest.raises(TooOften) as refused:
        tallies.count(LIMIT, "amina", clock())
    assert refused.value.headers == {"Retry-After": "60"}
    assert let_through(clock, 10, whom="zuhura") == 10


def test_every_container_refuses_within_a_step(writes, clock):
    let_through(clock, 500)
    tallies.forget()  # another container

    assert let_through(clock, 500) == STEP - 1


def test_the_next_window_begins_anew(writes, clock):
    let_through(clock, 500)
    clock.passes(minutes=1)

    assert let_through(clock, 10) == 10


def test_a_counter_that_is_hammered_lets_looks_through(writes, clock, monkeypatch):
    def throttled(*given):
        raise StillColliding

    monkeypatch.setattr(counters, "take", throttled)

    assert let_through(clock, 500) == 500


def test_a_container_remembers_so_many(writes, clock):
    for number in range(tallies._MOST + 50):
        let_through(clock, 1, whom=str(number))

    assert len(tallies._tallies) == tallies._MOST


def test_a_page_that_looks_in_a_loop_is_asked_to_slow_down(town, buyer, organizer, monkeypatch):
    monkeypatch.setattr(limits, "LOOKS", limits.LOOKS._replace(most=STEP))
    payment = buyer.buys(organizer.event())
    answers = [buyer.asks("GET", f"/payments/{payment['id']}") for _ in range(2 * STEP)]

    assert [answer.status for answer in answers] == [200] * (2 * STEP - 1) + [429]
    assert answers[-1].body["message"].endswith("look every three seconds.")
    assert organizer.asks("GET", f"/payments/{payment['id']}").status == 200


def test_a_network_that_searches_in_a_loop_is_asked_to_slow_down(town, monkeypatch):
    monkeypatch.setattr(limits, "SEARCHES", limits.SEARCHES._replace(most=STEP))
    answers = [town.asks("GET", "/search?tags=jazz") for _ in range(2 * STEP)]

    assert [answer.status for answer in answers] == [200] * (2 * STEP - 1) + [429]
    assert int(answers[-1].header("Retry-After")) <= 60
