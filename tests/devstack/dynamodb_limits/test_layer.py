"""The layer around the emulator's own application, in this process, and asked by a real client."""

import asyncio
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from devstack import emulator
from devstack.dynamodb_limits.layer import Limiting
from devstack.dynamodb_limits.limits import Limits
from devstack.ports import free_ports

pytestmark = pytest.mark.stack

TABLE = {
    "TableName": "stock",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


class Ticker:
    """Seconds as a test wants them; waiting still takes real time."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture(scope="module")
def served():
    """ministack with the layer in front; its limits and its clock are the tests'."""
    (port,) = free_ports(1)
    os.environ.update(emulator.settings(port, None))
    from hypercorn.asyncio import serve
    from hypercorn.config import Config as Hypercorn
    from ministack.app import app

    layers = {"now": None}

    async def front(scope, receive, send):
        await (layers["now"] or app)(scope, receive, send)

    config, ended = Hypercorn(), threading.Event()
    config.bind, config.loglevel = [f"127.0.0.1:{port}"], "WARNING"

    async def until_ended():
        while not ended.is_set():
            await asyncio.sleep(0.05)

    def run():
        asyncio.run(serve(front, config, shutdown_trigger=until_ended))

    thread = threading.Thread(target=run)
    thread.start()
    from devstack.provision import await_emulator

    await_emulator(f"http://127.0.0.1:{port}")
    yield port, app, layers
    ended.set()
    thread.join()


@pytest.fixture
def limited(served):
    """Makes a layer with its clock, and a client that never tries again by itself."""
    port, app, layers = served
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"total_max_attempts": 1}),
    )
    layers["now"] = None
    if "stock" not in client.list_tables()["TableNames"]:
        client.create_table(**TABLE)

    def make(limits, clock=time.monotonic):
        layers["now"] = Limiting(app, limits, clock)
        return layers["now"], client

    yield make
    layers["now"] = None


def put(client, key, size=10):
    client.put_item(TableName="stock", Item={"id": {"S": key}, "text": {"S": "x" * size}})


def put_together(client, *keys):
    items = [{"Put": {"TableName": "stock", "Item": {"id": {"S": key}, "n": {"N": "1"}}}} for key in keys]
    client.transact_write_items(TransactItems=items)


def code_of(act):
    try:
        act()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_writes_above_the_limit_are_throttled_until_time_has_passed(limited):
    clock = Ticker()
    layer, client = limited(Limits(writes=10), clock)

    codes = [code_of(lambda: put(client, "hot")) for _ in range(12)]

    assert codes == [None] * 10 + ["ThrottlingException"] * 2
    assert code_of(lambda: put(client, "cold")) is None
    assert layer.refused == {"Throttling: stock writes": 2}
    clock.at = 0.2
    assert [code_of(lambda: put(client, "hot")) for _ in range(3)] == [None, None, "ThrottlingException"]


def test_an_update_pays_by_the_size_that_the_stored_item_has(limited):
    _, client = limited(Limits(), Ticker())
    put(client, "large", size=4_000)
    _, client = limited(Limits(writes=10), Ticker())
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}

    codes = [
        code_of(lambda: client.update_item(TableName="stock", Key={"id": {"S": "large"}}, **add))
        for _ in range(4)
    ]

    assert codes == [None, None, None, "ThrottlingException"]  # 4 units each: at 10, 6 and 2 one is let in


def test_transactions_pay_twice_and_are_cancelled_with_their_reasons(limited):
    _, client = limited(Limits(writes=4), Ticker())
    put_together(client, "a", "b")
    put_together(client, "a", "c")

    with pytest.raises(client.exceptions.TransactionCanceledException) as refused:
        put_together(client, "b", "a")

    assert [one["Code"] for one in refused.value.response["CancellationReasons"]] == [
        "None",
        "ThrottlingError",
    ]


def test_a_refused_condition_pays_too(limited):
    _, client = limited(Limits(writes=3), Ticker())
    put(client, "there")
    refuse = {"ConditionExpression": "attribute_not_exists(id)"}

    codes = [
        code_of(lambda: client.put_item(TableName="stock", Item={"id": {"S": "there"}}, **refuse))
        for _ in range(3)
    ]

    assert codes == ["ConditionalCheckFailedException"] * 2 + ["ThrottlingException"]


def test_a_request_takes_its_time_but_holds_nobody_up(limited):
    _, client = limited(Limits(request_seconds=0.2))
    begun = time.monotonic()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: put(client, f"item {number}"), range(8)))

    assert 0.2 <= time.monotonic() - begun < 8 * 0.2


def test_who_meets_a_transaction_in_flight_is_refused_and_who_does_not_is_not(limited):
    layer, client = limited(Limits(transaction_seconds=1.0))
    put(client, "met")
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(put_together, client, "met", "other")
        deadline = time.monotonic() + 5
        while not layer._in_flight.conflicts([("stock", "[('id', {'S': 'met'})]")])[0]:
            assert time.monotonic() < deadline

        assert code_of(lambda: put(client, "met")) == "TransactionConflictException"
        assert code_of(lambda: put_together(client, "x", "met")) == "TransactionCanceledException"
        get = {"Get": {"TableName": "stock", "Key": {"id": {"S": "met"}}}}
        assert code_of(lambda: client.transact_get_items(TransactItems=[get])) == (
            "TransactionCanceledException"
        )
        assert code_of(lambda: put(client, "free")) is None
        assert client.get_item(TableName="stock", Key={"id": {"S": "met"}})["Item"]
        first.result()

    assert code_of(lambda: put(client, "met")) is None  # it is over
    assert layer.refused == {"TransactionConflict": 2, "TransactionConflictException": 1}


def test_of_a_batch_the_rest_comes_back_to_be_asked_again(limited):
    _, client = limited(Limits(), Ticker())
    put(client, "hot")
    put(client, "cold")
    _, client = limited(Limits(reads=2, writes=2), Ticker())
    for _ in range(2):
        client.get_item(TableName="stock", Key={"id": {"S": "hot"}}, ConsistentRead=True)
        put(client, "hot")
    keys = [{"id": {"S": "hot"}}, {"id": {"S": "cold"}}]
    puts = [{"PutRequest": {"Item": key}} for key in keys]

    read = client.batch_get_item(RequestItems={"stock": {"Keys": keys, "ConsistentRead": True}})
    written = client.batch_write_item(RequestItems={"stock": puts})

    assert [item["id"]["S"] for item in read["Responses"]["stock"]] == ["cold"]
    assert read["UnprocessedKeys"]["stock"]["Keys"] == keys[:1]
    assert written["UnprocessedItems"]["stock"] == puts[:1]


def test_without_the_layer_nothing_of_this_happens(limited, served):
    """The control: the emulator itself takes all of it."""
    _, _, layers = served
    _, client = limited(Limits(writes=1), Ticker())
    layers["now"] = None

    assert [code_of(lambda: put(client, "hot")) for _ in range(5)] == [None] * 5


def test_what_is_no_request_for_items_passes_unchanged(limited):
    _, client = limited(Limits(writes=0.0), Ticker())

    assert "stock" in client.list_tables()["TableNames"]
    assert code_of(lambda: client.put_item(TableName="nowhere", Item={"id": {"S": "1"}})) == (
        "ResourceNotFoundException"
    )
    assert json.dumps(client.describe_table(TableName="stock")["Table"]["KeySchema"])
