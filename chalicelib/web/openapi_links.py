"""What an answer leads to: the things just made, and all that can be asked about them (OpenAPI's links).

Made from the paths: who is given the `id` of what is made at `/events` can ask all of `/events/{event_id}`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.web.endpoint import Route

Json = dict[str, Any]

_ID: Final = "$response.body#/id"
#: What an answer is about, where its path does not say: the thing's own path.
_MADE: Final = {"/signup": "/users", "/login": "/users", "/lnmo": "/payments"}
#: The things in an answer that have addresses of their own: whose path, and where their id is.
_WITHIN: Final = {
    "/events": [("/events", "$response.body#/0/id")],
    "/payments/{payment_id}": [("/tickets", "$response.body#/tickets/0/id")],
}


def add(paths: Json, routes: Iterable[Route]) -> None:
    """Put the links into the descriptions of the operations' good answers."""
    routes = list(routes)
    for route in routes:
        found = _links(route, routes)
        answer = paths[route.path][route.method.lower()]["responses"].get(str(route.gives[0]))
        if found and answer:
            answer["links"] = found


def _links(route: Route, routes: list[Route]) -> Json:
    found: Json = {}
    for thing, where in _things(route):
        name = _variable(thing, routes)
        for other in routes:
            if other.path.startswith(f"{thing}/{{{name}}}"):
                found[other.handler.__name__] = _link(other, {name: where})
            elif other.takes and (field := other.takes.model_fields.get(name)) and field.is_required():
                found[other.handler.__name__] = _link(other, {}) | {"requestBody": {name: where}}
    return found


def _variable(thing: str, routes: list[Route]) -> str:
    """What the id of a thing is called in paths, and so in forms too."""
    found = (re.match(re.escape(thing) + r"/{(\w+)}", route.path) for route in routes)
    return next((one[1] for one in found if one), "")


def _things(route: Route) -> list[tuple[str, str]]:
    makes = route.method == "POST" and "id" in getattr(route.gives[1], "model_fields", {})
    made = [(_MADE.get(route.path, route.path), _ID)] if makes and "{" not in route.path else []
    return made + (_WITHIN.get(route.path, []) if route.method == "GET" else [])


def _link(route: Route, parameters: Mapping[str, str]) -> Json:
    link: Json = {"operationId": route.handler.__name__}
    return link | ({"parameters": dict(parameters)} if parameters else {})
