"""The routes that only a simulator has: looking at it, changing it, and starting afresh."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from .settings import WrongSettings
from .simulator import Simulator


def control_routes(app: Flask, simulator: Simulator) -> None:
    """Add the routes under /simulator."""
    _looking_routes(app, simulator)
    _changing_routes(app, simulator)


def read_json() -> Any:
    """The request's body; None if it is not JSON, which is refused like any other wrong body."""
    # Daraja does not insist on a Content-Type.
    return request.get_json(force=True, silent=True)


def _looking_routes(app: Flask, simulator: Simulator) -> None:
    @app.get("/simulator/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "pending_callbacks": simulator.pending_callbacks}

    @app.get("/simulator/log")
    def log() -> Response:
        return jsonify(simulator.log(request.args.get("kind"), request.args.get("phone")))

    @app.get("/simulator/books")
    def books() -> dict[str, Any]:
        return simulator.books()

    @app.get("/simulator/statement")
    def statement() -> Response:
        return Response(simulator.statement(request.args.get("day")), mimetype="text/csv")

    @app.get("/simulator/settings")
    def settings() -> dict[str, Any]:
        return simulator.settings.to_json()


def _changing_routes(app: Flask, simulator: Simulator) -> None:
    @app.put("/simulator/settings")
    def change() -> tuple[dict[str, Any], int]:
        changes = read_json()
        if not isinstance(changes, dict):
            return {"error": "The body must be a JSON object of settings.", "fields": {}}, 400
        try:
            return simulator.change(changes).to_json(), 200
        except WrongSettings as wrong:
            return {"error": f"Wrong settings: {', '.join(wrong.fields)}.", "fields": wrong.fields}, 400

    @app.post("/simulator/reset")
    @app.delete("/simulator/log")
    def reset() -> tuple[str, int]:
        simulator.reset()
        return "", 204
