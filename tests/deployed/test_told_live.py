"""Live availability as AWS serves it: WebSocket API, stream of the stock, mapping, queue, management API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.deployed.cloud import REGION, STAGE
from tests.scenarios.shop import awaited


@contextmanager
def following(cloud: Any, event_id: str) -> Iterator[ClientConnection]:
    """A page that follows an event, and has been told what is left of it."""
    with connect(cloud.live_url, proxy=None, open_timeout=60) as page:
        page.send(json.dumps({"action": "subscribe", "event_id": event_id}))
        yield page


def heard(page: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(page.recv(timeout=60))
    return told


def test_a_page_sees_what_another_buys(cloud, shop):
    event, buyer = shop.event(50), shop.person()

    with following(cloud, event["id"]) as page:
        first = heard(page)
        buyer.buys(event, 2)
        then = heard(page)

    assert (first["available_tickets"], then["available_tickets"]) == (50, 48)
    assert then["version"] > first["version"]


def test_who_asks_for_nonsense_is_told_so(cloud):
    with connect(cloud.live_url, proxy=None, open_timeout=60) as page:
        page.send("hello")
        assert heard(page)["code"] == "bad_request"
        page.send(json.dumps({"action": "ping"}))
        assert heard(page) == {"action": "pong"}


def test_a_page_that_has_gone_is_forgotten(cloud, shop):
    event = shop.event()
    with following(cloud, event["id"]) as page:
        heard(page)
        assert followers(cloud, event["id"]) == 1

    assert awaited(lambda: followers(cloud, event["id"]) == 0)


def test_a_message_that_is_too_long_ends_the_connection(cloud):
    with connect(cloud.live_url, proxy=None, open_timeout=60) as page:
        page.send("x" * 2_000)
        assert heard(page)["code"] == "too_large"
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=60)


def test_the_stream_is_mapped_and_what_fails_goes_to_the_dead_letters(cloud):
    functions = cloud.client("lambda")
    [mapping] = functions.list_event_source_mappings(FunctionName=f"tiketi-{STAGE}-notice")[
        "EventSourceMappings"
    ]
    table = cloud.client("dynamodb").describe_table(TableName=f"tiketi-{STAGE}-stock")["Table"]

    assert mapping["EventSourceArn"] == table["LatestStreamArn"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert (mapping["BatchSize"], mapping["MaximumRetryAttempts"]) == (100, 10)
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"].endswith(
        f"tiketi-{STAGE}-availability-dead"
    )


def test_its_functions_can_reach_no_payment(cloud):
    iam = cloud.client("iam")
    functions = cloud.client("lambda")

    for name in ("notice", "tell", "connect", "hear", "leave"):
        role = functions.get_function_configuration(FunctionName=f"tiketi-{STAGE}-{name}")["Role"]
        asked = iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            ResourceArns=[f"arn:aws:dynamodb:{REGION}:000000000000:table/tiketi-{STAGE}-payments"],
        )
        assert {one["EvalDecision"] for one in asked["EvaluationResults"]} == {"implicitDeny"}, name


def followers(cloud: Any, event_id: str) -> int:
    found = cloud.client("dynamodb").query(
        TableName=f"tiketi-{STAGE}-subscriptions",
        KeyConditionExpression="event_id = :e",
        ExpressionAttributeValues={":e": {"S": event_id}},
        ConsistentRead=True,
    )
    return int(found["Count"])
