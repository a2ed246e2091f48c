"""What the emulator keeps, over a clean restart and over SIGKILL."""

import json
import time

import pytest
from local_actors import until

from devstack.emulator import SAVE_SECONDS

pytestmark = pytest.mark.stack

TABLE = {
    "TableName": "notes",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "author", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-author",
            "KeySchema": [{"AttributeName": "author", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
ITEM = {
    "id": {"S": "1"},
    "author": {"S": "Wanjiru"},
    "raw": {"B": b"\x00\xff"},
    "many": {"SS": ["a", "b"]},
    "expires_at": {"N": "4102444800"},
    "nested": {"M": {"list": {"L": [{"N": "1.5"}, {"NULL": True}, {"BOOL": False}]}}},
}


class Contents:
    """Writes one of everything that the service uses, and reads it back."""

    def __init__(self, emulator):
        self.dynamodb = emulator.client("dynamodb")
        self.sqs = emulator.client("sqs")
        self.s3 = emulator.client("s3")

    def write(self):
        self.dynamodb.create_table(**TABLE)
        self.dynamodb.update_time_to_live(
            TableName="notes", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )
        self.dynamodb.put_item(TableName="notes", Item=ITEM)
        dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = self._attributes(dead)["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        url = self.sqs.create_queue(
            QueueName="work", Attributes={"VisibilityTimeout": "2", "RedrivePolicy": policy}
        )["QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody="in flight")
        assert self.receive()
        self.sqs.send_message(QueueUrl=url, MessageBody="waiting", DelaySeconds=0)
        self.s3.create_bucket(Bucket="pictures")
        self.s3.put_object(Bucket="pictures", Key="a/b.png", Body=b"\x89PNG")

    def _attributes(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    def receive(self):
        url = self.sqs.get_queue_url(QueueName="work")["QueueUrl"]
        return [
            message["Body"]
            for message in self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        ]

    def verify(self):
        assert self.dynamodb.get_item(TableName="notes", Key={"id": {"S": "1"}})["Item"] == ITEM
        found = self.dynamodb.query(
            TableName="notes",
            IndexName="by-author",
            KeyConditionExpression="author = :a",
            ExpressionAttributeValues={":a": {"S": "Wanjiru"}},
        )
        assert found["Items"] == [ITEM]
        ttl = self.dynamodb.describe_time_to_live(TableName="notes")["TimeToLiveDescription"]
        assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")
        url = self.sqs.get_queue_url(QueueName="work")["QueueUrl"]
        attributes = self._attributes(url)
        assert attributes["VisibilityTimeout"] == "2"
        assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 5
        assert self.s3.get_object(Bucket="pictures", Key="a/b.png")["Body"].read() == b"\x89PNG"
        seen = set()
        until(lambda: seen.update(self.receive()) or seen == {"waiting", "in flight"})


def test_everything_is_there_after_a_clean_restart(emulator):
    Contents(emulator).write()

    emulator.stop()
    emulator.start()

    Contents(emulator).verify()


def test_a_kill_loses_nothing_that_is_older_than_a_save(emulator, tmp_path):
    Contents(emulator).write()
    until(lambda: (tmp_path / "state" / "sqs.json").exists(), seconds=SAVE_SECONDS + 10)
    until(lambda: "waiting" in (tmp_path / "state" / "sqs.json").read_text())

    emulator.part.kill()
    emulator.start()

    Contents(emulator).verify()


def test_kills_in_the_middle_of_saving_never_leave_a_broken_state(emulator, tmp_path):
    dynamodb = emulator.client("dynamodb")
    dynamodb.create_table(**TABLE)
    state = tmp_path / "state" / "dynamodb.json"
    being_written = state.with_suffix(".json.tmp")
    until(state.exists)
    written = 0
    for _ in range(2):
        being_written.unlink(missing_ok=True)
        while not being_written.exists():
            dynamodb.put_item(TableName="notes", Item={"id": {"S": str(written)}, "author": {"S": "x" * 500}})
            written += 1
        emulator.part.kill()
        emulator.start()
        dynamodb = emulator.client("dynamodb")
        assert dynamodb.describe_table(TableName="notes")["Table"]["TableStatus"] == "ACTIVE"


def test_nothing_is_saved_where_nothing_was_written(emulator, tmp_path):
    state = tmp_path / "state" / "dynamodb.json"
    dynamodb = emulator.client("dynamodb")
    dynamodb.create_table(**TABLE)
    dynamodb.put_item(TableName="notes", Item=ITEM)
    until(lambda: state.exists() and '"Wanjiru"' in state.read_text())
    before = state.stat().st_ino

    end = time.monotonic() + 1.5 * SAVE_SECONDS
    while time.monotonic() < end:
        dynamodb.get_item(TableName="notes", Key={"id": {"S": "1"}})

    assert state.stat().st_ino == before


def test_it_listens_on_this_machine_only_and_leaves_nothing_behind(forgetful):
    Contents(forgetful).write()

    log = (forgetful.part.log).read_text()
    forgetful.stop()

    assert list(forgetful.temporary.iterdir()) == []
    assert "0.0.0.0" not in log
    assert log.strip() == ""
