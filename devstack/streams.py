"""What Lambda does with a DynamoDB stream: read records, call the handler with them, in order.

A handler that raises gets the same records again, later each time; after the last try they are let go, so
that the rest of the stream does not wait for them.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, DynamoDBEventConfig
from chalice.local import LambdaContext

from devstack.timer import in_one_line

#: Seconds from one look to the next where nothing has changed; Lambda looks four times a second.
POLL_SECONDS: Final = 0.15
#: Seconds until the next attempt when there is no stream (yet).
RETRY_SECONDS: Final = 0.2
#: How often a batch is handed over, and the seconds before the second time, doubled each time.
TRIES: Final = 5
BACKOFF_SECONDS: Final = 0.1

log = logging.getLogger(__name__)


class Stream(NamedTuple):
    """A table's stream and the handler of its records, which gets up to `batch_size` of them at a time."""

    table: str
    handler: Callable[[dict[str, Any], Any], Any]
    batch_size: int


def streams(app: Chalice) -> list[Stream]:
    """The application's `on_dynamodb_record` handlers; their ARNs name the tables."""
    return [
        Stream(config.stream_arn.split("/")[1], app.handler_map[config.name], config.batch_size)
        for config in app.event_sources
        if isinstance(config, DynamoDBEventConfig)
    ]


class Reader:
    """A thread that follows one stream from now on; the emulator's have one shard each."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._stopping = threading.Event()
        config = Config(retries={"total_max_attempts": 1})  # the loop is the retry
        self._tables = boto3.client("dynamodb", config=config)
        self._streams: Any = boto3.client("dynamodbstreams", config=config)
        self._arn = ""
        self._start = "LATEST"
        self._seen: str | None = None
        self._thread = threading.Thread(target=self._run, name=f"{stream.table}-stream")

    def start(self) -> None:
        """Begin; a table that does not exist yet is waited for, and then read from its beginning."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more. `join` waits until the batch in hand is done."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the thread to end, after `stop`."""
        self._thread.join()

    def _run(self) -> None:
        iterator, pause = None, 0.0
        while not self._stopping.wait(pause):
            try:
                iterator = iterator or self._iterator()
                answer = self._streams.get_records(ShardIterator=iterator, Limit=self._stream.batch_size)
            except (ClientError, BotoCoreError, LookupError) as problem:
                log.debug("%s: cannot read, trying on: %s", self._stream.table, problem)
                iterator, pause, self._start = None, RETRY_SECONDS, "TRIM_HORIZON"
                continue
            iterator, records = answer.get("NextShardIterator"), answer["Records"]
            pause = 0.0 if records else POLL_SECONDS
            if records:
                self._hand_over([{**_as_lambda(one), "eventSourceARN": self._arn} for one in records])
                self._seen = records[-1]["dynamodb"]["SequenceNumber"]

    def _iterator(self) -> str:
        """Where to read on: after what was read last; else from now on, or from where the stream begins.

        The emulator's records do not outlive it: after its restart nothing is known of what was read.
        """
        table = self._tables.describe_table(TableName=self._stream.table)["Table"]
        self._arn = str(table["LatestStreamArn"])
        shard = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"][0]
        at = {"StreamArn": self._arn, "ShardId": shard["ShardId"]}
        if self._seen:
            try:
                return self._at(at | {"SequenceNumber": self._seen}, "AFTER_SEQUENCE_NUMBER")
            except self._streams.exceptions.TrimmedDataAccessException:
                self._seen = None
        iterator = self._at(at, self._start)
        log.info("%s: its stream is read", self._stream.table)
        return iterator

    def _at(self, place: dict[str, str], kind: str) -> str:
        return str(self._streams.get_shard_iterator(**place, ShardIteratorType=kind)["ShardIterator"])

    def _hand_over(self, records: list[dict[str, Any]]) -> None:
        name, pause = self._stream.table, BACKOFF_SECONDS
        for tries in range(1, TRIES + 1):
            try:
                self._stream.handler({"Records": records}, LambdaContext(name, 256, 60_000))
            except Exception as problem:
                told = f"try {tries} of {TRIES} at {len(records)} records failed"
                log.warning("%s: %s: %s", name, told, in_one_line(problem))
                log.debug("traceback", exc_info=True)
            else:
                return
            if tries == TRIES or self._stopping.wait(pause):
                break
            pause *= 2
        log.warning("%s: %s records let go", name, len(records))


def _as_lambda(record: dict[str, Any]) -> dict[str, Any]:
    """A record as Lambda gets it: instants are epoch seconds there."""
    change = record["dynamodb"]
    at = change["ApproximateCreationDateTime"].timestamp()
    return {**record, "dynamodb": {**change, "ApproximateCreationDateTime": at}}
