"""A whole world in memory, in which invocations can be killed, and which is then left to itself."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any
from unittest.mock import patch

from chalice.app import ScheduledEventConfig, SQSEventConfig

from chalicelib.catalog import known_events, known_shards
from chalicelib.core import clock as real_clock
from chalicelib.core import settings as real_settings
from chalicelib.core.queues import QUEUES, Queue
from chalicelib.delivery import ways
from chalicelib.payments import archive, seating, till
from chalicelib.payments.pacing import Pacer
from chalicelib.payments.till import Till
from chalicelib.reports import payouts
from tests.actors import Clock, Organizer, Person, Town
from tests.faults.bank import Bank
from tests.faults.crashing import Outside
from tests.faults.promises import broken
from tests.memory import aws_in_memory

#: Seconds by which the clock moves on between two looks at a world that is left to itself.
STEP_SECONDS = 30
#: A world that has not come to rest by then is stuck. (A hold of 300 s, then a prompt that is asked about
#: 90 s later and ever less often.)
MOST_SECONDS = 1800

BUCKET = "kept-callbacks"


class World:
    """The application over AWS in memory, with M-Pesa's truth and a clock to move."""

    def __init__(self, clock: Clock, outside: Outside) -> None:
        self.clock, self.outside = clock, outside
        self.town = Town(clock)
        sources = self.town.app.app.event_sources
        self.bank = Bank(self.town, outside)
        self.sqs = self.town.sqs
        self._urls = {one: self.sqs.get_queue_url(QueueName=one.name)["QueueUrl"] for one in QUEUES}
        self.delayed: list[tuple[datetime, dict[str, Any]]] = []
        outside.instead = self._delays
        self._workers = {
            source.queue: self._handler(source) for source in sources if isinstance(source, SQSEventConfig)
        }
        self._schedules = [
            self._handler(source) for source in sources if isinstance(source, ScheduledEventConfig)
        ]
        self.pace = Pacer(real_settings.settings().daraja_pushes_per_second, clock)
        self._settings = replace(
            real_settings.settings(),
            callback_archive=f"s3://{BUCKET}",
            platform_fee_bps=250,
            mpesa_tariff="150:1,500:3,2000:7,250000:34",
        )
        archive._s3().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.buyer: Person = self.town.signs_up("amina")
        self.other: Person = self.town.signs_up("zuhura")
        self.organizer: Organizer = self.town.organizer("otieno")

    @cached_property
    def admin(self) -> Person:
        """Made when first needed, which is no part of what is killed."""
        return self.town.admin()

    def _handler(self, source: Any) -> Callable[[Any, Any], Any]:
        return getattr(self.town.app, source.handler_string.split(".")[-1])

    def schedules_tick(self) -> None:
        """One minute's tick of every schedule."""
        for handler in self._schedules:
            self.town.ticks(handler)

    def open_till(self) -> Till:
        """A counter. Who comes in between is another process, with a share of the pace of its own."""
        pace = self.pace
        if self.outside.is_interrupted:
            pace = Pacer(self._settings.daraja_pushes_per_second, self.clock)
        return Till(self.bank, self._settings, pace, self.clock)

    def ways(self) -> dict[str, Any]:
        """The post, whose calls can be killed like any other to the outside."""
        return dict.fromkeys(self.town.post.ways(), self._posts)

    def _posts(self, *given: Any) -> Any:
        return self.outside.call("carrier send", lambda: self.town.post.takes(*given))

    def empties_our_pace(self) -> None:
        """All turns to push are taken; with the clock new ones come."""
        while self.pace.take():
            pass

    def works_off(self, queue: Queue, *, times: int = 1, backwards: bool = False) -> int:
        """What Lambda does with a queue: each message once, deleted if the handler returned.

        A message whose handler failed, or died, is there again at once. SQS promises neither that a message
        comes once (`times`) nor any order (`backwards`).
        """
        url = self._urls[queue]
        with self.outside.unwatched():
            self._sends_what_is_due()
            messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in reversed(messages) if backwards else messages:
            with self._delivered(url, message):
                record = {"body": message["Body"], "receiptHandle": message["ReceiptHandle"]}
                for _ in range(times):
                    self._workers[queue.name]({"Records": [record]}, None)
        return len(messages)

    @contextmanager
    def _delivered(self, url: str, message: Any) -> Iterator[None]:
        handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        try:
            yield
        except BaseException:
            with self.outside.unwatched():
                self.sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            raise
        with self.outside.unwatched():
            self.sqs.delete_message(**handle)

    def waiting(self) -> int:
        """How many messages are on all queues, delayed ones too."""
        total = len(self.delayed)
        for url in self._urls.values():
            wanted = ["ApproximateNumberOfMessages"]
            found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
            total += sum(int(number) for number in found.values())
        return total

    def _delays(self, operation: str, arguments: dict[str, Any]) -> bool:
        """SQS in memory counts the seconds of a delay by the machine's clock; here the world's counts."""
        seconds = arguments.get("DelaySeconds", 0) if operation == "SendMessage" else 0
        if seconds:
            due_at = self.clock.at + timedelta(seconds=seconds)
            self.delayed.append((due_at, arguments | {"DelaySeconds": 0}))
        return bool(seconds)

    def _sends_what_is_due(self) -> None:
        due = [message for message in self.delayed if message[0] <= self.clock.at]
        self.delayed = [message for message in self.delayed if message[0] > self.clock.at]
        for _, arguments in due:
            self.sqs.send_message(**arguments)

    def is_left_alone(self, tries_again: Callable[[], bool], every: int = STEP_SECONDS) -> int:
        """Let it come to rest by its own means: queues, the schedule, the customer who tries again.

        Args:
            tries_again: what the customer does each time; says whether they have what they wanted.
            every: the seconds between two looks.

        Returns:
            The seconds it took.
        """
        begun = self.clock.at
        while True:
            for queue in QUEUES:
                while self.works_off(queue):
                    pass
            self.schedules_tick()
            self.bank.customers_answer()
            self.bank.calls_back()
            self.bank.tells()
            self.bank.tells_statuses()
            happy, waiting = tries_again(), self.waiting()
            seconds = int((self.clock.at - begun).total_seconds())
            wrong = broken(self.bank, settled=True) if happy and not waiting else []
            if happy and not waiting and not wrong:
                return seconds
            if seconds > MOST_SECONDS:
                why = f"it does not come to rest: {happy=}, {waiting=}"
                raise AssertionError("\n".join([why, *wrong]))
            self.clock.passes(seconds=every)


@contextmanager
def a_world() -> Iterator[World]:
    """A new world; no other may be there at the same time."""
    clock, outside = Clock(), Outside()
    with ExitStack() as ends:
        ends.enter_context(
            patch("os.urandom", Random(0).randbytes)
        )  # the same ids each time, in the same order
        for known in (known_events, known_shards):
            ends.enter_context(patch.object(known, "_known", {}))
        real_clock.set_clock(clock)
        ends.callback(real_clock.set_clock, None)
        ends.enter_context(aws_in_memory())
        ends.enter_context(outside.aws())
        world = World(clock, outside)
        till.open_with(world.open_till)
        ends.callback(till.open_with, None)
        ways.open_with(world.ways)
        ends.callback(ways.open_with, None)
        archived, archive.settings = archive.settings, lambda: world._settings
        ends.callback(setattr, archive, "settings", archived)
        ends.enter_context(patch.object(seating, "settings", lambda: world._settings))
        ends.enter_context(patch.object(payouts, "settings", lambda: world._settings))
        yield world
