"""The HTTP routes, and a simulator that runs inside another program."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from . import names
from .config import Config
from .control import control_routes, read_json
from .listener import Listener
from .refusals import INTERNAL, UNKNOWN_URL, WRONG_METHOD, Refusal, Refused
from .simulator import Accepted, Simulator

OAUTH: Final = "/oauth/v1/generate"
PUSH: Final = "/mpesa/stkpush/v1/processrequest"
QUERY: Final = "/mpesa/stkpushquery/v1/query"
REVERSAL: Final = "/mpesa/reversal/v1/request"
STATUS: Final = "/mpesa/transactionstatus/v1/query"
REGISTER: Final = "/pulltransactions/v1/register"
PULL: Final = "/pulltransactions/v1/query"

_KINDS: Final = {
    OAUTH: "oauth",
    PUSH: "push",
    QUERY: "query",
    REVERSAL: "reversal",
    STATUS: "status",
    REGISTER: "register",
    PULL: "pull",
}
#: Where things go wrong as the settings say.
_DARAJA: Final = ("/oauth/", "/mpesa/", "/pulltransactions/")
_UNREADABLE: Final = "<html><body><h1>200 OK</h1>"
_OUTAGE: Final = "<html><body><h1>503 Service Unavailable</h1></body></html>"


@contextmanager
def running(config: Config | None = None, port: int = 0) -> Iterator[Simulator]:
    """A simulator that listens on 127.0.0.1 for as long as the block lasts.

    Args:
        config: the merchant and the delays.
        port: 0 means any free one; `simulator.url` tells which.

    Raises:
        OSError: the port is taken.
    """
    simulator = Simulator(config or Config())
    try:
        listener = Listener(create_app(simulator), port)
        simulator.url = listener.url
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield simulator
        finally:
            listener.stop()
    finally:
        simulator.stop()


def create_app(simulator: Simulator) -> Flask:
    """The simulator as a WSGI application."""
    app = Flask("daraja_simulator", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    _write_the_log(app, simulator)
    _map_errors(app)
    _daraja_routes(app, simulator)
    control_routes(app, simulator)
    return app


def _daraja_routes(app: Flask, simulator: Simulator) -> None:
    @app.get(OAUTH)
    def oauth() -> dict[str, str]:
        basic = request.authorization
        is_basic = basic is not None and basic.type == "basic"
        user, password = (basic.username, basic.password) if basic and is_basic else (None, None)
        return simulator.token(user, password, request.args.get("grant_type"))

    @app.post(PUSH)
    def push() -> Response:
        simulator.authorize(request.headers.get("Authorization"))
        return _answered(simulator, simulator.push(read_json()))

    @app.post(REVERSAL)
    def reversal() -> Response:
        simulator.authorize(request.headers.get("Authorization"))
        return _answered(simulator, simulator.reverse(read_json()))

    @app.post(QUERY)
    def query() -> dict[str, str]:
        simulator.authorize(request.headers.get("Authorization"))
        return simulator.query(read_json())

    @app.post(STATUS)
    def status() -> dict[str, str]:
        simulator.authorize(request.headers.get("Authorization"))
        return simulator.status(read_json())

    @app.post(REGISTER)
    def register() -> dict[str, str]:
        simulator.authorize(request.headers.get("Authorization"))
        return simulator.register_pulling(read_json())

    @app.post(PULL)
    def pull() -> dict[str, Any]:
        simulator.authorize(request.headers.get("Authorization"))
        return simulator.pull(read_json())


def _answered(simulator: Simulator, accepted: Accepted) -> Response:
    if accepted.hang_seconds is None:
        return jsonify(accepted.body)
    simulator.closed(g.entry, None, "no answer", accepted.body)
    g.entry = None
    return Response(_no_answer(simulator, accepted.hang_seconds))


def _write_the_log(app: Flask, simulator: Simulator) -> None:
    @app.before_request
    def opened() -> Response | None:
        g.entry = g.mishap = None
        if request.path.startswith("/simulator/"):
            return None
        g.entry = simulator.opened(_KINDS.get(request.path, "other"), request.path, read_json())
        return _mishap(simulator) if request.path.startswith(_DARAJA) else None

    @app.after_request
    def closed(response: Response) -> Response:
        if g.get("entry") is not None:
            answer = response.get_json(silent=True)
            error = answer.get("errorCode") if isinstance(answer, dict) else None
            outcome = "outage" if response.status_code == 503 else error or "ok"
            if g.mishap == "malformed":
                outcome = "malformed"
                response.set_data(_UNREADABLE)
            simulator.closed(g.entry, response.status_code, outcome, answer)
        return response


def _mishap(simulator: Simulator) -> Response | None:
    """The answer to a request that is not let in; one that is slow waits here."""
    g.mishap = simulator.mishap()
    if simulator.settings.outage or g.mishap == "down":
        return Response(_OUTAGE, status=503, mimetype="text/html")
    if g.mishap == "slow":
        simulator.hang(simulator.settings.slow_seconds)
    return None


def _map_errors(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[dict[str, str], int]:
        return _refusal(error.refusal)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[dict[str, str], int]:
        known = {404: UNKNOWN_URL, 405: WRONG_METHOD}
        return _refusal(known.get(error.code or 500, INTERNAL))


def _refusal(refusal: Refusal) -> tuple[dict[str, str], int]:
    return refusal.body(names.request_id()), refusal.status


def _no_answer(simulator: Simulator, seconds: float) -> Iterator[bytes]:
    """Wait, then have the listener close the connection without a word."""
    simulator.hang(seconds)
    raise ConnectionAbortedError("this push is never answered")
    yield b""
