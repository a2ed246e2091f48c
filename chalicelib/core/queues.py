"""The queues, from one list, and sending to them; and the one stream."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.core.stage import named

if TYPE_CHECKING:
    from chalice.app import SQSRecord
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef


class Queue(NamedTuple):
    """A queue and its dead-letter queue.

    A message that failed `tries` times moves to `dead_letters`; one being worked on stays hidden for
    `visibility_seconds`, which must outlast the function that works on it.
    """

    name: str
    visibility_seconds: int = 60
    tries: int = 5

    @property
    def dead_letters(self) -> str:
        """The name of its dead-letter queue."""
        return f"{self.name}-dead"


#: Results of STK pushes, as Safaricom sent them; `settle` reads it.
STK_RESULTS: Final = Queue(named("stk-results"))

#: Pushes that wait for their turn; `push` reads it.
STK_PUSH: Final = Queue(named("stk-push"))

#: Events that have changed, for the search; `index` reads it.
EVENT_CHANGES: Final = Queue(named("event-changes"))

#: Cancelled events whose payments are to be given back; `unwind` reads it.
CANCELLED_EVENTS: Final = Queue(named("cancelled-events"))

#: Refunds to be sent to M-Pesa, and what becomes of them; `refund` reads it.
REFUNDS: Final = Queue(named("refunds"))

#: Messages of the outbox that wait to be sent; `deliver` reads it, few at once: SES counts e-mails a second
#: for the whole account, and refuses the rest.
DELIVERIES: Final = Queue(named("deliveries"))

#: Events whose availability is to be told to who follows them, some hundred at a time; `tell` reads it.
AVAILABILITY: Final = Queue(named("availability"))

#: Every queue: the local stack, the tests and the deployment create these.
QUEUES: Final = (STK_RESULTS, STK_PUSH, EVENT_CHANGES, CANCELLED_EVENTS, REFUNDS, DELIVERIES, AVAILABILITY)

#: So many messages may go in one request (Amazon SQS API Reference, SendMessageBatch).
TOGETHER: Final = 10

#: The stream of the stock table; `notice` reads it. DynamoDB chooses the last part of its real ARN, so the
#: template and the local worker find it by the table's name.
STOCK_CHANGES: Final = f"arn:aws:dynamodb:us-east-1:000000000000:table/{named('stock')}/stream/latest"


def each(messages: Iterable["SQSRecord"], work: Callable[..., None], *given: object) -> None:
    """Work off the messages that a handler got, one; an exception brings it again.

    Args:
        messages: what the handler got.
        work: takes the body of a message, and what else is given.
        given: the clock, or the like.
    """
    for message in messages:
        work(message.body, *given)


def send(queue: Queue, body: str, delay_seconds: int = 0) -> None:
    """Put a message on a queue; nobody sees it for `delay_seconds` (900 at most).

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: it is not on the queue.
    """
    _client().send_message(QueueUrl=_url(queue.name), MessageBody=body, DelaySeconds=delay_seconds)


def hint(queue: Queue, body: str) -> None:
    """Put a message on a queue that somebody else makes up for: within two seconds, or not at all.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: it may not be on the queue.
    """
    client = _client(hurried=True)
    client.send_message(QueueUrl=_url(queue.name, hurried=True), MessageBody=body)


def hint_all(queue: Queue, bodies: Sequence[str]) -> None:
    """The same with some messages (`TOGETHER` at most), in one request; any of them may not be there.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: none may be on the queue.
    """
    client = _client(hurried=True)
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)
    ]
    client.send_message_batch(QueueUrl=_url(queue.name, hurried=True), Entries=entries)


@cache
def _client(*, hurried: bool = False) -> "SQSClient":
    import boto3  # here, since most routes never send
    from botocore.config import Config

    patient = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2})
    quick = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
    return boto3.client("sqs", config=quick if hurried else patient)


@cache
def _url(name: str, *, hurried: bool = False) -> str:
    return _client(hurried=hurried).get_queue_url(QueueName=name)["QueueUrl"]
