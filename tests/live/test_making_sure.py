"""Once a minute a round is asked for of whatever is watched, and that keeps nothing else from its turn."""

import json
from datetime import timedelta
from itertools import chain

import pytest
from botocore.exceptions import ConnectTimeoutError

from chalicelib.core import queues
from chalicelib.core.ids import new_id
from chalicelib.live.models import Watched
from chalicelib.privacy import ageing, erasing


def watch(town, number, hours=4.0):
    at = town.clock()
    ids = [new_id(at) for _ in range(number)]
    with Watched.batch_write() as batch:
        for n, event_id in enumerate(ids):
            lapses_at = at + timedelta(hours=hours, seconds=n)
            batch.save(Watched(event_id, lapses_at=int(lapses_at.timestamp())))
    return ids


@pytest.fixture
def requests(town, monkeypatch):
    """The events of each request; a request takes a second."""
    asked = []

    def hints(queue, bodies):
        assert queue == queues.AVAILABILITY
        asked.append([json.loads(body)["event_id"] for body in bodies])
        town.clock.passes(seconds=1)

    monkeypatch.setattr(queues, "hint_all", hints)
    return asked


def test_all_that_is_watched_is_asked_for_ten_in_a_request(town, requests):
    ids = watch(town, 23)

    town.mends()

    assert [len(each) for each in requests] == [10, 10, 3]
    assert sorted(chain(*requests)) == sorted(ids)


def test_messages_of_a_request_are_on_the_queue_each(town):
    ids = watch(town, 12)

    town.mends()

    url = town.sqs.get_queue_url(QueueName=queues.AVAILABILITY.name)["QueueUrl"]
    found = []
    while messages := town.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    assert sorted(message["event_id"] for message in found) == sorted(ids)


def test_what_has_lapsed_is_not_asked_for(town, requests):
    """DynamoDB may take days to delete it."""
    watch(town, 20, hours=-20)
    (still,) = watch(town, 1)

    town.mends()

    assert requests == [[still]]


def test_it_ends_in_time_and_begins_with_the_others_in_the_next_minute(town, requests):
    ids = watch(town, 200)

    town.mends()
    assert sorted(chain(*requests)) == sorted(ids[:100])

    requests.clear()
    town.clock.at = town.clock.start + timedelta(minutes=1)
    town.mends()
    assert sorted(chain(*requests)) == sorted(ids[100:])


def test_whoever_is_to_be_forgotten_does_not_wait_for_it(town, requests, monkeypatch):
    watch(town, 30)
    before = {}
    for room in (erasing, ageing):
        monkeypatch.setattr(room, "go_on", lambda _, room=room: before.update({room: len(requests)}))

    town.mends()

    assert before == {erasing: 0, ageing: 0}
    assert requests


def test_a_queue_that_is_out_of_reach_is_tried_in_the_next_minute(town, requests, monkeypatch, caplog):
    watch(town, 1)

    def fails(*_):
        raise ConnectTimeoutError(endpoint_url="")

    with monkeypatch.context() as away:
        away.setattr(queues, "hint_all", fails)
        town.mends()
    assert "live.not_made_sure" in caplog.text

    town.mends()
    assert requests
