"""Chalice's SAM template as plain CloudFormation: what is checked and tested is then what AWS gets.

Reasons are in docs/decisions/0020-plain-cloudformation.md.
"""

import copy
import hashlib
import json
from typing import Any, Final

from devstack.deployment import throttling
from devstack.deployment.names import camel
from devstack.deployment.routes import methods

Json = dict[str, Any]

#: Kept when a stack of production is deleted or a resource of it has to be replaced.
KEPT: Final = ("AWS::DynamoDB::Table", "AWS::SQS::Queue")
#: What the stream's mapping has besides what its handler says. A batch that fails for so long is given up,
#: and an alarm tells: the next change tells everybody the truth, and so does the next minute.
STREAM_MAPPING: Final[Json] = {
    "MaximumRetryAttempts": 10,
    "MaximumRecordAgeInSeconds": 300,
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["AvailabilityDeadQueue", "Arn"]}}},
}


class Unknown(Exception):
    """Chalice's template holds something that nobody here has translated; the text says what."""


def plain(sam: Json, on_stage: str, build: str) -> Json:
    """The template of a stage.

    Args:
        sam: what `chalice package` wrote, with `.chalice/resources.json` merged in.
        on_stage: the only stage the template may then be used for.
        build: what `/health` says is running.

    Raises:
        Unknown: there is a serverless resource or event that this does not know.
    """
    template = copy.deepcopy(sam)
    del template["Transform"]
    template["Parameters"]["Stage"] = {"Type": "String", "Default": on_stage, "AllowedValues": [on_stage]}
    resources: Json = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resources |= _function(name, resource, build)
        elif resource["Type"] == "AWS::Serverless::Api":
            resources |= _api(name, resource, template["Resources"])
        elif resource["Type"] == "AWS::ApiGatewayV2::Deployment":
            continue  # of the WebSocket API, whose stage deploys by itself
        elif resource["Type"] == "AWS::ApiGatewayV2::Stage":
            resources[name] = _stage_that_deploys(resource)
        elif resource["Type"].startswith("AWS::Serverless::"):
            raise Unknown(f"{name} is a {resource['Type']}")
        else:
            resources[name] = resource
    if on_stage == "prod":
        _keep_data(resources)
    template["Resources"] = resources
    return template


def _keep_data(resources: Json) -> None:
    """Let data outlive a mistake. A policy of deletion cannot be a condition of CloudFormation's."""
    for resource in resources.values():
        if resource["Type"] in KEPT:
            resource |= {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        if resource["Type"] == "AWS::DynamoDB::Table":
            resource["Properties"]["DeletionProtectionEnabled"] = True


def _function(name: str, function: Json, build: str) -> Json:
    properties = function["Properties"]
    del properties["CodeUri"]
    properties["Code"] = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    properties["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(properties["Tags"].items())]
    properties["TracingConfig"] = {"Mode": properties.pop("Tracing")}
    properties.setdefault("Environment", {}).setdefault("Variables", {})["BUILD"] = build
    made = {name: {**function, "Type": "AWS::Lambda::Function"}}
    for event_name, event in properties.pop("Events", {}).items():
        if event["Type"] == "SQS":
            made[event_name] = _queue_mapping(name, function, event["Properties"])
        elif event["Type"] == "DynamoDB":
            made[event_name] = _stream_mapping(name, event["Properties"])
        elif event["Type"] == "Schedule":
            made |= _schedule(name, event_name, event["Properties"])
        else:
            raise Unknown(f"{event_name} of {name} is a {event['Type']}")
    return made


def _queue_mapping(name: str, function: Json, event: Json) -> Json:
    properties = {key: value for key, value in event.items() if key != "Queue"}
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "DependsOn": function.get(
            "DependsOn", []
        ),  # Chalice writes the queue's ARN out, so nothing refers to it
        "Properties": {**properties, "EventSourceArn": event["Queue"], "FunctionName": {"Ref": name}},
    }


def _stream_mapping(name: str, event: Json) -> Json:
    """The handler names a table; DynamoDB names its stream."""
    table = event["Stream"].split("/")[1].split("-", 2)[2]  # arn:…:table/tiketi-dev-stock/stream/latest
    properties = {key: value for key, value in event.items() if key != "Stream"}
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            **properties,
            **STREAM_MAPPING,
            "EventSourceArn": {"Fn::GetAtt": [f"{camel(table)}Table", "StreamArn"]},
            "FunctionName": {"Ref": name},
        },
    }


def _stage_that_deploys(stage: Json) -> Json:
    """A deployment of Chalice's is a picture of the API when the stack was made, and no later one."""
    properties = {key: value for key, value in stage["Properties"].items() if key != "DeploymentId"}
    return {**stage, "Properties": {**properties, "AutoDeploy": True}}


def _schedule(name: str, event_name: str, event: Json) -> Json:
    return {
        event_name: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": event["Schedule"],
                "Targets": [{"Id": name, "Arn": {"Fn::GetAtt": [name, "Arn"]}}],
            },
        },
        f"{event_name}Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": name},
                "Action": "lambda:InvokeFunction",
                "Principal": "events.amazonaws.com",
                "SourceArn": {"Fn::GetAtt": [event_name, "Arn"]},
            },
        },
    }


def _api(name: str, api: Json, others: Json) -> Json:
    properties = api["Properties"]
    body = properties.pop("DefinitionBody")
    stage_name = properties.pop("StageName")
    properties |= {
        "Name": {"Fn::Sub": "tiketi-${Stage}"},
        "EndpointConfiguration": {"Types": [properties["EndpointConfiguration"]]},
    }
    answers = {key: it for key, it in others.items() if it["Type"] == "AWS::ApiGateway::GatewayResponse"}
    served = methods(body["paths"])
    # A deployment is a picture of the API at one moment: one with another name is taken when the API changes.
    picture = json.dumps([properties, served, answers], sort_keys=True)
    deployment = f"{name}Deployment{hashlib.sha256(picture.encode()).hexdigest()[:10]}"
    return {
        name: {**api, "Type": "AWS::ApiGateway::RestApi"},
        **served,
        deployment: {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": sorted([*(key for key in served if key.endswith("Method")), *answers]),
            "Properties": {"RestApiId": {"Ref": name}},
        },
        f"{name}Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": name},
                "DeploymentId": {"Ref": deployment},
                "StageName": stage_name,
                "MethodSettings": throttling.method_settings(),
            },
        },
    }
