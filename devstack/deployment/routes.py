"""The routes of the API as CloudFormation resources.

Chalice describes its routes in a Swagger body. As resources they are the same on AWS and on ministack, whose
import of a body leaves out any-methods. Every path takes every method, and `/{proxy+}` takes what no path
takes: so 404, 405 and OPTIONS are answered by the application, not by API Gateway without CORS headers.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

#: Paths that are there though no route has them.
ALWAYS: Final = ("/", "/{proxy+}")

Json = dict[str, Any]


def methods(paths: Iterable[str]) -> Json:
    """A resource for each part of each path, and a method ANY for each path."""
    made: Json = {}
    for path in sorted({*paths, *ALWAYS}):
        parts = [part for part in path.split("/") if part]
        for depth in range(1, len(parts) + 1):
            made[_path_id(parts[:depth])] = _resource(parts[:depth])
        made[f"{_path_id(parts)}Method"] = _method(parts)
    return made


def _resource(parts: list[str]) -> Json:
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {
            "RestApiId": {"Ref": "RestAPI"},
            "ParentId": _resource_ref(parts[:-1]),
            "PathPart": parts[-1],
        },
    }


def _method(parts: list[str]) -> Json:
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "RestAPI"},
            "ResourceId": _resource_ref(parts),
            "HttpMethod": "ANY",
            "AuthorizationType": "NONE",
            "Integration": {
                "Type": "AWS_PROXY",
                "IntegrationHttpMethod": "POST",
                "Uri": {
                    "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31"
                    "/functions/${APIHandler.Arn}/invocations"
                },
            },
        },
    }


def _resource_ref(parts: list[str]) -> Json:
    return {"Ref": _path_id(parts)} if parts else {"Fn::GetAtt": ["RestAPI", "RootResourceId"]}


def _path_id(parts: list[str]) -> str:
    """A logical id that no two paths share: `/events/{event_id}` is `PathEventsVEventId`."""
    if not parts:
        return "PathRoot"
    return "Path" + "".join(_word(part) for part in parts)


def _word(part: str) -> str:
    words = "".join(word[0].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", part) if word)
    return f"V{words}" if part.startswith("{") else f"P{words}"
