"""From Chalice's template to plain CloudFormation, and the checks around it."""

import copy
import json
import re
import subprocess
import sys

import pytest

from devstack.deployment import Stopped, packaging, plain, throttling, wheels
from devstack.deployment.deploying import deploy
from devstack.deployment.routes import methods
from devstack.stack import ROOT

LIMITS = ROOT / "docs" / "limits.md"
FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "DependsOn": ["StkResultsQueue"],
    "Properties": {
        "CodeUri": "./deployment.zip",
        "Environment": {"Variables": {"STAGE": "dev"}},
        "Tags": {"a": "b"},
        "Tracing": "PassThrough",
        "Events": {
            "Messages": {"Type": "SQS", "Properties": {"Queue": {"Fn::Sub": "arn"}, "BatchSize": 1}},
            "Tick": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)"}},
            "Changes": {
                "Type": "DynamoDB",
                "Properties": {
                    "Stream": "arn:aws:dynamodb:eu:0:table/tiketi-dev-stock-copies/stream/latest",
                    "BatchSize": 100,
                },
            },
        },
    },
}
SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Stage": {"Type": "String"}},
    "Resources": {
        "Work": FUNCTION,
        "RolesTable": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "StkResultsQueue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "RestAPI": {
            "Type": "AWS::Serverless::Api",
            "Properties": {
                "DefinitionBody": {"paths": {"/events/{event_id}": {}}},
                "StageName": "dev",
                "EndpointConfiguration": "REGIONAL",
            },
        },
        "WebsocketAPIDeployment": {"Type": "AWS::ApiGatewayV2::Deployment", "Properties": {}},
        "WebsocketAPIStage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"StageName": "dev", "DeploymentId": {"Ref": "WebsocketAPIDeployment"}},
        },
    },
}


def translated(stage="dev", sam=SAM):
    return plain.plain(sam, stage, "build-1")


def test_nothing_serverless_is_left():
    template = translated()

    assert "Transform" not in template
    assert "Serverless" not in json.dumps(template)


def test_a_template_is_good_for_its_stage_only():
    assert translated("prod")["Parameters"]["Stage"] == {
        "Type": "String",
        "Default": "prod",
        "AllowedValues": ["prod"],
    }


def test_the_code_is_a_parameter_so_the_template_is_the_same_wherever_it_goes():
    function = translated()["Resources"]["Work"]["Properties"]

    assert function["Code"] == {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    assert function["Environment"]["Variables"] == {"STAGE": "dev", "BUILD": "build-1"}


def test_a_queue_is_there_before_it_is_read():
    mapping = translated()["Resources"]["Messages"]

    assert mapping["Type"] == "AWS::Lambda::EventSourceMapping"
    assert mapping["DependsOn"] == ["StkResultsQueue"]
    assert mapping["Properties"]["EventSourceArn"] == {"Fn::Sub": "arn"}


def test_a_stream_is_that_of_the_table_which_the_handler_names():
    mapping = translated()["Resources"]["Changes"]["Properties"]

    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["StockCopiesTable", "StreamArn"]}
    assert mapping["BatchSize"] == 100
    assert mapping["MaximumRetryAttempts"] > 0
    assert (
        mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == "AvailabilityDeadQueue"
    )


def test_the_websocket_apis_stage_deploys_by_itself():
    """As a deployment of Chalice's would stay what it was when the stack was made."""
    resources = translated()["Resources"]

    assert "WebsocketAPIDeployment" not in resources
    assert resources["WebsocketAPIStage"]["Properties"] == {"StageName": "dev", "AutoDeploy": True}


def test_the_schedule_may_call_its_function():
    resources = translated()["Resources"]

    assert resources["Tick"]["Properties"]["Targets"][0]["Arn"] == {"Fn::GetAtt": ["Work", "Arn"]}
    assert resources["TickPermission"]["Properties"]["SourceArn"] == {"Fn::GetAtt": ["Tick", "Arn"]}


def test_in_production_data_outlives_the_stack():
    for name in ("RolesTable", "StkResultsQueue"):
        prod, dev = translated("prod")["Resources"][name], translated("dev")["Resources"][name]
        assert (prod["DeletionPolicy"], prod["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert "DeletionPolicy" not in dev
    table = translated("prod")["Resources"]["RolesTable"]
    assert table["Properties"]["DeletionProtectionEnabled"] is True


def test_every_path_takes_every_method_and_the_rest_is_caught():
    resources = translated()["Resources"]
    any_methods = [it["Properties"] for it in resources.values() if it["Type"] == "AWS::ApiGateway::Method"]

    assert {method["HttpMethod"] for method in any_methods} == {"ANY"}
    assert len(any_methods) == 3  # the route, `/` and `/{proxy+}`
    assert resources["PathPEventsVEventId"]["Properties"]["ParentId"] == {"Ref": "PathPEvents"}
    assert resources["PathVProxy"]["Properties"]["PathPart"] == "{proxy+}"


def test_a_changed_api_gets_a_new_deployment_and_an_unchanged_one_does_not():
    changed = copy.deepcopy(SAM)
    changed["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]["/search"] = {}

    assert deployment(translated()) == deployment(translated())
    assert deployment(translated()) != deployment(translated(sam=changed))


def deployment(template):
    [name] = [
        name for name, it in template["Resources"].items() if it["Type"] == "AWS::ApiGateway::Deployment"
    ]
    return name


def test_api_gateway_throttles_each_route_that_is_named():
    import app  # noqa: F401 - declares the routes
    from chalicelib.web.endpoint import ROUTES

    stage = translated()["Resources"]["RestAPIStage"]["Properties"]
    named = {throttle.what for throttle in throttling.THROTTLES} - {throttling.ALL_METHODS}

    told = re.findall(r"^\| (each other one|`\w+ \S+`) \| ([\d,]+) \| ([\d,]+) \|$", LIMITS.read_text(), re.M)
    settings = [
        (
            "each other one"
            if one["ResourcePath"] == "/*"
            else f"`{one['HttpMethod']} {one['ResourcePath'][1:].replace('~1', '/')}`",
            f"{one['ThrottlingRateLimit']:,}",
            f"{one['ThrottlingBurstLimit']:,}",
        )
        for one in stage["MethodSettings"]
    ]

    assert named <= {f"{method} {path}" for method, path in ROUTES}
    assert settings == told
    assert len(told) == len(named) + 1
    assert ("`GET /events/{event_id}/availability`", "4,000", "4,000") in told


def test_every_method_is_there_before_the_deployment():
    resources = translated()["Resources"]
    made = {name for name, it in resources.items() if it["Type"] == "AWS::ApiGateway::Method"}

    assert made <= set(resources[deployment(translated())]["DependsOn"])


@pytest.mark.parametrize(
    ("kind", "event"), [("AWS::Serverless::Table", "SQS"), ("AWS::Serverless::Function", "SNS")]
)
def test_what_nobody_translated_is_refused(kind, event):
    strange = copy.deepcopy(SAM)
    strange["Resources"]["Work"]["Type"] = kind
    strange["Resources"]["Work"]["Properties"]["Events"]["Messages"]["Type"] = event

    with pytest.raises(plain.Unknown):
        translated(sam=strange)


def test_no_two_routes_of_ours_share_a_name():
    import app

    paths = [path for path, served in app.app.routes.items() if served]
    made = methods(paths)

    assert len([name for name in made if name.endswith("Method")]) == len({*paths, "/", "/{proxy+}"})


@pytest.mark.parametrize("stage", ["", "local", "production", "../dev"])
def test_an_unknown_stage_is_named_before_anything_happens(stage, tmp_path):
    with pytest.raises(Stopped, match=f"STAGE={stage}: name one of dev, staging, prod"):
        packaging.package(stage, tmp_path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "CODE_BUCKET is not set"),
        ({"CODE_BUCKET": "b", "DOMAIN_NAME": "api.example.com"}, "DOMAIN_NAME and CERTIFICATE_ARN"),
    ],
)
def test_what_a_deployment_needs_is_named_before_anything_happens(environment, named):
    with pytest.raises(Stopped, match=named):
        deploy("dev", environment)


def test_the_command_tells_it_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "devstack.deployment", "package", "nope"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "STAGE=nope: name one of dev, staging, prod, as in `make package STAGE=dev`."
    ]


def test_the_linter_finds_a_wrong_template(tmp_path):
    """The control: without it, a linter that looks at nothing would pass."""
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}}}}))

    with pytest.raises(Stopped, match="KeySchema"):
        packaging.lint(template)


def test_the_front_ends_template_is_right():
    packaging.lint(ROOT / ".chalice" / "frontend.json")


def test_cloudfront_keeps_no_error():
    """It would for ten seconds, whoever asks: where nothing else is kept, its key does not say who it is."""
    resources = json.loads((ROOT / ".chalice" / "frontend.json").read_text())["Resources"]
    config = resources["Site"]["Properties"]["DistributionConfig"]

    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in config["CustomErrorResponses"]}

    assert kept == dict.fromkeys((400, 403, 404, 405, 414, 500, 501, 502, 503, 504), 0)


def test_the_package_needs_what_is_imported_and_not_chalices_commands():
    names = {pin.partition("==")[0].lower() for pin in wheels.pins(ROOT / "requirements.txt")}

    assert {
        "boto3",
        "botocore",
        "pydantic",
        "pydantic_core",
        "pynacl",
        "pynamodb",
        "requests",
        "tzdata",
    } <= names
    assert not names & {"chalice", "click", "inquirer", "pip", "setuptools", "wheel", "flask", "moto"}


def test_a_requirement_without_a_pin_is_named(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("requests==2.34.2\n\nidna==3.20\n")

    with pytest.raises(Stopped, match="does not pin certifi, charset-normalizer, urllib3"):
        wheels.pins(requirements)


def test_files_that_lambda_cannot_load_are_found():
    version = f"{sys.version_info[0]}{sys.version_info[1]}"
    good = [f"a/b.cpython-{version}-x86_64-linux-gnu.so", "nacl/_sodium.abi3.so", "app.py"]
    bad = ["b.cpython-38-x86_64-linux-gnu.so", f"c.cpython-{version}-darwin.so", "d.pyd"]

    assert wheels.foreign([*good, *bad]) == bad
