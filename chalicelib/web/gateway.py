"""Around every request: its id, CORS, and the answers to paths and methods that no route has.

API Gateway's own 403, 404 and preflight answers lack CORS headers and our error shape, so the deployed
template and the local server send every path and method here.
"""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import uuid4

from chalice.app import CaseInsensitiveMapping, Chalice, Request, Response

from chalicelib.core import log
from chalicelib.core.problems import NotFound, Problem
from chalicelib.core.settings import settings
from chalicelib.web.answers import refusal
from chalicelib.web.caller import is_foreign

_ALLOWED_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key, If-None-Match"
_EXPOSED_HEADERS: Final = "Link, Retry-After, ETag, X-Request-Id"
_PREFLIGHT_SECONDS: Final = "600"
#: An answer is what it says it is: no browser may take it for a script or a page.
_NO_GUESSING: Final = {"X-Content-Type-Options": "nosniff"}
#: Deployed, a browser that was here once comes by TLS only, for a year.
_BY_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}

Headers = dict[str, str | list[str]]


class MethodNotAllowed(Problem):
    """The path exists, but not with this method; `allow` lists those it has."""

    code = "method_not_allowed"

    def __init__(self, allow: str, message: str | None = None) -> None:
        super().__init__(message or f"This address answers to {allow} only.")
        self.headers["Allow"] = allow


def install(app: Chalice) -> None:
    """Put this around all of the app's routes, some of which answer with what is no text; write its log."""
    log.install(app)
    app.api.binary_types = [*app.api.default_binary_types, "application/pdf"]

    @app.middleware("http")
    def around(request: Request, get_response: Callable[[Request], Response]) -> Response:
        log.request_id.set(getattr(request.lambda_context, "aws_request_id", None) or uuid4().hex)
        response = _respond(app, request, get_response)
        if is_foreign(request.headers):  # it could log a person in as somebody else
            response.headers.pop("Set-Cookie", None)
        always = _NO_GUESSING if settings().is_local else _NO_GUESSING | _BY_TLS
        response.headers |= {"X-Request-Id": log.request_id.get(), **always, **_cors(request, response)}
        return response


def _respond(app: Chalice, request: Request, get_response: Callable[[Request], Response]) -> Response:
    methods = app.routes.get(request.path, {})
    if request.method == "OPTIONS":
        return _preflight(methods)
    if not methods:
        return refusal(NotFound())
    event = request.to_original_event()
    if request.method == "HEAD" and "GET" in methods:
        # Answered with the body and all: the server in front leaves it out, and says how long it would be.
        event["requestContext"]["httpMethod"] = "GET"
    elif request.method not in methods:
        return _wrong_method(methods)
    # Nothing here negotiates on Accept, and Chalice would refuse a picture to a client that lists HTML first.
    request.headers = CaseInsensitiveMapping({**dict(request.headers), "accept": "*/*"})
    return get_response(request)


def _wrong_method(methods: Iterable[str]) -> Response:
    allowed = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return refusal(MethodNotAllowed(", ".join(sorted(allowed))))


def _preflight(methods: Iterable[str]) -> Response:
    allowed = ", ".join(sorted(methods)) or "GET, POST, PUT, PATCH, DELETE"
    headers: Headers = {
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    return Response("", headers, 204)


def _cors(request: Request, response: Response) -> Headers:
    # Accept: where a front end is on this origin, a browser that navigates to this very address gets a page
    # instead, and Back must not show it what the page had fetched.
    headers: Headers = {"Vary": f"{response.headers.get('Vary', 'Origin')}, Accept"}
    origin = request.headers.get("origin", "")
    if origin not in {*settings().allowed_origins, *settings().credential_origins}:
        return headers
    headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED_HEADERS}
    if origin in settings().credential_origins:
        headers["Access-Control-Allow-Credentials"] = "true"
    return headers
