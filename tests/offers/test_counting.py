"""Counts: never above what they may come to, never below nothing."""

import pytest

from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.offers import counting

KEY = "e1#JAZZ-20#0"


def counts(n, most=None):
    transact(lambda writing: counting.count(writing, KEY, n, most))


def test_a_count_comes_to_its_limit_and_no_further(store):
    counts(3, 5)
    with pytest.raises(ConditionFailed):
        counts(3, 5)
    counts(2, 5)

    assert counting.used([KEY]) == {KEY: 5}


def test_the_first_to_be_counted_may_not_be_too_many_either(store):
    with pytest.raises(ConditionFailed):
        counts(6, 5)

    assert counting.used([KEY])[KEY] == 0


def test_a_count_without_a_limit_goes_on(store):
    counts(5, 5)
    counts(7)

    assert counting.used([KEY]) == {KEY: 12}


def test_nothing_is_given_back_twice(store):
    counts(3)
    counts(-2)
    with pytest.raises(ConditionFailed):
        counts(-2)

    assert counting.used([KEY]) == {KEY: 1}


def test_nothing_is_given_back_that_was_never_counted(store):
    with pytest.raises(ConditionFailed):
        counts(-1)


def test_more_counts_than_fit_into_one_batch_are_read(store):
    for number in (0, 99, 100, 249):
        transact(lambda writing, number=number: counting.count(writing, f"e1#{number}", number + 1))

    used = counting.used(f"e1#{number}" for number in range(250))

    assert used == {"e1#0": 1, "e1#99": 100, "e1#100": 101, "e1#249": 250}
