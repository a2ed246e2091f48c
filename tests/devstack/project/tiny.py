"""A tiny application in the shape of ours, for the local stack's own tests."""

import os
import threading
import time
from typing import Any

from chalice import Chalice, Response
from chalice.app import Request


def make() -> Chalice:  # noqa: C901  # a list of routes
    """An application with the routes that try the gateway; it needs no tables and no queues."""
    app = Chalice(app_name="tiny")
    app.api.binary_types.append("application/pdf")

    @app.middleware("http")
    def tell_apart(request: Request, get_response: Any) -> Response:
        """Answer what no route takes, as the real application's middleware does."""
        route = app.routes.get(request.path, {})
        if not route:
            return Response({"code": "not_found", "proxy": request.uri_params.get("proxy")}, status_code=404)
        if request.method == "OPTIONS":
            return Response(
                "", status_code=204, headers={"Access-Control-Allow-Origin": "https://front.test"}
            )
        if request.method not in route:
            return Response(
                {"code": "method_not_allowed"}, status_code=405, headers={"Allow": ", ".join(route)}
            )
        return get_response(request)

    @app.route("/health")
    def health() -> dict[str, Any]:
        return {"ok": True, "stage": os.environ.get("STAGE"), "hold": os.environ.get("HOLD_SECONDS")}

    @app.route("/things/{name}", methods=["GET", "HEAD", "DELETE"])
    def thing(name: str) -> Any:
        if app.current_request.method == "DELETE":
            return Response("", status_code=204)
        return {"name": name, "source": app.current_request.context["identity"]["sourceIp"]}

    @app.route("/things/{name}/parts/{part}")
    def part(name: str, part: str) -> dict[str, Any]:
        return dict(app.current_request.uri_params)

    @app.route("/things/{thing}/other")
    def other(thing: str) -> dict[str, Any]:
        return dict(app.current_request.uri_params)

    @app.route("/echo", methods=["POST"])
    def echo() -> dict[str, Any]:
        body = app.current_request.json_body
        return {
            "body": body,
            "query": app.current_request.query_params and dict(app.current_request.query_params),
        }

    @app.route("/odd/{kind}")
    def odd(kind: str) -> Response:
        return {
            "cookies": Response(
                {}, headers={"Set-Cookie": ["a=1", "b=2"], "content-type": "application/json"}
            ),
            "unchanged": Response("", status_code=304, headers={"ETag": "x"}),
            "bytes": Response(b"raw", headers={"Content-Type": "text/plain"}),
            "huge": Response("x" * 7_000_000, headers={"Content-Type": "text/plain"}),
            "pdf": Response(b"%PDF", headers={"Content-Type": "application/pdf"}),
        }[kind]

    @app.route("/slow/{name}")
    def slow(name: str) -> dict[str, Any]:
        time.sleep(0.05)
        return {"name": app.current_request.uri_params["name"], "thread": threading.get_ident()}

    return app
