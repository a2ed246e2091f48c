"""The faults in front of the emulator, around an application that only takes down what it was asked."""

import asyncio
import json
from random import Random

import pytest

from devstack import faults
from devstack.asgi import ask, body_of, refusal
from devstack.faults import PATH, Faulty, possible

PUT = "DynamoDB_20120810.PutItem"
TRANSACT = "DynamoDB_20120810.TransactWriteItems"
SEND = "AmazonSQS.SendMessage"
DELETE = "AmazonSQS.DeleteMessage"
GET_RECORDS = b"DynamoDBStreams_20120810.GetRecords"


class Aws:
    """An application with the faults in front; `done` is what came through."""

    def __init__(self, **chances: float) -> None:
        self.done: list[object] = []
        self.faulty = Faulty(self.answers, Random(1))
        assert self.control("PUT", chances).status == 200

    async def answers(self, scope, receive, send):
        self.done.append(json.loads(await body_of(receive)))
        records = {"Records": [{"of": "a stream"}]} if scope["headers"][0][1] == GET_RECORDS else {}
        await refusal({"done": True, **records}, 200).give(send)

    def asks(self, target: str, body: object = None):
        headers = [(b"x-amz-target", target.encode())]
        scope = {"type": "http", "path": "/", "method": "POST", "headers": headers}
        return asyncio.run(ask(self.faulty, scope, json.dumps(body or {}).encode()))

    def control(self, method: str, body: object = None):
        scope = {"type": "http", "path": PATH, "method": method, "headers": []}
        return asyncio.run(ask(self.faulty, scope, json.dumps(body or {}).encode()))


@pytest.fixture(autouse=True)
def short_hangs(monkeypatch):
    monkeypatch.setattr(faults, "_HANG_SECONDS", 0.05)


def test_without_chances_everything_comes_through():
    aws = Aws()

    assert [aws.asks(target).data for target in (PUT, TRANSACT, SEND, DELETE)] == [{"done": True}] * 4


@pytest.mark.parametrize(
    ("fault", "target", "status", "error", "times"),
    [
        ("throttled", PUT, 400, "ThrottlingException", 0),
        ("throttled", TRANSACT, 400, "TransactionCanceledException", 0),
        ("conflicts", PUT, 400, "TransactionConflictException", 0),
        ("conflicts", TRANSACT, 400, "TransactionCanceledException", 0),
        ("errors_before", PUT, 500, "InternalServerError", 0),
        ("errors_after", PUT, 500, "InternalServerError", 1),
        ("errors_after", SEND, 500, "InternalServerError", 1),
        ("hangs_after", TRANSACT, 200, "", 1),
        ("duplicates", SEND, 200, "", 2),
        ("redelivered", DELETE, 200, "", 0),
    ],
)
def test_each_fault_answers_and_does_what_it_says(fault, target, status, error, times):
    aws = Aws(**{fault: 1})

    answer = aws.asks(target, {"TransactItems": [{}, {}]})

    assert (answer.status, len(aws.done)) == (status, times)
    assert answer.data.get("__type", "").endswith(error)
    assert aws.control("GET").data["met"] == {f"{target.rpartition('.')[2]} {fault}": 1}


def test_a_transaction_is_told_what_it_met():
    answer = Aws(conflicts=1).asks(TRANSACT, {"TransactItems": [{}, {}]})

    assert [one["Code"] for one in answer.data["CancellationReasons"]] == ["TransactionConflict", "None"]


@pytest.mark.parametrize(("fault", "times"), [("records_lost", 0), ("records_twice", 2)])
def test_records_of_a_stream_are_passed_over_or_come_twice(fault, times):
    answer = Aws(**{fault: 1}).asks(GET_RECORDS.decode())

    assert answer.data["Records"] == [{"of": "a stream"}] * times
    assert answer.data["done"]


@pytest.mark.parametrize("wanted", [0, 9])
def test_a_message_out_of_its_turn_is_kept_behind(wanted):
    aws = Aws(reordered=1)

    aws.asks(SEND, {"MessageBody": "a", "DelaySeconds": wanted})

    (sent,) = aws.done
    assert sent["MessageBody"] == "a"
    assert max(1, wanted) <= sent["DelaySeconds"] <= max(5, wanted)


def test_faults_come_as_often_as_was_asked():
    aws = Aws(throttled=0.2, errors_after=0.1)

    for _ in range(2_000):
        aws.asks(PUT)

    met = aws.control("GET").data["met"]
    assert met["PutItem throttled"] == pytest.approx(400, abs=80)
    assert met["PutItem errors_after"] == pytest.approx(200, abs=60)


def test_what_is_no_fault_or_no_chance_is_refused():
    aws = Aws()

    assert "thunder, throttled" in aws.control("PUT", {"thunder": 1, "throttled": 2}).data["error"]
    assert possible("AmazonSQS.ReceiveMessage") == []
