"""The limits' rule, over any times, and the counters that keep it."""

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import counters, limits
from chalicelib.core.counters import Counter
from chalicelib.core.dynamo import StillColliding
from chalicelib.core.limits import LIMITS, Limit
from chalicelib.core.problems import TooOften
from chalicelib.core.settings import settings

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIMIT = Limit("tries", 3, 60, "tries", "user", (), "Wait a while.")

limited = st.builds(
    LIMIT._replace, most=st.integers(1, 5), seconds=st.sampled_from([1, 7, 60, 3_600, 86_400])
)
#: Seconds with parts, since clocks have them.
seconds = st.floats(0, 400_000, allow_nan=False)


def times(offsets):
    return sorted(AT + timedelta(seconds=offset) for offset in offsets)


def let_through(limit, at_times):
    """Which of them the rule lets through."""
    used: Tally[int] = Tally()
    through = []
    for at in at_times:
        if used[limits.window(limit, at)] < limit.most:
            used[limits.window(limit, at)] += 1
            through.append(at)
    return through


@given(limited, st.lists(seconds, max_size=60))
def test_a_window_lets_so_many_through_and_any_span_of_its_length_twice_as_many(limit, offsets):
    through = let_through(limit, times(offsets))

    for first in through:
        end = first + timedelta(seconds=limit.seconds)
        assert sum(first <= at < end for at in through) <= 2 * limit.most


@given(limited, seconds)
def test_who_waits_as_long_as_told_is_in_the_next_window_and_who_waits_less_is_not(limit, offset):
    at = AT + timedelta(seconds=offset)
    wait = limits.retry_after(limit, at)

    assert 1 <= wait <= limit.seconds
    assert limits.window(limit, at + timedelta(seconds=wait)) == limits.window(limit, at) + 1
    assert limits.window(limit, at + timedelta(seconds=wait - 1)) == limits.window(limit, at)


@given(limited, seconds)
def test_a_counter_lapses_when_its_window_has_ended_and_not_before(limit, offset):
    at = AT + timedelta(seconds=offset)

    assert at.timestamp() < limits.ends_at(limit, at) <= at.timestamp() + limit.seconds + 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("41.90.1.2", "41.90.1.3", False),
        ("2c0f:fe38:1:2::1", "2c0f:fe38:1:2:ffff::9", True),
        ("2c0f:fe38:1:2::1", "2c0f:fe38:1:3::1", False),
        ("::ffff:41.90.1.2", "41.90.1.2", True),
        ("", "garbage", True),
    ],
)
def test_an_address_is_what_one_customer_has(one, other, same):
    assert (limits.address_of(one) == limits.address_of(other)) == same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("41.90.1.2", "41.90.1.250", True),
        ("41.90.1.2", "41.90.2.2", False),
        ("2c0f:fe38:1:2::1", "2c0f:fe38:1:99::1", True),
        ("2c0f:fe38:1:2::1", "2c0f:fe38:2:2::1", False),
    ],
)
def test_a_place_is_wider(one, other, same):
    assert (limits.place_of(one) == limits.place_of(other)) == same


@given(st.ip_addresses().map(str) | st.text(max_size=50))
def test_whatever_the_gateway_says_is_some_address(source):
    assert limits.address_of(limits.address_of(source).partition("/")[0]) == limits.address_of(source)


def test_each_limit_has_a_name_of_its_own_and_a_sentence_if_somebody_can_meet_it():
    assert len({limit.name for limit in LIMITS}) == len(LIMITS)
    assert all(bool(limit.told) == bool(limit.where) for limit in LIMITS)


def test_the_routes_of_a_limit_declare_its_refusal():
    import app  # noqa: F401 - declares the routes
    from chalicelib.web.endpoint import ROUTES

    named = {what for limit in LIMITS for what in limit.where}
    declared = {f"{method} {path}" for (method, path), route in ROUTES.items() if TooOften in route.raises}

    assert named == declared


def test_so_many_are_let_through_and_after_the_wait_again(store, clock):
    for _ in range(LIMIT.most):
        counters.take(LIMIT, "amina", clock())
    clock.passes(seconds=13)

    with pytest.raises(TooOften) as refused:
        counters.take(LIMIT, "amina", clock())

    assert refused.value.headers == {"Retry-After": "47"}
    counters.take(LIMIT, "otieno", clock())
    clock.passes(seconds=47)
    counters.take(LIMIT, "amina", clock())


def test_what_is_given_back_gives_no_more_room_than_there_was(store, clock):
    """The counter began anew meanwhile."""
    counters.give_back(LIMIT, "amina", clock())
    for _ in range(LIMIT.most):
        counters.take(LIMIT, "amina", clock())

    with pytest.raises(TooOften):
        counters.take(LIMIT, "amina", clock())
    counters.give_back(LIMIT, "amina", clock())
    counters.take(LIMIT, "amina", clock())


def test_where_nothing_can_be_given_back_nobody_fails(store, clock, monkeypatch):
    def throttled(*given):
        raise StillColliding

    monkeypatch.setattr(counters, "update", throttled)

    counters.give_back(LIMIT, "amina", clock())


def test_a_counter_tells_nobody_whom_it_is_about(aws, clock, monkeypatch):
    counters.take(LIMIT, "254712345678", clock())

    (counter,) = Counter.scan()
    assert "254712345678" not in str(counter.to_simple_dict())
    monkeypatch.setenv("CURSOR_KEY", "another-key-of-at-least-32-characters")
    settings.cache_clear()
    assert counters.key_of(LIMIT, "254712345678", clock()) != counter.key
    monkeypatch.undo()
    settings.cache_clear()


def test_a_factor_lets_as_many_times_as_many_through(aws, clock, monkeypatch):
    monkeypatch.setenv("LIMITS_FACTOR", "2")
    settings.cache_clear()
    for _ in range(2 * LIMIT.most):
        counters.take(LIMIT, "amina", clock())

    with pytest.raises(TooOften):
        counters.take(LIMIT, "amina", clock())
    monkeypatch.undo()
    settings.cache_clear()


def test_who_is_refused_is_counted_and_not_named(aws, clock, capsys):
    for _ in range(LIMIT.most):
        counters.take(LIMIT, "254712345678", clock())
    with pytest.raises(TooOften):
        counters.take(LIMIT, "254712345678", clock())

    said = capsys.readouterr().out
    assert '"Limited": 1' in said
    assert "254712345678" not in said
