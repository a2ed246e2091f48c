"""The part of the template that Chalice cannot know, made from the code: tables, queues, domain.

`make resources` writes it to `.chalice/resources.json`, which `chalice package` merges into its template.
Names differ between stages by a parameter; that production keeps its data is added for it when packaging.
"""

import json
from typing import Any, Final

from pynamodb.models import Model

from chalicelib.core import retention, stage
from chalicelib.core.queues import QUEUES, Queue
from chalicelib.tables import LAPSES, TABLES
from devstack.deployment import live
from devstack.deployment.keeping import CALLBACK_ARCHIVE, CALLBACKS, alarms
from devstack.deployment.names import camel, plain_name, sub

#: Seconds that a message waits in a queue at most, and in a dead-letter queue, where SQS allows no more.
QUEUE_SECONDS: Final = retention.QUEUE_DAYS * 86400
DEAD_LETTER_SECONDS: Final = retention.DEAD_LETTER_DAYS * 86400
#: Each handler's function, as Chalice calls it, and its name on a stage.
FUNCTIONS: Final = {
    "APIHandler": "api",
    "Settle": "settle",
    "Push": "push",
    "Unwind": "unwind",
    "Refund": "refund",
    "Deliver": "deliver",
    "Reconcile": "reconcile",
    "Index": "index",
    "Mend": "mend",
    **live.FUNCTIONS,
}
#: Their log groups. Chalice's own name for the API's refers to a function that its template does not have.
LOG_GROUPS: Final = {name: f"{name}LogGroup" for name in FUNCTIONS} | {"APIHandler": "ApiHandlerLogGroup"}

#: API Gateway's answers that never reach the application: the status where it is to be another, and our code.
GATEWAY_RESPONSES: Final[dict[str, tuple[str, str]]] = {
    "DEFAULT_4XX": ("", "bad_request"),
    "DEFAULT_5XX": ("", "internal"),
    "ACCESS_DENIED": ("", "forbidden"),
    "INTEGRATION_FAILURE": ("503", "busy"),
    "INTEGRATION_TIMEOUT": ("503", "busy"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "not_found"),
    "QUOTA_EXCEEDED": ("", "rate_limited"),
    "REQUEST_TOO_LARGE": ("", "too_large"),
    "THROTTLED": ("", "rate_limited"),
    "UNSUPPORTED_MEDIA_TYPE": ("", "unsupported_media_type"),
    "WAF_FILTERED": ("", "forbidden"),
}
#: Codes of answers that say when to come again, and the seconds until then.
RETRY_SECONDS: Final = {"busy": "5", "rate_limited": "5"}

Json = dict[str, Any]


def resources() -> Json:
    """The template's part, complete."""
    tables = {f"{camel(plain_name(table.Meta.table_name))}Table": _table(table) for table in TABLES}
    queues: Json = {}
    for queue in QUEUES:
        queues |= _queue(queue)
    return {
        "Description": "Tiketi Tamasha: event tickets, paid by M-Pesa.",
        "Parameters": _PARAMETERS,
        "Conditions": {"HasDomain": {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}},
        "Resources": {
            **tables,
            **queues,
            **{name: _function(name, title, [*tables, *queues]) for name, title in FUNCTIONS.items()},
            **CALLBACKS,
            **live.parts(),
            **alarms(),
            **{LOG_GROUPS[name]: _log_group(title) for name, title in FUNCTIONS.items()},
            "RestAPI": {"Properties": {"BinaryMediaTypes": ["*/*"]}},
            **{_response_id(kind): _gateway_response(kind) for kind in GATEWAY_RESPONSES},
            **_DOMAIN,
        },
        "Outputs": _OUTPUTS,
    }


def as_text(document: Json) -> str:
    """A document as it is committed: sorted, so that a diff shows what changed."""
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


_PARAMETERS: Final[Json] = {
    "Stage": {"Type": "String", "AllowedValues": list(stage.DEPLOYED)},
    "CodeBucket": {"Type": "String", "Description": "The S3 bucket with the package"},
    "CodeKey": {"Type": "String", "Description": "The package's key there"},
    "DomainName": {"Type": "String", "Default": "", "Description": "The API's own domain, if it has one"},
    "CertificateArn": {"Type": "String", "Default": "", "Description": "Its certificate, in this region"},
}

# API Gateway's own host contains "exe", which Safaricom refuses in callback URLs.
_DOMAIN: Final[Json] = {
    "Domain": {
        "Type": "AWS::ApiGateway::DomainName",
        "Condition": "HasDomain",
        "Properties": {
            "DomainName": {"Ref": "DomainName"},
            "RegionalCertificateArn": {"Ref": "CertificateArn"},
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
            "SecurityPolicy": "TLS_1_2",
        },
    },
    "DomainMapping": {
        "Type": "AWS::ApiGateway::BasePathMapping",
        "Condition": "HasDomain",
        "Properties": {
            "DomainName": {"Ref": "Domain"},
            "RestApiId": {"Ref": "RestAPI"},
            "Stage": {"Ref": "RestAPIStage"},
        },
    },
}

_OUTPUTS: Final[Json] = {
    "DomainTarget": {
        "Condition": "HasDomain",
        "Description": "What the domain's DNS record has to point to",
        "Value": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
    },
}


def _table(model: type[Model]) -> Json:
    schema = model._get_schema()
    properties: Json = {
        "TableName": sub(plain_name(model.Meta.table_name)),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": sorted(
            schema["attribute_definitions"], key=lambda definition: str(definition["AttributeName"])
        ),
        "KeySchema": _keys(schema["key_schema"]),
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "DeletionProtectionEnabled": False,
    }
    indexes = sorted(schema["global_secondary_indexes"], key=lambda index: str(index["index_name"]))
    if indexes:
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index["index_name"],
                "KeySchema": _keys(index["key_schema"]),
                "Projection": index["projection"],
            }
            for index in indexes
        ]
    if view := getattr(model.Meta, "stream_view_type", None):
        properties["StreamSpecification"] = {"StreamViewType": view}
    if model in LAPSES:
        properties["TimeToLiveSpecification"] = {"AttributeName": LAPSES[model], "Enabled": True}
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def _keys(schema: Any) -> list[dict[str, str]]:
    return sorted(schema, key=lambda key: key["KeyType"])  # HASH before RANGE, as CloudFormation wants it


def _queue(queue: Queue) -> Json:
    name, dead = plain_name(queue.name), plain_name(queue.dead_letters)
    return {
        f"{camel(name)}Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": sub(name),
                "VisibilityTimeout": queue.visibility_seconds,
                "MessageRetentionPeriod": QUEUE_SECONDS,
                "SqsManagedSseEnabled": True,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": [f"{camel(dead)}Queue", "Arn"]},
                    "maxReceiveCount": queue.tries,
                },
            },
        },
        f"{camel(dead)}Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": sub(dead),
                "MessageRetentionPeriod": DEAD_LETTER_SECONDS,
                "SqsManagedSseEnabled": True,
            },
        },
    }


def _function(name: str, title: str, needed: list[str]) -> Json:
    # No request and no tick may come before what it needs.
    properties: Json = {"FunctionName": sub(title)}
    own = live.environment(name)
    if title == "settle":
        own["CALLBACK_ARCHIVE"] = CALLBACK_ARCHIVE
    if own:
        properties["Environment"] = {"Variables": own}
    return {"DependsOn": sorted(needed), "Properties": properties}


def _log_group(title: str) -> Json:
    return {"Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/tiketi-${{Stage}}-{title}"}}}


def _gateway_response(kind: str) -> Json:
    status, code = GATEWAY_RESPONSES[kind]
    headers = {
        "Access-Control-Allow-Origin": "'*'",
        "Access-Control-Expose-Headers": "'Retry-After, X-Request-Id'",
        "X-Request-Id": "context.requestId",
    }
    if code in RETRY_SECONDS:
        headers["Retry-After"] = f"'{RETRY_SECONDS[code]}'"
    body = f'{{"code":"{code}","message":$context.error.messageString,"request_id":"$context.requestId"}}'
    properties: Json = {
        "RestApiId": {"Ref": "RestAPI"},
        "ResponseType": kind,
        "ResponseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "ResponseTemplates": {"application/json": body},
    }
    if status:
        properties["StatusCode"] = status
    return {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def _response_id(kind: str) -> str:
    return f"Answer{camel(kind.lower().replace('_', '-'))}"
