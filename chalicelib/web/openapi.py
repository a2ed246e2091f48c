"""The description of the API, OpenAPI 3.1, made from the routes and the models that they name.

Made once in a container, and only if somebody asks: nothing imports this before.
"""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from chalicelib.core.problems import Problem
from chalicelib.web import openapi_links
from chalicelib.web import openapi_parts as parts
from chalicelib.web.answers import STATUS
from chalicelib.web.caller import SAFE_METHODS
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, SIGNED_IN_OR_LINK, Route
from chalicelib.web.openapi_parts import limit
from chalicelib.web.paging import SIZES, Listing
from chalicelib.web.refusals import SHARED, refusals_of

Json = dict[str, Any]
#: References to schemas, by the model and whether it goes in (`validation`) or out (`serialization`).
Refs = Mapping[Any, Json]

_REF: Final = "#/components/schemas/{model}"
_ABOUT: Final = (
    "Tickets for events, paid by M-Pesa. Money is in whole Kenyan shillings. Numbers in requests may also "
    "come as text. Lists are bare arrays; the next page is in the `Link` header. Every refusal has the same "
    "shape, and its `code` says which it is."
)


class _Schemas(GenerateJsonSchema):
    """No title for each field, which would only repeat its name, nor a default that is nothing.

    What always goes out is required.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def default_schema(self, schema: Any) -> Json:
        made = super().default_schema(schema)
        return {name: value for name, value in made.items() if (name, value) != ("default", None)}

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization" and field["type"] == "model-field":
            return "serialization_exclude_if" not in field
        return super().field_is_required(field, total)


def document(routes: Iterable[Route], url: str, build: str) -> Json:
    """The description of some routes.

    Args:
        routes: what is served.
        url: where the API is.
        build: the version that is running.
    """
    routes = list(routes)
    models = dict.fromkeys(each for route in routes for each in _models_of(route))
    refs, made = models_json_schema(list(models), ref_template=_REF, schema_generator=_Schemas)
    schemas = made.get("$defs", {})
    described: dict[str, Json] = {}
    for route in routes:
        described.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, schemas)
    openapi_links.add(described, routes)
    for route in routes:  # queries are described as parameters
        schemas.pop(_name(refs[route.asks, "validation"]) if route.asks else "", None)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tiketi Tamasha", "version": build, "description": _ABOUT},
        "servers": [{"url": url}],
        "tags": _tags(routes),
        "paths": described,
        "components": {
            "schemas": {**schemas, "Error": parts.ERROR},
            "responses": {kind.__name__: _refusal([kind]) for kind in SHARED},
            "headers": parts.HEADERS,
            "parameters": parts.PARAMETERS,
            "securitySchemes": parts.SECURITY_SCHEMES,
        },
    }


def sends_list(route: Route) -> bool:
    """Whether the answer is an array of the model that the route gives."""
    returns = get_type_hints(route.handler).get("return")
    return returns is Listing or get_origin(returns) is list


def _models_of(route: Route) -> list[tuple[type[BaseModel], Any]]:
    out = route.gives[1]
    found: list[tuple[type[BaseModel], Any]] = [
        (model, "validation") for model in (route.takes, route.asks) if model
    ]
    if inspect.isclass(out) and issubclass(out, BaseModel):
        found.append((out, "serialization"))
    return found


def _operation(route: Route, refs: Refs, schemas: Json) -> Json:
    summary, description = _words(route)
    operation: Json = {
        "operationId": route.handler.__name__,
        "summary": summary,
        "description": description,
        "tags": [_room(route)],
        "parameters": [*_path_variables(route), *_query(route, refs, schemas), *_sent_headers(route)],
        "responses": {**_success(route, refs), **_refusals(route)},
        "security": _security(route),
    }
    if route.takes:
        operation["requestBody"] = _body(refs[route.takes, "validation"], required=True)
    elif "request" in route.parameters:
        operation["requestBody"] = _body({"type": "object"}, required=True)
    return {name: value for name, value in operation.items() if value not in ("", [])} | {
        "security": operation["security"]
    }


def _words(route: Route) -> tuple[str, str]:
    """The docstring's first sentence, and the rest with who may call, for whose things."""
    text = inspect.getdoc(route.handler) or ""
    first, _, rest = text.partition("\n\n")
    who = _WHO.get(route.allow, f"Needs the permission `{route.allow}`.")
    whose = f"Whose: {route.whose.words}." if route.whose.is_of_somebody else ""
    parts = (rest.strip(), f"{who} {whose}".strip())
    return re.sub(r"\s+", " ", first).rstrip("."), "\n\n".join(part for part in parts if part)


_WHO: Final = {
    PUBLIC: "",
    SIGNED_IN: "For whoever is signed in.",
    SIGNED_IN_OR_LINK: "For whoever is signed in, or has a signed link.",
}


def _room(route: Route) -> str:
    return route.handler.__module__.split(".")[-2:][0]


def _tags(routes: Iterable[Route]) -> list[Json]:
    modules = {_room(route): inspect.getmodule(route.handler) for route in routes}
    return [{"name": name, "description": (module.__doc__ or "").strip()} for name, module in modules.items()]


def _path_variables(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]


def _query(route: Route, refs: Refs, schemas: Json) -> list[Json]:
    found: list[Json] = []
    if route.asks:
        model = schemas[_name(refs[route.asks, "validation"])]
        for name, schema in model["properties"].items():
            required = name in model.get("required", ())
            found.append({"name": name, "in": "query", "required": required, "schema": _not_null(schema)})
    if "page" in route.parameters:
        found += [_parameter("limit") if route.sizes == SIZES else limit(route.sizes), _parameter("cursor")]
    return found


def _not_null(schema: Json) -> Json:
    """What a query can hold: there is no null in it, only nothing."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})


def _name(ref: Json) -> str:
    return str(ref["$ref"]).rpartition("/")[2]


def _sent_headers(route: Route) -> list[Json]:
    names = (["Idempotency-Key"] if route.takes_key else []) + (["If-None-Match"] if route.cache else [])
    return [_parameter(name) for name in names]


def _parameter(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _body(schema: Json, *, required: bool) -> Json:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def _success(route: Route, refs: Refs) -> Json:
    status, out = route.gives
    if status >= 400:  # it never succeeds
        return {}
    names = ["X-Request-Id"]
    names += ["Link"] if "page" in route.parameters else []
    names += ["ETag", "Cache-Control"] if route.cache else []
    response: Json = {"description": _GOOD[status], "headers": _headers(names)}
    if isinstance(out, str):
        response["content"] = {out: {"schema": {"type": "string"} if out.startswith("text/") else {}}}
    elif out is not None:
        one = refs[out, "serialization"]
        schema: Json = {"type": "array", "items": one} if sends_list(route) else one
        response["content"] = {"application/json": {"schema": schema}}
    found: Json = {str(status): response}
    if route.cache:
        known: Json = {"description": "You have this already."}
        found["304"] = known | {"headers": _headers(["X-Request-Id", "ETag", "Cache-Control"])}
    return found


_GOOD: Final = {
    200: "The answer.",
    201: "Made.",
    202: "Accepted; what follows takes a moment.",
    204: "Done; there is nothing to say.",
}


def _refusals(route: Route) -> Json:
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in refusals_of(route):
        by_status.setdefault(STATUS[kind.code], []).append(kind)
    return {str(status): _refusal_or_ref(by_status[status]) for status in sorted(by_status)}


def _refusal_or_ref(kinds: list[type[Problem]]) -> Json:
    if len(kinds) == 1 and kinds[0] in SHARED:
        return {"$ref": f"#/components/responses/{kinds[0].__name__}"}
    return _refusal(kinds)


def _refusal(kinds: list[type[Problem]]) -> Json:
    names = ["X-Request-Id", *parts.HEADERS_OF_STATUS.get(STATUS[kinds[0].code], ())]
    codes = list(dict.fromkeys(kind.code for kind in kinds))
    narrowed = {"type": "object", "properties": {"code": {"enum": codes}}}
    content: Json = {"schema": {"allOf": [{"$ref": _REF.format(model="Error")}, narrowed]}}
    content["examples"] = {kind.__name__: {"value": parts.example_of(kind)} for kind in kinds}
    said = [(kind.__doc__ or "").strip().partition("\n")[0] for kind in kinds if kind is not Problem]
    description = " ".join(said) or "Something went wrong on our side."
    return {
        "description": description,
        "headers": _headers(names),
        "content": {"application/json": content},
    }


def _headers(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _security(route: Route) -> list[Json]:
    """Either way to be known; none where nobody asks; optional where it only shows more."""
    known: list[Json] = [{scheme: []} for scheme in ("bearer", "cookie")]
    if route.allow == SIGNED_IN_OR_LINK:
        return [*known, {"link": []}]
    if route.allow != PUBLIC:
        return known
    return [{}, *known] if "caller" in route.parameters and route.method in SAFE_METHODS else []
