"""Make what a deployment starts with: tables, queues, dead-letter queues, built-in roles; then demo data."""

import argparse
import json
import os
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def main() -> None:
    """Wait for the emulator, then make what is missing. What is there stays as it is."""
    parser = argparse.ArgumentParser(description="Make the tables and queues on the local emulator.")
    parser.add_argument("--demo", action="store_true", help="load demo data into empty tables")
    options = parser.parse_args()
    tables = import_module("chalicelib.tables").TABLES
    queues = import_module("chalicelib.core.queues").QUEUES
    await_emulator(os.environ["AWS_ENDPOINT_URL"])
    make_tables(tables)
    make_queues(queues)
    import_module("chalicelib.accounts.roles").put_built_in()
    if options.demo:
        print(import_module("devstack.demo_data").load(), flush=True)


def await_emulator(url: str, seconds: float = 20.0) -> None:
    """Return when the emulator answers; raise `TimeoutError` after that many seconds."""
    direct = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + seconds
    while True:
        try:
            direct.open(f"{url}/_ministack/health", timeout=2).close()
        except OSError as problem:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the emulator at {url} did not answer in {seconds:g} s") from problem
            time.sleep(0.02)
        else:
            return


def make_tables(tables: tuple[type[Any], ...]) -> None:
    """Create the tables of these PynamoDB models that do not exist yet; others get a stream they lack."""
    present = set(_table_names())
    for model in tables:
        if model.Meta.table_name not in present:
            model.create_table(wait=True)
        elif view := getattr(model.Meta, "stream_view_type", None):
            _give_stream(model.Meta.table_name, view)


def _give_stream(table: str, view: str) -> None:
    dynamodb = boto3.client("dynamodb")
    if not dynamodb.describe_table(TableName=table)["Table"].get("LatestStreamArn"):
        wanted = {"StreamEnabled": True, "StreamViewType": view}
        dynamodb.update_table(TableName=table, StreamSpecification=wanted)


def _table_names() -> list[str]:
    pages = boto3.client("dynamodb").get_paginator("list_tables").paginate()
    return [name for page in pages for name in page["TableNames"]]


def make_queues(queues: tuple[Any, ...]) -> None:
    """Create each queue with its dead-letter queue, and set its visibility time-out (seconds) and tries."""
    sqs = boto3.client("sqs")
    for queue in queues:
        dead_letters = sqs.create_queue(QueueName=queue.dead_letters)["QueueUrl"]
        redrive = {"deadLetterTargetArn": _arn(sqs, dead_letters), "maxReceiveCount": queue.tries}
        # Created bare and set afterwards: creating an existing queue with other attributes is an error.
        sqs.set_queue_attributes(
            QueueUrl=sqs.create_queue(QueueName=queue.name)["QueueUrl"],
            Attributes={
                "VisibilityTimeout": str(queue.visibility_seconds),
                "RedrivePolicy": json.dumps(redrive),
            },
        )


def _arn(sqs: "SQSClient", url: str) -> str:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


if __name__ == "__main__":
    main()
