"""Queues and schedules, on a real (local) SQS."""

import threading
from types import SimpleNamespace

import boto3
import pytest
from chalice.app import Chalice
from local_actors import until

from devstack import provision
from devstack.timer import Timer
from devstack.worker import Source, Worker, sources

QUEUE = SimpleNamespace(name="local-notes", dead_letters="local-notes-dead", visibility_seconds=1, tries=2)


@pytest.fixture
def queue(forgetful, monkeypatch):
    """A client whose messages go to the queue, and its URLs."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", forgetful.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    provision.make_queues((QUEUE,))
    return Mailbox(boto3.client("sqs"))


class Mailbox:
    def __init__(self, sqs):
        self.sqs = sqs
        self.url = sqs.get_queue_url(QueueName=QUEUE.name)["QueueUrl"]
        self.dead = sqs.get_queue_url(QueueName=QUEUE.dead_letters)["QueueUrl"]

    def send(self, text):
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=text,
            MessageAttributes={"kind": {"StringValue": "test", "DataType": "String"}},
        )

    def count(self, url):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(value) for value in found.values())


@pytest.fixture
def work(queue):
    """Runs a worker with that handler until the test ends."""
    running = []

    def start(handler, batch_size=1):
        worker = Worker(Source(QUEUE.name, handler, batch_size))
        worker.start()
        running.append(worker)
        return worker

    yield start
    for worker in running:
        worker.stop()
        worker.join()


@pytest.mark.stack
def test_a_message_is_handed_over_as_lambda_does_and_deleted(queue, work):
    seen = []
    work(lambda event, context: seen.append((event, context)))
    queue.send("hello")

    event, context = until(lambda: seen and seen[0])
    until(lambda: queue.count(queue.url) == 0)

    record = event["Records"][0]
    assert len(seen) == len(event["Records"]) == 1
    assert record["body"] == "hello"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:000000000000:local-notes"
    assert record["awsRegion"] == "us-east-1"
    assert record["messageId"]
    assert record["receiptHandle"]
    assert context.get_remaining_time_in_millis() > 0


@pytest.mark.stack
def test_a_message_that_fails_comes_again_and_succeeds(queue, work):
    counts = []

    def fails_once(event, context):
        counts.append(event["Records"][0]["attributes"]["ApproximateReceiveCount"])
        if len(counts) == 1:
            raise RuntimeError("not now")

    work(fails_once)
    queue.send("again")

    until(lambda: queue.count(queue.url) == 0)
    assert counts == ["1", "2"]
    assert queue.count(queue.dead) == 0


@pytest.mark.stack
def test_a_message_that_always_fails_ends_among_the_dead_letters_after_its_tries(queue, work, caplog):
    tries = []

    def fails(event, context):
        tries.append(event)
        raise ValueError("a poison\nmessage")

    work(fails)
    queue.send("poison")

    until(lambda: queue.count(queue.dead) == 1)
    assert len(tries) == QUEUE.tries
    assert queue.count(queue.url) == 0
    warnings = [record.getMessage() for record in caplog.records if record.name == "devstack.worker"]
    assert len(warnings) == QUEUE.tries
    assert all("\n" not in line and "poison" in line for line in warnings)


@pytest.mark.stack
def test_a_poison_message_does_not_hold_up_the_others(queue, work):
    done = []

    def handler(event, context):
        body = event["Records"][0]["body"]
        if body == "poison":
            raise ValueError(body)
        done.append(body)

    queue.send("poison")
    for number in range(20):
        queue.send(str(number))
    work(handler)

    until(lambda: len(done) == 20)
    assert sorted(done, key=int) == [str(number) for number in range(20)]


@pytest.mark.stack
def test_several_messages_are_worked_on_at_once(queue, work):
    meeting = threading.Barrier(3, timeout=10)
    work(lambda event, context: meeting.wait())
    for number in range(3):
        queue.send(str(number))

    until(lambda: queue.count(queue.url) == 0)  # had they come one by one, the barrier would have broken
    assert not meeting.broken


@pytest.mark.stack
def test_stopping_finishes_the_message_in_hand_and_takes_no_other(queue, work):
    started, go_on, done = threading.Event(), threading.Event(), []

    def handler(event, context):
        started.set()
        go_on.wait(10)
        done.append(event["Records"][0]["body"])

    worker = Worker(Source(QUEUE.name, handler, 1, concurrency=1))
    worker.start()
    queue.send("in hand")
    assert started.wait(10)
    worker.stop()
    queue.send("too late")
    go_on.set()
    worker.join()

    assert done == ["in hand"]
    assert queue.count(queue.url) == 1


@pytest.mark.stack
def test_a_queue_that_is_made_later_is_waited_for(queue):
    seen = []
    worker = Worker(Source("local-later", lambda event, context: seen.append(event), 1))
    worker.start()
    try:
        url = queue.sqs.create_queue(QueueName="local-later")["QueueUrl"]
        queue.sqs.send_message(QueueUrl=url, MessageBody="x")
        assert until(lambda: seen)
    finally:
        worker.stop()
        worker.join()


@pytest.mark.stack
def test_making_queues_again_changes_their_settings_and_keeps_their_messages(queue):
    queue.send("kept")

    provision.make_queues((SimpleNamespace(**{**vars(QUEUE), "visibility_seconds": 7}),))

    found = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["VisibilityTimeout"])
    assert found["Attributes"]["VisibilityTimeout"] == "7"
    assert queue.count(queue.url) == 1


def _app() -> Chalice:
    app = Chalice(app_name="timed")
    app.calls = []

    @app.on_sqs_message(queue="local-notes", batch_size=3)
    def keep(event):
        pass

    @app.schedule("rate(1 minute)")
    def tick(event):
        app.calls.append(event.to_dict())
        raise RuntimeError("this tick fails")

    return app


def test_the_applications_queue_handlers_are_found():
    app = _app()

    assert sources(app) == [Source("local-notes", app.handler_map["keep"], 3)]


def test_a_tick_that_fails_is_not_the_last(caplog):
    app = _app()
    timer = Timer(app, 0.01)
    timer.start()
    try:
        until(lambda: len(app.calls) >= 3)
    finally:
        timer.stop()
        timer.join()

    assert app.calls[0]["detail-type"] == "Scheduled Event"
    assert app.calls[0]["source"] == "aws.events"
    assert app.calls[0]["resources"][0].endswith(":rule/tick")
    assert "tick failed: RuntimeError: this tick fails" in caplog.text
