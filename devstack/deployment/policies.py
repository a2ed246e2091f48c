"""What a stage's functions may do: named actions on named tables, indexes, queues and parameters.

`make resources` writes it to `.chalice/policy-<stage>.json`; `autogen_policy` is off, since Chalice's own
guess cannot see PynamoDB.
"""

from typing import Any, Final

from pynamodb.models import Model

from chalicelib.accounts.models import AuditLine, Role
from chalicelib.catalog.index_models import Posting
from chalicelib.catalog.models import Category, CoOrganizer, Event, GateDuty, Stock, StockCopy
from chalicelib.core.counters import Counter
from chalicelib.core.guards import Guard
from chalicelib.core.parameters import path_of
from chalicelib.core.queues import QUEUES
from chalicelib.payments.cash_models import CashUp
from chalicelib.payments.models import LedgerLine
from chalicelib.reports.models import Payout
from chalicelib.tables import TABLES
from chalicelib.tickets.models import Scan
from devstack.deployment.names import camel, plain_name
from devstack.deployment.resources import FUNCTIONS

#: What a table may be asked. Little is ever deleted.
TABLE_ACTIONS: Final = ("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "Query", "UpdateItem")
#: Tables that may do less. What is written once and read, not even this application may change.
FEWER_ACTIONS: Final[dict[type[Model], tuple[str, ...]]] = {
    LedgerLine: ("PutItem", "Query"),
    CashUp: ("GetItem", "PutItem", "Query"),
    AuditLine: ("PutItem", "Query"),
    Payout: ("GetItem", "PutItem", "Query"),
    Scan: ("BatchGetItem", "PutItem"),
}
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
    tables = [table for table in TABLES if table not in FEWER_ACTIONS]
    statements = [_tables("Tables", TABLE_ACTIONS, tables, on_stage)]
    statements += [
        _tables(f"Table{camel(plain_name(table.Meta.table_name))}", actions, [table], on_stage)
        for table, actions in {**FEWER_ACTIONS, **MORE_ACTIONS}.items()
    ]
    indexes = [
        _arn("dynamodb", f"table/tiketi-{on_stage}-{plain_name(table.Meta.table_name)}/index/{index}")
        for table in TABLES
        for index in sorted(table._indexes)
    ]
    queues = [_arn("sqs", f"tiketi-{on_stage}-{plain_name(queue.name)}") for queue in QUEUES]
    dead = [_arn("sqs", f"tiketi-{on_stage}-{plain_name(queue.dead_letters)}") for queue in QUEUES]
    path = f"parameter{path_of(on_stage)}"
    logs = [
        # The streams of a log group get their names from Lambda.
        _arn("logs", f"log-group:/aws/lambda/tiketi-{on_stage}-{function}:*")
        for function in FUNCTIONS.values()
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [
            *statements,
            _allow("Indexes", ["dynamodb:Query"], indexes),
            _allow("Send", ["sqs:GetQueueUrl", "sqs:SendMessage"], queues),
            _allow("Receive", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queues),
            _allow("CountDeadLetters", ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], dead),
            # Below its path a stage owns every parameter.
            _allow("Settings", ["ssm:GetParametersByPath"], [_arn("ssm", path), _arn("ssm", f"{path}/*")]),
            _allow(
                "KeepCallbacks",
                ["s3:PutObject"],
                [{"Fn::Sub": f"arn:{_PARTITION}:s3:::{_BUCKET}/callbacks/*"}],
            ),
            # For a whole message SES asks for both. While an account is in SES's sandbox its readers are
            # identities too, and whom mail comes from is a setting: so all that this account has verified.
            _allow("Mail", ["ses:SendEmail", "ses:SendRawEmail"], [_arn("ses", "identity/*")]),
            _allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], logs),
        ],
    }


def _tables(sid: str, actions: tuple[str, ...], tables: list[type[Model]], on_stage: str) -> Json:
    arns = [
        _arn("dynamodb", f"table/tiketi-{on_stage}-{plain_name(table.Meta.table_name)}") for table in tables
    ]
    return _allow(sid, [f"dynamodb:{action}" for action in actions], arns)


def _allow(sid: str, actions: list[str], resources: list[Json]) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _arn(service: str, resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}
