"""The functions' policies: everything they need by name, and nothing else."""

import json
import re

import pytest

from chalicelib.core.queues import QUEUES
from chalicelib.core.stage import DEPLOYED
from chalicelib.tables import TABLES
from devstack.deployment.names import plain_name
from devstack.stack import ROOT

ARN = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
#: Callbacks are kept in a bucket of the stack itself, whose objects have names of their own.
KEPT = "arn:${AWS::Partition}:s3:::${CallbacksBucket}/callbacks/*"
#: Whom mail comes from is a setting, and in SES's sandbox its readers are identities too.
IDENTITIES = ARN % ("ses", "identity/*")
#: The only other wildcards: below a stage's own path, and the streams of its log groups.
WILD = r"(parameter/tiketi/{stage}|log-group:/aws/lambda/tiketi-{stage}-[a-z]+:)"
#: The stream has no name before it is there, and connections have none of their own.
STREAM = "StockTable.StreamArn"
CONNECTIONS = ARN % ("execute-api", "${WebsocketAPI}/${Stage}/*/@connections/*")


def granted(stage, name="policy"):
    """(action, resource) for each pair that a policy of the stage allows; `policy-live` is the other."""
    document = json.loads((ROOT / ".chalice" / f"{name}-{stage}.json").read_text())
    return {
        (action, resource["Fn::Sub"] if "Fn::Sub" in resource else ".".join(resource["Fn::GetAtt"]))
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


@pytest.mark.parametrize("name", ["policy", "policy-live"])
@pytest.mark.parametrize("stage", DEPLOYED)
def test_no_action_and_no_resource_is_a_wildcard(stage, name):
    for action, arn in granted(stage, name):
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action)
        if arn == KEPT:
            assert action == "s3:PutObject"
            continue
        if arn in (STREAM, CONNECTIONS):
            assert name == "policy-live"
            continue
        if arn == IDENTITIES:
            assert action in ("ses:SendEmail", "ses:SendRawEmail")
            continue
        assert arn.startswith(ARN.partition("%s")[0])
        resource = arn.split(":", 5)[5].partition("${AWS::AccountId}:")[2] or arn
        assert "*" not in resource or re.search(WILD.format(stage=stage) + r"/?\*$", resource), resource


@pytest.mark.parametrize("name", ["policy", "policy-live"])
@pytest.mark.parametrize("stage", DEPLOYED)
def test_a_stage_has_nothing_of_another(stage, name):
    others = [other for other in DEPLOYED if other != stage]

    allowed = granted(stage, name)
    assert not [arn for _, arn in allowed if any(f"tiketi-{other}-" in arn for other in others)]
    assert not [arn for _, arn in allowed if any(f"/tiketi/{other}" in arn for other in others)]


@pytest.mark.parametrize("stage", DEPLOYED)
def test_the_functions_that_listen_to_strangers_may_write_only_who_follows_what(stage):
    allowed = granted(stage, "policy-live")
    tables = {
        (action, arn.rpartition(f"tiketi-{stage}-")[2])
        for action, arn in allowed
        if action.startswith("dynamodb:") and arn != STREAM
    }
    own = {"connections", "subscriptions", "watched"}

    assert {table for action, table in tables if table not in own and "/" not in table} == {"events", "stock"}
    assert {action for action, table in tables if table in ("events", "stock")} == {"dynamodb:BatchGetItem"}
    assert {action for action, arn in allowed if arn == STREAM} == {
        f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    }
    assert {arn for action, arn in allowed if action == "sqs:SendMessage"} == {
        ARN % ("sqs", f"tiketi-{stage}-availability"),
        ARN % ("sqs", f"tiketi-{stage}-availability-dead"),
    }
    assert ("execute-api:ManageConnections", CONNECTIONS) in allowed


@pytest.mark.parametrize("stage", DEPLOYED)
def test_each_function_has_the_policy_that_is_its_own(stage):
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"][stage]
    own = {
        name: function["iam_policy_file"]
        for name, function in config["lambda_functions"].items()
        if "iam_policy_file" in function
    }

    live = ("notice", "tell", "websocket_connect", "websocket_message", "websocket_disconnect")
    assert own == dict.fromkeys(live, f"policy-live-{stage}.json")


@pytest.mark.parametrize("stage", DEPLOYED)
def test_every_table_index_and_queue_is_covered(stage):
    allowed = granted(stage) | granted(stage, "policy-live")

    for table in TABLES:
        name = f"table/tiketi-{stage}-{plain_name(table.Meta.table_name)}"
        assert {
            ("dynamodb:PutItem", ARN % ("dynamodb", name)),
            ("dynamodb:UpdateItem", ARN % ("dynamodb", name)),
        } & allowed
        for index in table._indexes:
            assert ("dynamodb:Query", ARN % ("dynamodb", f"{name}/index/{index}")) in allowed
    for queue in QUEUES:
        arn = ARN % ("sqs", f"tiketi-{stage}-{plain_name(queue.name)}")
        assert {("sqs:SendMessage", arn), ("sqs:ReceiveMessage", arn), ("sqs:DeleteMessage", arn)} <= allowed


@pytest.mark.parametrize("stage", DEPLOYED)
def test_the_ledger_the_audit_trail_and_scans_are_written_once_and_little_is_deleted(stage):
    def arn(name: str) -> str:
        return ARN % ("dynamodb", f"table/tiketi-{stage}-{name}")

    for written_once in (arn("ledger"), arn("audit")):
        assert {action for action, on in granted(stage) if on == written_once} == {
            "dynamodb:PutItem",
            "dynamodb:Query",
        }
    assert {action for action, on in granted(stage) if on == arn("scans")} == {
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
    }
    may_go = ("guards", "counters", "roles", "categories", "events", "stock", "co-organizers", "gate-duties")
    assert {on for action, on in granted(stage) if action == "dynamodb:DeleteItem"} == {
        arn(name) for name in may_go
    }
    assert not {action for action, _ in granted(stage)} & {"dynamodb:Scan", "dynamodb:DeleteTable"}


def test_the_code_deletes_and_scans_nothing_else():
    """If this fails, devstack/deployment/policies.py has to allow it."""
    found = {
        (path.name, match[1])
        for path in (ROOT / "chalicelib").rglob("*.py")
        for match in re.finditer(r"\.(delete|scan|batch_write)\(", path.read_text())
    }

    # The audit and the rebuilding are run by a person, with that person's rights.
    assert found == {
        ("guards.py", "delete"),
        ("counters.py", "delete"),
        ("turns.py", "delete"),
        ("defining.py", "delete"),
        ("categories.py", "delete"),
        ("admins.py", "delete"),  # of a member from a set, by an update
        ("ageing.py", "delete"),  # likewise
        ("erasing.py", "delete"),  # of a guard
        ("deleting.py", "delete"),
        ("organizing.py", "delete"),
        ("routes.py", "delete"),  # the use case's name
        ("connecting.py", "delete"),
        ("subscribing.py", "delete"),
        ("telling.py", "delete"),
        ("audit.py", "scan"),
        ("copies.py", "batch_write"),
        ("postings.py", "batch_write"),
        ("postings.py", "delete"),  # within a batch_write
        ("rebuilding.py", "scan"),
    }


@pytest.mark.parametrize("stage", DEPLOYED)
def test_only_postings_and_copies_are_written_in_batches(stage):
    tables = {ARN % ("dynamodb", f"table/tiketi-{stage}-{name}") for name in ("postings", "stock-copies")}

    assert {arn for action, arn in granted(stage) if action == "dynamodb:BatchWriteItem"} == tables


@pytest.mark.parametrize("stage", DEPLOYED)
def test_dead_letters_can_be_counted_and_not_read(stage):
    for queue in QUEUES:
        arn = ARN % ("sqs", f"tiketi-{stage}-{plain_name(queue.dead_letters)}")
        assert {action for action, at in granted(stage) if at == arn} == {
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
        }
