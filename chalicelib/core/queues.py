"""The queues, from one list, and sending to them."""

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from chalicelib.core.stage import named

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


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

#: Every queue: the local stack, the tests and the deployment create these.
QUEUES: Final = (STK_RESULTS, STK_PUSH, EVENT_CHANGES, CANCELLED_EVENTS, REFUNDS)


def send(queue: Queue, body: str, delay_seconds: int = 0) -> None:
    """Put a message on a queue; nobody sees it for `delay_seconds` (900 at most).

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: it is not on the queue.
    """
    _client().send_message(QueueUrl=_url(queue.name), MessageBody=body, DelaySeconds=delay_seconds)


@cache
def _client() -> "SQSClient":
    import boto3  # here, since most routes never send
    from botocore.config import Config

    return boto3.client("sqs", config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2}))


@cache
def _url(name: str) -> str:
    return _client().get_queue_url(QueueName=name)["QueueUrl"]
