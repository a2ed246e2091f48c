"""What is committed in .chalice against the code that it is made from."""

import json
import shutil

import pytest

from chalicelib.core import queues
from chalicelib.core.stage import DEPLOYED
from chalicelib.tables import LAPSES, TABLES
from devstack.deployment import Stopped, committed
from devstack.deployment.committed import written
from devstack.deployment.resources import FUNCTIONS, GATEWAY_RESPONSES, plain_name
from devstack.stack import ROOT

RESOURCES = json.loads((ROOT / ".chalice" / "resources.json").read_text())["Resources"]
TABLE_RESOURCES = {
    resource["Properties"]["TableName"]["Fn::Sub"]: resource["Properties"]
    for resource in RESOURCES.values()
    if resource.get("Type") == "AWS::DynamoDB::Table"
}


@pytest.mark.parametrize("path", written(), ids=lambda path: path.name)
def test_what_is_committed_is_what_the_code_makes(path):
    assert path.read_text() == written()[path], "run `make resources`"


def test_a_package_is_not_made_of_what_is_out_of_date(tmp_path, monkeypatch):
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    monkeypatch.setattr(committed, "ROOT", tmp_path)
    committed.check()
    (tmp_path / ".chalice" / "policy-dev.json").write_text("{}")

    with pytest.raises(Stopped, match=r"made: policy-dev\.json\. Run `make resources`"):
        committed.check()


def test_there_is_a_table_for_each_model_and_no_other():
    assert TABLE_RESOURCES.keys() == {
        f"tiketi-${{Stage}}-{plain_name(table.Meta.table_name)}" for table in TABLES
    }


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_a_table_is_as_its_model(model, aws):
    """Against what PynamoDB itself creates."""
    import boto3

    made = boto3.client("dynamodb").describe_table(TableName=model.Meta.table_name)["Table"]
    ours = TABLE_RESOURCES[f"tiketi-${{Stage}}-{plain_name(model.Meta.table_name)}"]

    assert keys(ours) == keys(made)
    assert attributes(ours) == attributes(made)
    assert indexes(ours) == indexes(made)


def keys(table):
    return [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]


def attributes(table):
    return {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}


def indexes(table):
    return {
        index["IndexName"]: (keys(index), index["Projection"])
        for index in table.get("GlobalSecondaryIndexes", [])
    }


@pytest.mark.parametrize("name", TABLE_RESOURCES)
def test_every_table_is_on_demand_encrypted_and_can_be_restored(name):
    table = TABLE_RESOURCES[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_items_that_lapse_are_deleted_in_time():
    lapsing = {name: table.get("TimeToLiveSpecification") for name, table in TABLE_RESOURCES.items()}

    assert {name: it for name, it in lapsing.items() if it} == {
        f"tiketi-${{Stage}}-{plain_name(model.Meta.table_name)}": {
            "AttributeName": attribute,
            "Enabled": True,
        }
        for model, attribute in LAPSES.items()
    }
    assert all(attribute in model.get_attributes() for model, attribute in LAPSES.items())


@pytest.mark.parametrize("queue", queues.QUEUES, ids=lambda queue: queue.name)
def test_a_queue_keeps_what_failed_five_times(queue):
    found = {
        resource["Properties"]["QueueName"]["Fn::Sub"]: (name, resource["Properties"])
        for name, resource in RESOURCES.items()
        if resource.get("Type") == "AWS::SQS::Queue"
    }
    _, ours = found[f"tiketi-${{Stage}}-{plain_name(queue.name)}"]
    dead_id, dead = found[f"tiketi-${{Stage}}-{plain_name(queue.dead_letters)}"]

    assert ours["VisibilityTimeout"] == 60
    assert ours["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_id, "Arn"]},
        "maxReceiveCount": 5,
    }
    assert dead["MessageRetentionPeriod"] > ours["MessageRetentionPeriod"]


def test_the_gateways_own_answers_are_readable_to_browsers_and_in_our_shape():
    from chalicelib.web.answers import STATUS

    answers = [it["Properties"] for it in RESOURCES.values() if "GatewayResponse" in it.get("Type", "")]

    assert {answer["ResponseType"] for answer in answers} == GATEWAY_RESPONSES.keys()
    for answer in answers:
        headers = answer["ResponseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
        body = answer["ResponseTemplates"]["application/json"]
        parsed = json.loads(body.replace("$context.error.messageString", '"no"'))
        assert parsed.keys() == {"code", "message", "request_id"}
        assert parsed["code"] in STATUS
        if parsed["code"] in ("busy", "rate_limited"):
            assert "gatewayresponse.header.Retry-After" in headers


def test_every_handler_has_a_function_by_name():
    import app

    woken = {source.name for source in app.app.event_sources}
    assert {"api", "connect", "hear", "leave", *woken} == set(FUNCTIONS.values())


def test_messages_of_pages_are_throttled_and_the_streams_dead_letters_are_a_queue_of_ours():
    stage = RESOURCES["WebsocketAPIStage"]["Properties"]

    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 500, "ThrottlingBurstLimit": 1_000}
    assert "AvailabilityDeadQueue" in RESOURCES
    assert RESOURCES["StockTable"]["Properties"]["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}


def test_every_body_may_be_binary():
    assert RESOURCES["RestAPI"]["Properties"]["BinaryMediaTypes"] == ["*/*"]


@pytest.mark.parametrize("stage", DEPLOYED)
def test_time_limits(stage):
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["stages"][stage]["lambda_functions"]

    assert config["autogen_policy"] is False
    assert config["lambda_timeout"] == 28  # API Gateway gives up after 29
    assert functions["settle"]["lambda_timeout"] == 10
    assert functions["push"]["lambda_timeout"] == 28  # Daraja may take 18
    assert functions["unwind"]["lambda_timeout"] == 28  # it stops by itself after 15
    assert functions["refund"]["lambda_timeout"] == 28  # as push, and as unwind
    assert functions["reconcile"]["lambda_timeout"] == 60
    assert functions["index"]["lambda_timeout"] == 28  # its claim lasts 45, its message is hidden for 60
    assert functions["mend"]["lambda_timeout"] == 60
    assert config["stages"][stage]["environment_variables"] == {"STAGE": stage}
    assert config["stages"][stage]["iam_policy_file"] == f"policy-{stage}.json"


def test_a_message_stays_hidden_longer_than_its_function_may_take():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    settle = config["stages"]["prod"]["lambda_functions"]["settle"]["lambda_timeout"]

    assert queues.STK_RESULTS.visibility_seconds >= 6 * settle  # AWS's own advice


def test_callbacks_are_kept_in_a_closed_bucket_that_outlives_the_stack():
    resources = json.loads((ROOT / ".chalice" / "resources.json").read_text())["Resources"]
    bucket = resources["CallbacksBucket"]

    assert bucket["DeletionPolicy"] == "Retain"
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    variables = resources["Settle"]["Properties"]["Environment"]["Variables"]
    assert variables["CALLBACK_ARCHIVE"]["Fn::Sub"].startswith("s3://${CallbacksBucket}/callbacks")


def open_to_others(resources):
    """What lets others in: a policy on a queue or bucket, or a bucket whose public access is not blocked.

    Without a policy of its own, AWS lets in only who the account's own policies let in.
    """
    found = []
    for name, resource in resources.items():
        kind, properties = resource.get("Type", ""), resource.get("Properties", {})
        blocked = properties.get("PublicAccessBlockConfiguration", {})
        is_open_bucket = kind == "AWS::S3::Bucket" and (
            "AccessControl" in properties or [*blocked.values()] != [True] * 4
        )
        if kind.startswith(("AWS::SQS::", "AWS::S3::")) and (kind.endswith("Policy") or is_open_bucket):
            found.append(name)
    return found


def test_no_queue_and_no_bucket_lets_others_in():
    site = json.loads((ROOT / ".chalice" / "frontend.json").read_text())["Resources"]

    assert len([one for one in RESOURCES.values() if one.get("Type") == "AWS::SQS::Queue"]) == 14
    assert open_to_others(RESOURCES) == []
    assert open_to_others(site) == ["FilesPolicy"]  # the front end's own files, to its own CloudFront
    [statement] = site["FilesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == (
        {"Service": "cloudfront.amazonaws.com"},
        "s3:GetObject",
    )
    assert statement["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"].endswith("distribution/${Site}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"Type": "AWS::SQS::QueuePolicy"},
        {"Type": "AWS::SQS::QueueInlinePolicy"},
        {"Type": "AWS::S3::BucketPolicy"},
        {"Type": "AWS::S3::Bucket"},
        RESOURCES["CallbacksBucket"]
        | {"Properties": RESOURCES["CallbacksBucket"]["Properties"] | {"AccessControl": "PublicRead"}},
    ],
)
def test_one_that_lets_others_in_is_found(wrong):
    assert open_to_others({"It": wrong}) == ["It"]


@pytest.mark.parametrize("queue", queues.QUEUES, ids=lambda queue: queue.name)
def test_one_dead_letter_calls_a_person(queue):
    resources = json.loads((ROOT / ".chalice" / "resources.json").read_text())["Resources"]
    watched = {
        one["Properties"]["Dimensions"][0]["Value"]["Fn::Sub"]: one["Properties"]
        for one in resources.values()
        if one.get("Type") == "AWS::CloudWatch::Alarm"
    }

    alarm = watched[f"tiketi-${{Stage}}-{plain_name(queue.dead_letters)}"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
