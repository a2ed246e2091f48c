"""Transactions and reads of several tables, on moto and on ministack."""

import botocore.client
import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import dynamo
from chalicelib.core.dynamo import ConditionFailed, StillColliding, read_together, transact, update
from chalicelib.core.guards import Guard, release, take
from chalicelib.core.shared import Shared, next_number


def test_all_is_written_or_nothing(store, clock):
    Guard("taken", owner="other").save()

    def fill(writing):
        writing.save(Shared("new", number=1))
        take(writing, Guard("taken", owner="me"), clock())

    with pytest.raises(ConditionFailed):
        transact(fill)

    assert read_together([(Shared, "new")]) == {}
    assert Guard.get("taken").owner == "other"


def test_a_guard_that_has_lapsed_can_be_taken_again(store, clock):
    def takes(owner: str) -> None:
        guard = Guard("key", owner=owner, lapses_at=int(clock().timestamp()) + 10)
        transact(lambda writing: take(writing, guard, clock()))

    takes("first")
    with pytest.raises(ConditionFailed):
        takes("second")
    assert Guard.get("key").holds(clock())
    clock.passes(seconds=10)
    assert not Guard.get("key").holds(clock())
    takes("second")

    assert Guard.get("key").owner == "second"


def test_a_guard_is_freed_by_its_owner_only(store):
    Guard("key", owner="me").save()

    with pytest.raises(ConditionFailed):
        transact(lambda writing: release(writing, Guard("key", owner="other")))
    assert Guard.get("key").owner == "me"
    for _ in range(2):  # one that is free is fine
        transact(lambda writing: release(writing, Guard("key", owner="me")))

    assert read_together([(Guard, "key")]) == {}


def test_items_of_several_tables_are_read_in_one_call(store):
    Shared("a", number=1).save()
    Guard("g", owner="me").save()

    found = read_together([(Shared, "a"), (Guard, "g"), (Guard, "none")])

    assert found[Shared, "a"].number == 1
    assert found[Guard, "g"].owner == "me"
    assert len(found) == 2


def test_what_dynamodb_left_out_is_read_again_and_all_is_as_of_now(aws, monkeypatch):
    Shared("a", number=1).save()
    Guard("g", owner="me").save()
    client, asked = dynamo.connection().client, []
    read = client.batch_get_item

    def one_table_at_a_time(RequestItems):  # noqa: N803 - botocore's name
        asked.append(RequestItems)
        first, *others = RequestItems
        answer = read(RequestItems={first: RequestItems[first]})
        return answer | {"UnprocessedKeys": {name: RequestItems[name] for name in others}}

    monkeypatch.setattr(client, "batch_get_item", one_table_at_a_time)

    assert len(read_together([(Shared, "a"), (Guard, "g")])) == 2
    assert [len(tables) for tables in asked] == [2, 1]
    assert all(keys["ConsistentRead"] for tables in asked for keys in tables.values())


def test_a_counter_never_gives_a_number_twice(store):
    assert [next_number("role") for _ in range(3)] == [1, 2, 3]


def test_a_transaction_that_collided_is_tried_again_with_the_same_token(aws, monkeypatch):
    tokens: list[str] = []
    failing(monkeypatch, collisions=2, tokens=tokens)

    transact(lambda writing: writing.save(Shared("a", number=1)))

    assert Shared.get("a").number == 1
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


def test_a_transaction_that_keeps_colliding_is_busy_not_refused(aws, monkeypatch):
    monkeypatch.setattr(dynamo, "_pause", lambda attempt: None)
    failing(monkeypatch, collisions=100, tokens=[])

    with pytest.raises(StillColliding) as busy:
        transact(lambda writing: writing.save(Shared("a", number=1)))

    assert busy.value.code == "busy"
    assert busy.value.headers == {"Retry-After": "2"}


def test_an_update_that_meets_a_transaction_is_tried_again(aws, monkeypatch):
    call, tries = botocore.client.BaseClient._make_api_call, []

    def colliding(self, operation, parameters):
        tries.append(operation)
        if len(tries) < 3:
            error = {"Error": {"Code": "TransactionConflictException", "Message": ""}}
            raise botocore.client.ClientError(error, operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", colliding)
    update(Shared("a"), [Shared.number.set(1)], Shared.name.does_not_exist())

    assert tries == ["UpdateItem"] * 3
    with pytest.raises(ConditionFailed):
        update(Shared("a"), [Shared.number.set(2)], Shared.name.does_not_exist())


def test_other_errors_come_through(aws):
    with pytest.raises(TransactWriteError):
        transact(lambda writing: [writing.save(Shared("a")) for _ in range(101)])


def failing(monkeypatch, collisions: int, tokens: list[str]) -> None:
    """DynamoDB that cancels the first so many transactions because of others."""
    call = botocore.client.BaseClient._make_api_call

    def colliding(self, operation, parameters):
        if operation != "TransactWriteItems":
            return call(self, operation, parameters)
        tokens.append(parameters["ClientRequestToken"])
        if len(tokens) > collisions:
            return call(self, operation, parameters)
        raise botocore.client.ClientError(
            {
                "Error": {"Code": "TransactionCanceledException", "Message": "[TransactionConflict]"},
                "CancellationReasons": [{"Code": "TransactionConflict"}],
            },
            operation,
        )

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", colliding)


def test_a_read_that_is_throttled_is_tried_again_and_then_busy(aws, monkeypatch):
    monkeypatch.setattr(dynamo, "_pause", lambda attempt: None)
    Shared("a", number=1).save()
    throttled = throttling(monkeypatch, "BatchGetItem")

    throttled.append("once")
    assert read_together([(Shared, "a")])[Shared, "a"].number == 1
    throttled.extend(["again"] * 100)
    with pytest.raises(StillColliding):
        read_together([(Shared, "a")])


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "Query"])
def test_who_meets_a_throttled_read_is_asked_to_come_again(town, organizer, monkeypatch, operation):
    monkeypatch.setattr(dynamo, "_pause", lambda attempt: None)
    event = organizer.event()
    throttling(monkeypatch, operation).extend(["for long"] * 100)
    path = {"GetItem": "/payments", "BatchGetItem": f"/events/{event['id']}", "Query": "/events"}[operation]

    answer = organizer.asks("GET", path)

    assert (answer.status, answer.body["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "2"


def throttling(monkeypatch, operation: str) -> list[str]:
    """DynamoDB that has no room for the operation, once for each entry of the list."""
    call, left = botocore.client.BaseClient._make_api_call, []

    def throttled(self, name, parameters):
        if name == operation and left:
            left.pop()
            raise botocore.client.ClientError({"Error": {"Code": "ThrottlingException"}}, name)
        return call(self, name, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", throttled)
    return left
