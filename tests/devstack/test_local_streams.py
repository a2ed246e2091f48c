"""Streams of tables, on a real (local) DynamoDB."""

import uuid
from types import SimpleNamespace

import boto3
import pytest
import requests
from local_actors import PROJECT, until

from devstack import provision, streams
from devstack.stack import Stack
from devstack.streams import Reader, Stream

pytestmark = pytest.mark.stack

TABLES = "arn:aws:dynamodb:us-east-1:000000000000:table"
KEYS_ONLY = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


@pytest.fixture(scope="module")
def running():
    with Stack(parts=("emulator",), faulty=True, project=PROJECT) as stack:
        yield stack


@pytest.fixture
def stack(running, monkeypatch):
    """An emulator that can end and come back, and fail."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    return running


@pytest.fixture
def unmade(stack):
    """A table that is not there yet."""
    return Things(f"things-{uuid.uuid4().hex}")


@pytest.fixture
def things(unmade):
    unmade.make(StreamSpecification=KEYS_ONLY)
    return unmade


class Things:
    """A table with changes."""

    def __init__(self, table):
        self.table = table
        self.client = boto3.client("dynamodb")

    def make(self, **stream):
        self.client.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **stream,
        )

    def change(self, *ids):
        for one in ids:
            self.client.put_item(TableName=self.table, Item={"id": {"S": one}})


@pytest.fixture
def follow(caplog):
    """Runs a reader with that handler until the test ends; returns when it reads, or has nothing to read."""
    running = []
    caplog.set_level("DEBUG", "devstack.streams")

    def start(things, handler, batch_size=10, reads=True):
        reader = Reader(Stream(things.table, handler, batch_size))
        reader.start()
        running.append(reader)
        until(lambda: ("its stream is read" if reads else "cannot read") in caplog.text)
        return reader

    yield start
    for reader in running:
        reader.stop()
        reader.join()


class Seen:
    """A handler that keeps what it got, and fails so often at a batch with something poisonous."""

    def __init__(self, fails=0):
        self.batches, self.tries, self.fails = [], [], fails

    def __call__(self, event, context):
        ids = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        self.tries.append(ids)
        if "poison" in ids and self.fails:
            self.fails -= 1
            raise RuntimeError("not now")
        self.batches.append(ids)

    @property
    def ids(self):
        return [one for batch in self.batches for one in batch]


def test_a_change_is_handed_over_as_lambda_does(things, follow):
    events = []
    follow(things, lambda event, context: events.append(event))
    things.change("one")

    (record,) = until(lambda: events)[0]["Records"]

    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["eventSourceARN"].split("/")[:2] == [TABLES, things.table]
    assert record["dynamodb"]["Keys"] == {"id": {"S": "one"}}
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert record["dynamodb"]["StreamViewType"] == "KEYS_ONLY"


def test_changes_come_in_order_in_batches_and_none_of_before(things, follow):
    things.change("before")
    seen = Seen()
    follow(things, seen, batch_size=4)
    wanted = [str(number) for number in range(25)]
    things.change(*wanted)

    until(lambda: len(seen.ids) >= 25)
    assert seen.ids == wanted
    assert max(len(batch) for batch in seen.batches) <= 4


def test_a_batch_that_fails_comes_again_before_what_came_after_it(things, follow, monkeypatch):
    monkeypatch.setattr(streams, "BACKOFF_SECONDS", 0.01)
    seen = Seen(fails=2)
    follow(things, seen, batch_size=1)
    things.change("poison", "after")

    until(lambda: "after" in seen.ids)
    assert seen.tries == [["poison"]] * 3 + [["after"]]


def test_a_batch_that_always_fails_is_let_go_with_a_word(things, follow, monkeypatch, caplog):
    monkeypatch.setattr(streams, "BACKOFF_SECONDS", 0.01)
    seen = Seen(fails=100)
    follow(things, seen, batch_size=1)
    things.change("poison", "after")

    until(lambda: "after" in seen.ids)
    assert seen.tries == [["poison"]] * streams.TRIES + [["after"]]
    assert "1 records let go" in caplog.text


def test_nothing_is_missed_when_the_emulator_ends_and_comes_back(stack, things, follow):
    """What is kept of streams ends with it, so there the reader begins anew."""
    seen = Seen()
    follow(things, seen)
    things.change("a", "b", "c")
    until(lambda: seen.ids == ["a", "b", "c"])
    stack.kill("emulator")
    stack.start("emulator")
    things.make(StreamSpecification=KEYS_ONLY)
    things.change("d")

    until(lambda: seen.ids == ["a", "b", "c", "d"])


def test_errors_of_the_stream_lose_nothing_and_repeat_nothing(stack, things, follow):
    seen = Seen()
    follow(things, seen, batch_size=1)
    faults(stack, errors_before=0.5)
    wanted = [str(number) for number in range(10)]
    for one in wanted:
        until(lambda one=one: changed(things, one))
    faults(stack, errors_before=0)

    until(lambda: len(seen.ids) >= 10)
    assert list(dict.fromkeys(seen.ids)) == wanted


def test_records_can_be_lost_and_come_twice(stack, things, follow):
    """The fault that the scenarios rely on."""
    seen = Seen()
    follow(things, seen)
    faults(stack, records_twice=1)
    things.change("twice")
    until(lambda: seen.ids == ["twice", "twice"])
    faults(stack, records_twice=0, records_lost=1)
    things.change("lost")
    until(lambda: faults(stack)["met"].get("GetRecords records_lost", 0) > 2)
    faults(stack, records_lost=0)
    things.change("last")
    until(lambda: "last" in seen.ids)
    assert seen.ids == ["twice", "twice", "last"]


def test_a_table_that_is_made_later_is_read_from_its_beginning(unmade, follow):
    seen = Seen()
    follow(unmade, seen, reads=False)
    unmade.make(StreamSpecification=KEYS_ONLY)
    unmade.change("first")

    until(lambda: seen.ids == ["first"])


def test_a_table_of_before_there_were_streams_gets_one_and_keeps_what_it_has(unmade, follow):
    unmade.make()
    unmade.change("old")
    seen = Seen()
    follow(unmade, seen, reads=False)
    model = SimpleNamespace(Meta=SimpleNamespace(table_name=unmade.table, stream_view_type="KEYS_ONLY"))

    for _ in range(2):  # again is nothing
        provision.make_tables((model,))
    unmade.change("new")

    until(lambda: seen.ids == ["new"])
    assert unmade.client.scan(TableName=unmade.table)["Count"] == 2


def changed(things, one):
    """Whether a change came through."""
    try:
        things.change(one)
    except things.client.exceptions.InternalServerError:
        return False
    return True


def faults(stack, **chances):
    answer = requests.put(f"{stack.aws_endpoint}/_front/faults", json=chances, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()
