"""What a deployment keeps for disputes, and what calls a person: the callbacks' bucket, the alarms."""

from typing import Any, Final

from chalicelib.core.queues import QUEUES
from chalicelib.core.retention import CALLBACK_DAYS
from devstack.deployment.names import camel, plain_name, sub

Json = dict[str, Any]

#: The bucket has no name of its own, since names of buckets are unique over all accounts. It outlives its
#: stack: what may be needed in a dispute is not deleted with it.
CALLBACKS: Final[Json] = {
    "CallbacksBucket": {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "LifecycleConfiguration": {
                "Rules": [{"Id": "Forget", "Status": "Enabled", "ExpirationInDays": CALLBACK_DAYS}]
            },
        },
    }
}

#: Where settlement keeps them; `chalicelib.payments.archive` reads it.
CALLBACK_ARCHIVE: Final[Json] = {"Fn::Sub": "s3://${CallbacksBucket}/callbacks"}


def alarms() -> Json:
    """An alarm for each dead-letter queue: one message there is one too many."""
    return {
        f"{camel(plain_name(queue.dead_letters))}Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": sub(plain_name(queue.dead_letters)),
                "AlarmDescription": "A message could not be worked off; see docs/operations.md.",
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": sub(plain_name(queue.dead_letters))}],
                "Statistic": "Maximum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
            },
        }
        for queue in QUEUES
    }
