"""The stack in slow motion: the emulator's process keeps to the limits, and tells what it refused."""

from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from devstack.dynamodb_limits.layer import REFUSED_PATH
from devstack.stack import Stack

pytestmark = pytest.mark.stack


WRITES = 100


def throttled_writes(stack):
    """How many of so many writes to one item, nearly at once, are too much."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=stack.aws_endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=WRITES),
    )

    def write(_):
        try:
            client.put_item(TableName="tiketi-local-shared", Item={"name": {"S": "hot"}})
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            return 1
        return 0

    with ThreadPoolExecutor(WRITES) as threads:
        return sum(threads.map(write, range(WRITES)))


def test_in_slow_motion_one_item_takes_few_writes_a_second_and_without_it_all():
    with Stack(parts=["emulator"], slow_motion=100) as stack:
        throttled = throttled_writes(stack)
        assert 0 < throttled <= WRITES - 10
        refused = requests.get(f"{stack.aws_endpoint}{REFUSED_PATH}", timeout=5).json()
        assert refused == {"Throttling: tiketi-local-shared writes": throttled}

    with Stack(parts=["emulator"]) as stack:
        assert throttled_writes(stack) == 0
