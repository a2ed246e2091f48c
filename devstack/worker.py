"""What Lambda does with queues: take messages, call the handler, delete on success.

A handler that raises leaves its message where it is; SQS shows it again after the visibility time-out and
moves it to the dead-letter queue after the tries the queue allows. `python -m devstack.worker` runs this,
the timer and the readers of streams.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice, SQSEventConfig
from chalice.local import LambdaContext

from devstack.streams import Reader, streams
from devstack.timer import Timer, in_one_line

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: Handlers at work at once, of a queue whose handler does not say how many.
CONCURRENCY = 4
#: Seconds one receive waits for a message, and so the longest that stopping waits for an empty queue.
WAIT_SECONDS = 1
#: Seconds until the next attempt when the queue is not there (yet).
RETRY_SECONDS = 0.1
#: What SQS calls a queue that does not exist, in its two protocols.
NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")

log = logging.getLogger(__name__)


class Source(NamedTuple):
    """A queue and the handler of its messages, which gets up to `batch_size` of them at a time.

    `concurrency` is how many handlers may be at work at once.
    """

    queue: str
    handler: Callable[[dict[str, Any], Any], Any]
    batch_size: int
    concurrency: int = CONCURRENCY


def sources(app: Chalice) -> list[Source]:
    """The application's `on_sqs_message` handlers."""
    return [
        Source(
            config.queue,
            app.handler_map[config.name],
            config.batch_size,
            config.maximum_concurrency or CONCURRENCY,
        )
        for config in app.event_sources
        if isinstance(config, SQSEventConfig) and config.queue
    ]


class Worker:
    """Threads that work off one queue."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stopping = threading.Event()
        self._turn = threading.Lock()
        # One attempt a call: the loop is the retry, and sees at once that it is to stop.
        config = Config(max_pool_connections=source.concurrency + 1, retries={"total_max_attempts": 1})
        self._sqs: SQSClient = boto3.client("sqs", config=config)
        self._lost = False
        self._url = ""
        name = source.queue
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}")
            for number in range(source.concurrency)
        ]

    def start(self) -> None:
        """Begin; a queue that does not exist yet is waited for."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more messages. `join` waits until those in hand are done."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the threads to end, after `stop`."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                messages = self._receive()
            except (ClientError, BotoCoreError) as problem:
                if not (self._lost or _is_missing(problem)):
                    log.warning("%s: cannot receive, trying on: %s", self._source.queue, problem)
                self._lost = True
                self._stopping.wait(RETRY_SECONDS)
            else:
                self._lost = False
                if messages:
                    self._handle(messages)

    def _receive(self) -> "Sequence[MessageTypeDef]":
        # One thread at a time waits for messages: an empty queue costs one request a second, not one per
        # thread.
        with self._turn:
            if self._stopping.is_set():
                return ()
            self._url = self._url or self._sqs.get_queue_url(QueueName=self._source.queue)["QueueUrl"]
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(self._source.batch_size, 10),
                WaitTimeSeconds=WAIT_SECONDS,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return answer.get("Messages", ())

    def _handle(self, messages: "Sequence[MessageTypeDef]") -> None:
        started = time.perf_counter()
        try:
            self._source.handler(self._event(messages), LambdaContext(self._source.queue, 256, 60_000))
        except Exception as problem:
            what = in_one_line(problem)
            for message in messages:
                name, tries = message["MessageId"], _tries(message)
                log.warning("%s: %s failed, try %s: %s", self._source.queue, name, tries, what)
            log.debug("traceback", exc_info=True)
            return
        for message in messages:
            self._delete(message)
        spent = 1000 * (time.perf_counter() - started)
        log.info("%s: %s done in %.0f ms", self._source.queue, messages[0]["MessageId"], spent)

    def _delete(self, message: "MessageTypeDef") -> None:
        try:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        except (ClientError, BotoCoreError) as problem:  # it comes again, which handlers must bear anyway
            log.warning("%s: cannot delete %s: %s", self._source.queue, message["MessageId"], problem)

    def _event(self, messages: "Sequence[MessageTypeDef]") -> dict[str, Any]:
        region = self._sqs.meta.region_name
        arn = f"arn:aws:sqs:{region}:000000000000:{self._source.queue}"
        return {"Records": [_record(message, region, arn) for message in messages]}


def _record(message: "MessageTypeDef", region: str, arn: str) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def _attribute(value: Any) -> dict[str, Any]:
    # Lambda spells them with a small first letter: stringValue, dataType.
    return {name[0].lower() + name[1:]: part for name, part in value.items()}


def _tries(message: "MessageTypeDef") -> str:
    return message.get("Attributes", {}).get("ApproximateReceiveCount", "?")


def _is_missing(problem: Exception) -> bool:
    return isinstance(problem, ClientError) and problem.response["Error"]["Code"] in NO_QUEUE


def main() -> None:
    """Work until SIGTERM or SIGINT, then finish what is in hand."""
    argparse.ArgumentParser(description="Call app.py's queue, stream and schedule handlers.").parse_args()
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for chatty in ("botocore", "pynamodb"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    app = import_module("app").app
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    workers = [Worker(source) for source in sources(app)]
    timer = Timer(app, float(os.environ.get("RECONCILE_SECONDS", "5")))
    readers = [Reader(stream) for stream in streams(app)]
    parts: tuple[Worker | Reader | Timer, ...] = (*workers, *readers, timer)
    for part in parts:
        part.start()
    print("ready", flush=True)
    stopping.wait()
    for part in parts:
        part.stop()
    for part in parts:
        part.join()


if __name__ == "__main__":
    main()
