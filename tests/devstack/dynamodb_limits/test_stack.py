"""The stack in slow motion: the emulator's process keeps to the limits, and tells what it refused."""

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from devstack.dynamodb_limits.layer import REFUSED_PATH
from devstack.stack import Stack

pytestmark = pytest.mark.stack


def writes_before_it_is_too_much(stack, most):
    """How many writes to one item are taken on end."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=stack.aws_endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )
    for number in range(most):
        try:
            client.put_item(TableName="tiketi-local-shared", Item={"name": {"S": "hot"}})
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ThrottlingException"
            return number
    return most


def test_in_slow_motion_one_item_takes_few_writes_a_second_and_without_it_all():
    with Stack(parts=["emulator"], slow_motion=100) as stack:
        assert 10 <= writes_before_it_is_too_much(stack, 300) < 300
        refused = requests.get(f"{stack.aws_endpoint}{REFUSED_PATH}", timeout=5).json()
        assert refused == {"Throttling: tiketi-local-shared writes": 1}

    with Stack(parts=["emulator"]) as stack:
        assert writes_before_it_is_too_much(stack, 300) == 300
