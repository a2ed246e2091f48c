"""What a stage's functions may do: named actions on named tables, indexes, queues and parameters.

`make resources` writes it to `.chalice/policy-<stage>.json`; `autogen_policy` is off, since Chalice's own
guess cannot see PynamoDB. The functions of live availability may far less (`live.py`).
"""

from collections.abc import Iterable
from typing import Any, Final

from pynamodb.models import Model

from chalicelib.accounts.models import AuditLine, Role
from chalicelib.catalog.index_models import Posting
from chalicelib.catalog.models import Category, CoOrganizer, Event, GateDuty, Stock, StockCopy
from chalicelib.core.counters import Counter
from chalicelib.core.guards import Guard
from chalicelib.core.parameters import path_of
from chalicelib.core.queues import QUEUES
from chalicelib.live.models import Connection, Subscription, Watched
from chalicelib.payments.cash_models import CashUp
from chalicelib.payments.models import LedgerLine
from chalicelib.reports.models import Payout
from chalicelib.tables import TABLES
from chalicelib.tickets.models import Scan
from devstack.deployment.names import camel, plain_name

#: What a table may be asked. Little is ever deleted.
TABLE_ACTIONS: Final = ("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "Query", "UpdateItem")
#: Tables that may do less: what is written once and read is never updated or deleted. A put could replace an
#: item; that it does not, the conditions in the code hold (docs/threat-model.md, Accepted).
FEWER_ACTIONS: Final[dict[type[Model], tuple[str, ...]]] = {
    LedgerLine: ("PutItem", "Query"),
    CashUp: ("GetItem", "PutItem", "Query"),
    AuditLine: ("PutItem", "Query"),
    Payout: ("GetItem", "PutItem", "Query"),
    Scan: ("BatchGetItem", "PutItem"),
}
#: Tables that are another policy's.
_OTHERS: Final = (Connection, Subscription, Watched)
#: The functions whose policy it is, by their names on a stage.
FUNCTIONS: Final = ("api", "settle", "push", "unwind", "refund", "deliver", "reconcile", "index", "mend")
#: Tables that may do more: a guard can be released, and what is not in use deleted; postings come and go.
MORE_ACTIONS: Final[dict[type[Model], tuple[str, ...]]] = {
    **dict.fromkeys((Guard, Counter, Role, Category, Event, Stock, CoOrganizer, GateDuty), ("DeleteItem",)),
    **dict.fromkeys((Posting, StockCopy), ("BatchWriteItem",)),
}

_PARTITION: Final = "${AWS::Partition}"
_BUCKET: Final = "${CallbacksBucket}"

Json = dict[str, Any]


def policy(on_stage: str) -> Json:
    """The policy of a stage's functions, as CloudFormation takes it."""
    tables = [table for table in TABLES if table not in (*FEWER_ACTIONS, *_OTHERS)]
    statements = [_tables("Tables", TABLE_ACTIONS, tables, on_stage)]
    statements += [
        _tables(f"Table{camel(plain_name(table.Meta.table_name))}", actions, [table], on_stage)
        for table, actions in {**FEWER_ACTIONS, **MORE_ACTIONS}.items()
    ]
    # Of those of others only the round of what is watched, by `mend`.
    indexes = [
        arn("dynamodb", f"table/tiketi-{on_stage}-{plain_name(table.Meta.table_name)}/index/{index}")
        for table in TABLES
        if table not in (Connection, Subscription)
        for index in sorted(table._indexes)
    ]
    queues = [arn("sqs", f"tiketi-{on_stage}-{plain_name(queue.name)}") for queue in QUEUES]
    dead = [arn("sqs", f"tiketi-{on_stage}-{plain_name(queue.dead_letters)}") for queue in QUEUES]
    return {
        "Version": "2012-10-17",
        "Statement": [
            *statements,
            allow("Indexes", ["dynamodb:Query"], indexes),
            allow("Send", ["sqs:GetQueueUrl", "sqs:SendMessage"], queues),
            allow("Receive", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queues),
            allow("CountDeadLetters", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], dead),
            settings(on_stage),
            allow(
                "KeepCallbacks",
                ["s3:PutObject"],
                [{"Fn::Sub": f"arn:{_PARTITION}:s3:::{_BUCKET}/callbacks/*"}],
            ),
            # For a whole message SES asks for both. While an account is in SES's sandbox its readers are
            # identities too, and whom mail comes from is a setting: so all that this account has verified.
            allow("Mail", ["ses:SendEmail", "ses:SendRawEmail"], [arn("ses", "identity/*")]),
            logs(on_stage, FUNCTIONS),
        ],
    }


def settings(on_stage: str) -> Json:
    """To read a stage's settings: below its path it owns every parameter."""
    path = f"parameter{path_of(on_stage)}"
    return allow("Settings", ["ssm:GetParametersByPath"], [arn("ssm", path), arn("ssm", f"{path}/*")])


def logs(on_stage: str, functions: Iterable[str]) -> Json:
    """To write the logs of these functions; the streams of a log group get their names from Lambda."""
    groups = [arn("logs", f"log-group:/aws/lambda/tiketi-{on_stage}-{each}:*") for each in functions]
    return allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], groups)


def _tables(sid: str, actions: tuple[str, ...], tables: list[type[Model]], on_stage: str) -> Json:
    arns = [
        arn("dynamodb", f"table/tiketi-{on_stage}-{plain_name(table.Meta.table_name)}") for table in tables
    ]
    return allow(sid, [f"dynamodb:{action}" for action in actions], arns)


def allow(sid: str, actions: list[str], resources: list[Json]) -> Json:
    """One statement."""
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def arn(service: str, resource: str) -> Json:
    """The name of a resource of this account, wherever the stack is."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}
