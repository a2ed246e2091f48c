"""Live availability on AWS: what its functions may do, and what Chalice's template does not say of it.

Its functions listen to strangers, so they have a policy of their own: they read what everybody may read, and
write who follows what. `make resources` writes it to `.chalice/policy-live-<stage>.json`.
"""

from typing import Any, Final

from pynamodb.models import Model

from chalicelib.catalog.models import Event, Stock
from chalicelib.core.queues import AVAILABILITY
from chalicelib.live.models import Connection, Subscription, Watched
from devstack.deployment.names import camel, plain_name
from devstack.deployment.policies import allow, arn, logs, settings

Json = dict[str, Any]

#: Each of its functions, as Chalice calls it in the template, and its name on a stage.
FUNCTIONS: Final = {
    "Notice": "notice",
    "Tell": "tell",
    "WebsocketConnect": "connect",
    "WebsocketMessage": "hear",
    "WebsocketDisconnect": "leave",
}
#: Those that send to connections.
_SENDING: Final = ("Tell", "WebsocketMessage")
#: What each table may be asked.
_TABLE_ACTIONS: Final[dict[type[Model], tuple[str, ...]]] = {
    Event: ("BatchGetItem",),
    Stock: ("BatchGetItem",),
    Connection: ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    Subscription: ("DeleteItem", "PutItem", "Query"),
    Watched: ("BatchGetItem", "UpdateItem"),
}
#: Messages a second of all connections together, and at once: what a crowd needs, and no flood.
_RATE: Final = 500
_BURST: Final = 1_000

#: Where messages to connections are sent: `chalicelib.live.sending` reads it.
CONNECTIONS_URL: Final[Json] = {
    "Fn::Sub": "https://${WebsocketAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
}


def policy(on_stage: str) -> Json:
    """The policy of these functions on a stage."""
    tables = [
        allow(
            f"Table{camel(plain_name(table.Meta.table_name))}",
            [f"dynamodb:{action}" for action in actions],
            [arn("dynamodb", _table(table, on_stage))],
        )
        for table, actions in _TABLE_ACTIONS.items()
    ]
    index = f"{_table(Connection, on_stage)}/index/{Connection.by_address.Meta.index_name}"
    queue = f"tiketi-{on_stage}-{plain_name(AVAILABILITY.name)}"
    reading = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
    stream = {"Fn::GetAtt": [f"{camel(plain_name(Stock.Meta.table_name))}Table", "StreamArn"]}
    connections = {
        "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
        "${WebsocketAPI}/${Stage}/*/@connections/*"
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            *tables,
            allow("Indexes", ["dynamodb:Query"], [arn("dynamodb", index)]),
            allow("Changes", [f"dynamodb:{action}" for action in reading], [stream]),
            allow("Send", ["sqs:GetQueueUrl", "sqs:SendMessage"], [arn("sqs", queue)]),
            allow(
                "Receive",
                ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                [arn("sqs", queue)],
            ),
            # Lambda itself puts there, with this role, what it could not read of the stream.
            allow("GiveUp", ["sqs:SendMessage"], [arn("sqs", f"{queue}-dead")]),
            allow("Tell", ["execute-api:ManageConnections"], [connections]),
            settings(on_stage),
            logs(on_stage, FUNCTIONS.values()),
        ],
    }


def parts() -> Json:
    """What is added to Chalice's resources of the WebSocket API."""
    throttled = {"ThrottlingRateLimit": _RATE, "ThrottlingBurstLimit": _BURST}
    return {
        "WebsocketAPI": {"Properties": {"Name": {"Fn::Sub": "tiketi-${Stage}-live"}}},
        "WebsocketAPIStage": {"Properties": {"DefaultRouteSettings": throttled}},
    }


def environment(function: str) -> Json:
    """Variables of a function that only it has; `function` as Chalice calls it."""
    return {"CONNECTIONS_URL": CONNECTIONS_URL} if function in _SENDING else {}


def _table(model: type[Model], on_stage: str) -> str:
    return f"table/tiketi-{on_stage}-{plain_name(model.Meta.table_name)}"
