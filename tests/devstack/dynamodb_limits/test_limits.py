"""What DynamoDB takes at once: plain rules and a clock to hold."""

import pytest

from devstack.dynamodb_limits import refusals
from devstack.dynamodb_limits.limits import Bucket, InFlight, Limits, Partitions

HOT, COLD = ("stock", "{'S': 'hot'}"), ("stock", "{'S': 'cold'}")


def written(partitions, place, units, seconds):
    """How many writes of so many units a partition takes in so many seconds, if asked every millisecond."""
    taken = 0
    for millisecond in range(int(seconds * 1000)):
        now = millisecond / 1000
        for _ in range(10):
            if partitions.throttled([place], "writes", now) is None:
                partitions.take({place: (0.0, units)}, now)
                taken += 1
    return taken


@pytest.mark.parametrize(("units", "writes"), [(1, 1000), (2, 500), (4, 250)])
def test_a_partition_takes_1000_write_units_a_second(units, writes):
    """Best practices for designing and using partition keys effectively."""
    taken = written(Partitions(Limits()), HOT, units, seconds=5)

    assert taken * units == pytest.approx(1000 * (5 + 1), rel=0.01)  # and one second's worth to begin with
    assert taken == pytest.approx(writes * 6, rel=0.01)


def test_a_partition_takes_3000_read_units_a_second_beside_its_writes():
    partitions = Partitions(Limits())
    partitions.take({HOT: (0.0, 5000.0)}, 0.0)

    assert partitions.throttled([HOT], "writes", 0.0) == HOT
    assert partitions.throttled([HOT], "reads", 0.0) is None

    partitions.take({HOT: (3000.0, 0.0)}, 0.0)

    assert partitions.throttled([HOT], "reads", 0.0) == HOT
    assert partitions.throttled([HOT], "reads", 0.01) is None


def test_a_hot_partition_leaves_the_others_alone():
    """DynamoDB burst and adaptive capacity."""
    partitions = Partitions(Limits())
    partitions.take({HOT: (0.0, 1000.0)}, 0.0)

    assert partitions.throttled([COLD], "writes", 0.0) is None
    assert partitions.throttled([COLD, HOT], "writes", 0.0) == HOT


def test_a_debt_is_paid_before_the_next_is_let_in():
    bucket = Bucket(rate=100, left=1, at=0.0)
    assert bucket.has_any(0.0)
    bucket.take(201)

    assert not bucket.has_any(1.9)
    assert bucket.has_any(2.1)


def test_what_is_not_used_is_kept_for_a_second():
    bucket = Bucket(rate=100, left=100, at=0.0)

    assert bucket.has_any(60.0)
    assert bucket.left == 100


def test_slow_motion_keeps_what_fits_into_a_transactions_time():
    real, slow = Limits(), Limits().scaled(20)

    assert (slow.writes, slow.reads) == (50, 150)
    assert slow.writes * slow.transaction_seconds == real.writes * real.transaction_seconds
    assert slow.request_seconds == 20 * real.request_seconds


def test_a_transaction_is_on_its_items_until_it_ends():
    """Amazon DynamoDB Transactions: How it works, transaction conflicts."""
    items = InFlight()
    items.begin(["a", "b"])

    assert items.conflicts(["b", "c"]) == [True, False]

    items.end(["a", "b"])

    assert items.conflicts(["a", "b"]) == [False, False]


def test_each_item_of_a_cancelled_transaction_has_its_reason():
    said = refusals.cancelled(["None", "TransactionConflict"])

    assert said["__type"].endswith("#TransactionCanceledException")
    assert [reason["Code"] for reason in said["CancellationReasons"]] == ["None", "TransactionConflict"]
    assert said["Message"].endswith("[None, TransactionConflict]")


def test_a_throttled_request_names_its_table_or_index():
    """Troubleshooting throttling in Amazon DynamoDB."""
    assert "TableWriteKeyRangeThroughputExceeded" in refusals.throttled(HOT, "writes")["message"]
    assert "IndexReadKeyRangeThroughputExceeded" in refusals.throttled(("t/i", ""), "reads")["message"]


def test_a_batch_is_parted_into_what_is_let_in_and_what_is_not():
    let_in, left_out = refusals.parted({"a": [1, 2], "b": [3]}, [None, "full", None])

    assert (let_in, left_out) == ({"a": [1], "b": [3]}, {"a": [2]})
