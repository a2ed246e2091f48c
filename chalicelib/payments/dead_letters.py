"""Dead letters: messages that could not be worked off in five tries. To look at them, and to try them again.

`python -m chalicelib.payments.dead_letters` lists them (ids and counts; never bodies, which hold what
Safaricom sent); with `--redrive` they go back to their queues, after whatever kept them has been mended.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chalicelib.core import metrics
from chalicelib.core.queues import QUEUES, Queue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

#: Seconds that a message stays hidden from others after this has read it.
_HIDDEN_SECONDS = 30
#: A long poll asks all of SQS's servers; a short one may miss some.
_WAIT_SECONDS = 1


def look(sqs: "SQSClient", queue: Queue) -> Iterator["MessageTypeDef"]:
    """Every message among a queue's dead letters, once; they stay there, hidden for half a minute."""
    url = sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
    seen: set[str] = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=_WAIT_SECONDS,
            VisibilityTimeout=_HIDDEN_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        fresh = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
        if not fresh:
            return
        seen |= {one["MessageId"] for one in fresh}
        yield from fresh


def redrive(sqs: "SQSClient", queue: Queue) -> int:
    """Put every dead letter back on its queue; returns how many.

    A crash between the two steps only doubles a message, and working one off twice changes nothing.
    """
    target = sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
    source = sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
    count = 0
    for message in look(sqs, queue):
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        count += 1
    return count


def _show_again(sqs: "SQSClient", queue: Queue, messages: list["MessageTypeDef"]) -> None:
    """End the half minute for which looking hid them."""
    url = sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
    for message in messages:
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )


def waiting(sqs: "SQSClient", queue: Queue) -> int:
    """About how many dead letters there are."""
    url = sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def report() -> int:
    """Count the dead letters of all queues into the metric that the alarm looks at; returns the sum."""
    sqs = _sqs()
    total = 0
    for queue in QUEUES:
        number = waiting(sqs, queue)
        metrics.level("DeadLetters", number, queue=queue.name)
        total += number
    return total


def main(arguments: list[str] | None = None) -> int:
    """List or redrive; exits 1 while there are dead letters that stay."""
    parser = argparse.ArgumentParser(description="Messages that could not be worked off.")
    parser.add_argument("--redrive", action="store_true", help="put them back on their queues")
    wanted = parser.parse_args(arguments)
    sqs = _sqs()
    left = 0
    for queue in QUEUES:
        if wanted.redrive:
            print(f"{queue.name}: {redrive(sqs, queue)} put back")  # noqa: T201
            continue
        found = list(look(sqs, queue))
        letters = [_described(one) for one in found]
        _show_again(sqs, queue, found)
        left += len(letters)
        print("\n  ".join([f"{queue.name}: {len(letters)} dead", *letters]))  # noqa: T201
    return 1 if left else 0


def _sqs() -> "SQSClient":
    import boto3  # here: the app imports this module, and most of its functions never send

    return boto3.client("sqs")


def _described(message: "MessageTypeDef") -> str:
    try:
        body: dict[str, Any] = json.loads(message["Body"])
    except ValueError:
        body = {}
    if "subject" in body:  # of the search
        return f"{message['MessageId']}  event {body['subject']}"
    if "message_id" in body:  # of the outbox
        return f"{message['MessageId']}  message {body['message_id']}"
    if "event_id" in body:
        return f"{message['MessageId']}  event {body['event_id']}"
    payment, attempt = body.get("payment_id", "unreadable"), body.get("attempt", "?")
    return f"{message['MessageId']}  payment {payment}  attempt {attempt}"


if __name__ == "__main__":
    sys.exit(main())
