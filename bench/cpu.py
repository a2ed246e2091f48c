"""CPU time of hot routes against a floor: handlers written by hand with a bare botocore client.

Both run in this process, as Lambda would call them, over the emulator in another process; in turns, medians.
M-Pesa answers at once and costs nothing, and a turn to push is always there.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stdout
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import botocore.client
from chalice.config import Config

from bench import floor
from bench.events import load
from bench.measuring import cpu_of, medians
from bench.page import show
from bench.plot import bars
from devstack.stack import Stack

GOAL: Final = 1.3
ROUNDS: Final = 25
TIMES: Final = 12
EVENTS: Final = 60
_CONTEXT: Final = SimpleNamespace(aws_request_id="1")


def main(arguments: list[str]) -> None:  # noqa: ARG001 - it takes none
    """Measure and show."""
    with Stack({"LIMITS_FACTOR": "1000000"}, parts=["emulator"]) as stack:
        os.environ.update(stack.environment)
        pairs, ratios = _pairs(), {}
        lines = ["| route | by hand, ms | application, ms | ratio |", "| --- | ---: | ---: | ---: |"]
        for name, (by_hand, ours) in pairs.items():
            ways = {"floor": partial(cpu_of, by_hand, TIMES), "ours": partial(cpu_of, ours, TIMES)}
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # metrics are lines
                found = medians(ways, ROUNDS)
            ratio = ratios[name] = found["ours"] / found["floor"]
            lines.append(f"| `{name}` | {found['floor']:.2f} | {found['ours']:.2f} | {ratio:.2f} |")
    show("cpu", lines)
    bars("cpu", "CPU of a request, in times of its floor", ratios, GOAL)


Pair = tuple[Callable[[], object], Callable[[], object]]


def _pairs() -> dict[str, Pair]:
    import app
    from chalicelib.core import clock
    from devstack.gateway import Gateway

    load(EVENTS, clock.now())
    gateway = Gateway(app.app, Config.create())
    dynamodb = floor.client()
    listed = app.app(gateway.event("GET", "/events?limit=50", {}, None, ""), _CONTEXT)
    event_id = json.loads(listed["body"])[0]["id"]
    reads = {
        "GET /events/{event_id}": floor.event(dynamodb),
        "GET /events/{event_id}/availability": floor.availability(dynamodb),
        "GET /events": floor.events(dynamodb),
    }
    pairs = {name: _read(app.app, gateway, name, event_id, handle) for name, handle in reads.items()}
    return {**pairs, "POST /payments": _purchase(app.app, gateway, dynamodb, event_id)}


def _read(app: Any, gateway: Any, name: str, event_id: str, by_hand: floor.Handler) -> Pair:
    request = gateway.event("GET", name.split(" ")[1].format(event_id=event_id), {}, None, "192.0.2.1")
    ours, hand = app(request, _CONTEXT), by_hand(request)
    assert json.loads(ours["body"]) == json.loads(hand["body"]), (name, ours["body"], hand["body"])
    return lambda: by_hand(request), lambda: app(request, _CONTEXT)


def _purchase(app: Any, gateway: Any, dynamodb: Any, event_id: str) -> Pair:
    from bench.tills import free_till
    from chalicelib.catalog.models import Stock
    from chalicelib.catalog.stock import key
    from chalicelib.payments import till

    remaining: Any = Stock.remaining
    Stock(key(event_id, 0)).update(actions=[remaining["shared"].set(900_000)])
    till.open_with(free_till)
    form = {"username": "amina", "email": "amina@example.com", "_password_hash": "Tiketi@123", "role_id": 3}
    signed_up = app(_post(gateway, "/signup", form | {"phone_number": "0712345678"}), _CONTEXT)
    headers = {"Authorization": f"Bearer {json.loads(signed_up['body'])['token']}"}
    count = 0

    def order() -> dict[str, Any]:
        nonlocal count
        count += 1
        body = {"event_id": event_id, "ticket_type": "regular", "quantity": 2, "phone": f"2547{count:08d}"}
        return _post(gateway, "/payments", body, headers)

    def buy() -> None:
        answer = app(order(), _CONTEXT)
        assert answer["statusCode"] == 202, answer

    buy()
    by_hand = floor.purchase(dynamodb, _recorded(buy, f"2547{count + 1:08d}"), b"key")
    return lambda: by_hand(order()), buy


def _post(gateway: Any, path: str, body: Any, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    sent = {"Content-Type": "application/json", **(headers or {})}
    event: dict[str, Any] = gateway.event("POST", path, sent, json.dumps(body).encode(), "192.0.2.1")
    return event


def _recorded(buy: Callable[[], None], phone: str) -> list[tuple[str, dict[str, Any]]]:
    """The calls of a purchase, with marks for what is another's in the next."""
    calls: list[tuple[str, dict[str, Any]]] = []
    every: Any = botocore.client.BaseClient
    call = every._make_api_call

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append((operation, json.loads(json.dumps(parameters))))
        return call(client, operation, parameters)

    with ExitStack() as ends:
        ends.enter_context(patch.object(every, "_make_api_call", record))
        buy()
    writes = next(parameters for operation, parameters in calls if operation == "TransactWriteItems")
    payment_id = next(
        put["Put"]["Item"]["id"]["S"]
        for put in writes["TransactItems"]
        if put.get("Put", {}).get("Item", {}).get("status")
    )
    text = json.dumps(calls).replace(payment_id, "@id").replace(phone, "@phone")
    text = text.replace(writes["ClientRequestToken"], "@token")
    return [(operation, parameters) for operation, parameters in json.loads(text)]
