"""The short way to moto answers and writes what the long way does."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend

from chalicelib.core import dynamo, queues
from tests import shortcut
from tests.memory import aws_in_memory, backend

IDS = st.sampled_from(["a", "b", "c"])
PLACES = st.sampled_from(["1", "2"])
CONDITIONS = st.sampled_from(
    [
        {},
        {"ConditionExpression": "attribute_exists(id)"},
        {"ConditionExpression": "attribute_not_exists(id)"},
        {"ConditionExpression": "attribute_not_exists(nothing)"},
        {"ConditionExpression": "attribute_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
        {"ConditionExpression": "of wrong syntax ("},
    ]
)
UPDATES = st.sampled_from(
    [
        "SET word = :word, deep = :deep",
        "SET n = if_not_exists(n, :one) + :one",
        "ADD n :one SET deep.word = :word",
        "REMOVE deep.word SET n = :one",
        "SET id = :word",
    ]
)
TABLES: list[dict[str, Any]] = [
    {
        "TableName": "plain",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": "ranged",
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "place", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "place", "word")
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_word",
                "KeySchema": [{"AttributeName": "word", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
]
VALUES = {":word": {"S": "ndiyo"}, ":one": {"N": "1"}, ":deep": {"M": {"list": {"L": [{"BOOL": True}]}}}}


@st.composite
def writes(draw: Any) -> dict[str, Any]:
    """One write of a transaction, to a table with or without range key."""
    key = {"id": {"S": draw(IDS)}}
    ranged = draw(st.booleans())
    if ranged:
        key["place"] = {"S": draw(PLACES)}
    how = {"TableName": "ranged" if ranged else "plain"} | draw(CONDITIONS)
    kind = draw(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]))
    if kind == "Put":
        return {kind: how | {"Item": key | {"n": {"N": "5"}}}}
    if kind == "Update":
        update = draw(UPDATES)
        used = {name: value for name, value in VALUES.items() if name in update}
        return {kind: how | {"Key": key, "UpdateExpression": update, "ExpressionAttributeValues": used}}
    return {
        kind: ({"ConditionExpression": "attribute_exists(id)"} if kind[0] == "C" else {}) | how | {"Key": key}
    }


@settings(max_examples=25, derandomize=True, phases=[Phase.generate])
@given(transactions=st.lists(st.lists(writes(), min_size=1, max_size=4), min_size=2, max_size=5))
def test_transactions_write_and_refuse_alike(transactions):
    calls = [("TransactWriteItems", {"TransactItems": writes}) for writes in transactions]
    calls += [("Scan", {"TableName": "plain"}), ("Scan", {"TableName": "ranged"})]

    assert told(calls, shortly=True) == told(calls, shortly=False)


ITEM = {
    "id": {"S": "a"},
    "n": {"N": "5"},
    "SS": {"SS": ["x", "y"]},
    "deep": {"M": {"l": {"L": [{"NULL": True}]}}},
}
PLAIN, RANGED = {"TableName": "plain"}, {"TableName": "ranged"}
KEY = {"Key": {"id": {"S": "a"}}}
ONE = {"ExpressionAttributeValues": {":one": {"N": "1"}}}
HITS = {"ExpressionAttributeValues": {":id": {"S": "a"}}, "KeyConditionExpression": "id = :id"}


def test_every_other_call_is_answered_alike():
    puts = [{"PutRequest": {"Item": {"id": {"S": "a"}, "place": {"S": str(n)}}}} for n in range(5)]
    calls = [
        ("PutItem", PLAIN | {"Item": ITEM}),
        ("PutItem", PLAIN | {"Item": ITEM, "ConditionExpression": "attribute_not_exists(id)"}),
        ("PutItem", PLAIN | {"Item": ITEM, "ReturnValues": "ALL_OLD"}),
        ("GetItem", PLAIN | KEY),
        ("GetItem", PLAIN | KEY | {"ProjectionExpression": "n, deep", "ReturnConsumedCapacity": "TOTAL"}),
        ("GetItem", PLAIN | {"Key": {"id": {"S": "nobody"}}}),
        ("GetItem", {"TableName": "nowhere"} | KEY),
        ("UpdateItem", PLAIN | KEY | ONE | {"UpdateExpression": "ADD n :one", "ReturnValues": "ALL_NEW"}),
        ("UpdateItem", PLAIN | KEY | ONE | {"UpdateExpression": "ADD n :one", "ReturnValues": "UPDATED_OLD"}),
        ("UpdateItem", PLAIN | KEY | ONE | {"UpdateExpression": "SET deep = :one"}),
        (
            "UpdateItem",
            PLAIN | KEY | ONE | {"UpdateExpression": "ADD n :one", "ConditionExpression": "n < :one"},
        ),
        ("BatchWriteItem", {"RequestItems": {"ranged": puts}}),
        ("Query", RANGED | HITS | {"Limit": 2}),
        ("Query", RANGED | HITS | {"ScanIndexForward": False, "Select": "COUNT"}),
        ("Query", RANGED | HITS | {"IndexName": "by_word", "KeyConditionExpression": "word = :id"}),
        ("Query", RANGED | HITS | {"IndexName": "by_nothing"}),
        ("Scan", RANGED | ONE | {"FilterExpression": "place <> :one"}),
        ("BatchGetItem", {"RequestItems": {"plain": {"Keys": [KEY["Key"]], "ConsistentRead": True}}}),
        ("TransactGetItems", {"TransactItems": [{"Get": PLAIN | KEY}]}),
        ("PutItem", PLAIN | {"Item": {"id": {"S": "bytes"}, "b": {"B": b"\0"}, "bs": {"BS": [b"1"]}}}),
        ("DeleteItem", PLAIN | KEY | ONE | {"ConditionExpression": "n < :one"}),
        ("DeleteItem", PLAIN | KEY | {"ReturnValues": "ALL_OLD"}),
        ("DescribeTable", PLAIN),
        ("DescribeTable", {"TableName": "nowhere"}),
    ]

    assert told(calls, shortly=True) == told(calls, shortly=False)


def test_messages_are_sent_and_received_alike():
    assert told_of_messages(shortly=True) == told_of_messages(shortly=False)


def told_of_messages(*, shortly: bool) -> list[Any]:
    with way(shortly=shortly), aws_in_memory():
        sqs: Any = queues._client()
        asks = partial(answer_to, sqs)
        made = asks("CreateQueue", {"QueueName": "new", "Attributes": {"VisibilityTimeout": "7"}})
        queue = asks("GetQueueUrl", {"QueueName": queues.REFUNDS.name})
        where = {"QueueUrl": queue["QueueUrl"]}
        nothing = asks("ReceiveMessage", where)
        sent = asks("SendMessage", where | {"MessageBody": "one"})
        later = asks("SendMessage", where | {"MessageBody": "two", "DelaySeconds": 900})
        received = asks("ReceiveMessage", where | {"MaxNumberOfMessages": 10})
        (message,) = received["Messages"]
        handle = where | {"ReceiptHandle": message["ReceiptHandle"]}
        there_again = asks("ChangeMessageVisibility", handle | {"VisibilityTimeout": 0})
        waiting = asks("GetQueueAttributes", where | {"AttributeNames": ["ApproximateNumberOfMessages"]})
        deleted = asks("DeleteMessage", handle)
        unknown = asks("GetQueueUrl", {"QueueName": "nowhere"})
        assert sent.pop("MessageId") == message.pop("MessageId") != later.pop("MessageId")
        assert message.pop("ReceiptHandle")
        return [made, queue, nothing, sent, later, received, there_again, waiting, deleted, unknown]


def told(calls: list[tuple[str, dict[str, Any]]], *, shortly: bool) -> list[Any]:
    """What DynamoDB answers to such calls, and what comes on its stream."""
    with way(shortly=shortly), aws_in_memory():
        client: Any = dynamo.connection().client
        tables = [("CreateTable", table) for table in [*TABLES, TABLES[0]]]
        answers = [answer_to(client, name, arguments) for name, arguments in [*tables, *calls]]
        stream: Any = backend("dynamodb").tables["ranged"].stream_shard
        return answers + [one.record["eventName"] for one in stream.items]


def answer_to(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
    try:
        answer = client._make_api_call(operation, arguments)
    except ClientError as error:
        answer = error.response | {"said": str(error)}
    del answer["ResponseMetadata"]["HTTPHeaders"]
    answer["ResponseMetadata"].pop("RequestId", None)
    for table in ("Table", "TableDescription"):
        for moment in ("CreationDateTime", "LatestStreamArn", "LatestStreamLabel"):
            answer.get(table, {}).pop(moment, None)
    return answer


@contextmanager
def way(*, shortly: bool) -> Iterator[None]:
    """The short way as the tests go it, or moto's and botocore's own."""
    with pytest.MonkeyPatch.context() as patch:
        if not shortly:
            patch.setattr(shortcut, "_HANDLERS", {})
            patch.setattr(DynamoDBBackend, "transact_write_items", shortcut._whole_transaction)
            patch.setattr(models, "copy", copy)
        yield
