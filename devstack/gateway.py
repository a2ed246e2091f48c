"""API Gateway's part: an HTTP request becomes the event Lambda gets, and the answer goes back, as deployed.

Chalice's own local gateway answers unknown paths and OPTIONS itself. Deployed, the template sends them to the
application (`/{proxy+}` and any-method), so here they go there too.
"""

import base64
import json
import logging
import uuid
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import CustomLocalChalice, LocalChalice, LocalGateway, MatchResult, RouteMatcher
from chalice.test import Client, HTTPResponse, TestHTTPClient

#: The path that catches what no route matches.
CATCH_ALL: Final = "/{proxy+}"
#: The largest request and answer, in bytes: API Gateway's limit and Lambda's.
MAX_REQUEST: Final = 10 * 1024 * 1024
MAX_ANSWER: Final = 6 * 1024 * 1024

log = logging.getLogger(__name__)


class Matcher(RouteMatcher):
    """Finds the route for a path as API Gateway does: literal parts win, variables come percent-decoded.

    Chalice's own leaves variables encoded, and lets those of a route it tried and gave up slip in.
    """

    def __init__(self, routes: list[str]) -> None:
        self.route_urls = sorted(routes, key=lambda route: [(_is_variable(p), p) for p in route.split("/")])
        self._parts = [(route, route.split("/")) for route in self.route_urls]

    def match_route(self, url: str) -> MatchResult:
        """The route, its path variables and the query's values; `CATCH_ALL` where no route fits."""
        # Not urlsplit(url) at once: it takes `//host` for another server.
        raw_path, _, query = url.partition("#")[0].partition("?")
        path = raw_path if raw_path.startswith("/") else urlsplit(raw_path).path or "/"
        if path != "/":
            path = path.removesuffix("/")
        parts = [unquote(part, errors="replace") for part in path.split("/")]
        values = parse_qs(query, keep_blank_values=True, errors="replace")
        for route, wanted in self._parts:
            captured = _captured(wanted, parts)
            if captured is not None:
                return MatchResult(route, captured, values)
        return MatchResult(CATCH_ALL, {"proxy": "/".join(parts)[1:]}, values)


def _is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _captured(wanted: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(wanted) != len(parts):
        return None
    captured = {}
    for want, part in zip(wanted, parts, strict=True):
        if _is_variable(want) and part:
            captured[want[1:-1]] = part
        elif want != part:
            return None
    return captured


class Gateway(LocalGateway):
    """Chalice's local gateway, with the deployed template's rules. One serves all threads."""

    def __init__(self, app: Chalice, config: Config) -> None:
        super().__init__(app, config)
        # The application's table of routes is a defaultdict: asking it for an unknown path leaves an entry.
        self._matcher = Matcher([path for path, methods in app.routes.items() if methods])

    def handle_request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        source: str = "127.0.0.1",
    ) -> dict[str, Any]:
        """Answer one request.

        Args:
            method: as sent, known or not.
            path: with its query, percent-encoded.
            headers: one value a name.
            body: nothing is `None` or empty.
            source: the client's address.

        Returns:
            `statusCode`, `headers`, `multiValueHeaders`, `body` (text, base64 if `isBase64Encoded`).
        """
        event = self.event(method, path, headers, body, source)
        try:
            # Lambda hands the answer over as JSON, so what is not JSON fails here as it would there.
            answer = json.dumps(self._app_object(event, self._generate_lambda_context()))
            if len(answer) > MAX_ANSWER:
                raise ValueError(f"the answer of {len(answer)} bytes is larger than Lambda allows")
        except Exception:
            log.exception("no usable answer from the application")
            return refusal(502, "internal", "Internal server error", event["requestContext"]["requestId"])
        loaded: dict[str, Any] = json.loads(answer)
        loaded["body"] = loaded.get("body") or ""
        loaded.setdefault("headers", {})
        loaded.setdefault("multiValueHeaders", {})
        return loaded

    def event(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, source: str
    ) -> dict[str, Any]:
        """The event of API Gateway's Lambda proxy integration.

        Bodies are always base64, since the template declares every media type binary.
        """
        match = self._matcher.match_route(path)
        bare_path = path.partition("?")[0]
        return {
            "resource": match.route,
            "path": bare_path,
            "httpMethod": method,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": match.route,
                "path": bare_path,
                "stage": "local",
                "requestId": str(uuid.uuid4()),
                "identity": {"sourceIp": source, "userAgent": _header(headers, "user-agent")},
            },
            "headers": {name.lower(): value for name, value in headers.items()},
            "pathParameters": match.captured,
            "stageVariables": {},
            # API Gateway says None, not {}, where there is no query.
            "multiValueQueryStringParameters": match.query_params or None,
            "body": base64.b64encode(body).decode("ascii") if body else None,
            "isBase64Encoded": bool(body),
        }

    def route(self, path: str) -> str:
        """The route a path belongs to, fit for a log: variables, which may be secret, are not filled in."""
        return str(self._matcher.match_route(path).route)


def _header(headers: dict[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


def refusal(status: int, code: str, message: str, request_id: str | None = None) -> dict[str, Any]:
    """An answer of the gateway itself, in the shape of the application's errors, readable to any origin."""
    request_id = request_id or str(uuid.uuid4())
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "X-Request-Id",
            "X-Request-Id": request_id,
        },
        "multiValueHeaders": {},
        "body": json.dumps({"code": code, "message": message, "request_id": request_id}),
    }


def for_threads(app: Chalice) -> Chalice:
    """Let the application serve several requests at once, each with a `current_request` of its own.

    This is what Chalice's `create_local_server` does to an application.
    """
    if not isinstance(app, LocalChalice):
        CustomLocalChalice.__bases__ = (LocalChalice, app.__class__)
        app.__class__ = CustomLocalChalice
    return app


def test_client(app: Chalice) -> Client:
    """Chalice's test client with `Gateway` behind it, and no server: `test_client(app).http.get("/x")`."""
    client = Client(app, stage_name="local")
    client._http_client = _HTTP(app, Config.create(chalice_app=app, chalice_stage="local"))
    return client


test_client.__test__ = False  # type: ignore[attr-defined]  # nor may pytest take it for a test


class _HTTP(TestHTTPClient):
    __test__ = False

    def __init__(self, app: Chalice, config: Config) -> None:
        super().__init__(app, config)
        self._local_gateway = Gateway(app, config)

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | str | None = None,
    ) -> HTTPResponse:
        data = body.encode() if isinstance(body, str) else body
        answer = self._local_gateway.handle_request(method.upper(), path, headers or {}, data)
        found = HTTPResponse.create_from_dict(answer)
        if method.upper() == "HEAD":  # as a server would
            found.headers["Content-Length"], found.body = str(len(found.body)), b""
        return found
