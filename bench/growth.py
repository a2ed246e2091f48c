"""Whether requests cost more when more is stored: 10 to 10,000 events, and 10,000 to 200,000 payments.

`python -m bench growth --events 10 --payments 100 2000` asks with other numbers.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

from bench import catalog
from bench.capacity import Meter, metered
from bench.page import show
from devstack.stack import Stack

EVENTS: Final = (10, 1_000, 10_000)
PAYMENTS: Final = (10_000, 200_000)
#: So many people have bought; each has their share of the payments.
_BUYERS: Final = 200
_CONTEXT: Final = SimpleNamespace(aws_request_id="1")


def main(arguments: list[str]) -> None:
    """Load, ask, show."""
    parser = argparse.ArgumentParser(prog="python -m bench growth")
    parser.add_argument("--events", type=int, nargs="*", default=EVENTS)
    parser.add_argument("--payments", type=int, nargs="*", default=PAYMENTS)
    options = parser.parse_args(arguments)
    with Stack(parts=["emulator"]) as stack:
        os.environ.update(stack.environment)
        if options.events:
            show("growth", catalog.table(stack, options.events))
        if options.payments:
            show("payments", _columns({size: payments(stack, size) for size in options.payments}))


def _columns(found: Mapping[int, Mapping[str, Meter]]) -> list[str]:
    lines = ["| request | " + " | ".join(f"{size:,} payments" for size in found) + " |"]
    lines.append("| --- |" + " --- |" * len(found))
    for name in next(iter(found.values())):
        lines.append(f"| {name} | " + " | ".join(_said(column[name]) for column in found.values()) + " |")
    return lines


def payments(stack: Stack, size: int) -> dict[str, Meter]:
    """What requests about payments cost with so many stored."""
    import app
    from bench.payments import load
    from bench.tills import free_till
    from chalicelib.accounts.bootstrapping import make_admin
    from chalicelib.accounts.roles import put_built_in
    from chalicelib.core import clock
    from chalicelib.payments import reconciliation, till
    from devstack.gateway import test_client

    catalog.fill(stack, 1)
    put_built_in()
    till.open_with(free_till)
    http = test_client(app.app).http

    def asks(method: str, path: str, body: Any = None, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = http.request(method, path, headers=headers, body=json.dumps(body).encode() if body else b"")
        assert answer.status_code < 300, answer.body
        return answer.json_body

    def signs_up(name: str, role_id: int) -> tuple[str, str]:
        form = {"username": name, "email": f"{name}@example.com", "_password_hash": "Tiketi@123"}
        made = asks("POST", "/signup", form | {"phone_number": "0712345678", "role_id": role_id})
        return made["id"], made["token"]

    (buyer, buyer_token), (seller, seller_token) = signs_up("amina", 3), signs_up("otieno", 2)
    admin, admin_token = signs_up("wanjiru", 3)
    make_admin(admin, clock.now())
    event = asks("POST", "/events", _EVENT, seller_token)
    buyers = [buyer, *(f"buyer-{number}" for number in range(1, _BUYERS))]
    newest = load(size, event["id"], seller, buyers, clock.now())
    order = {"event_id": event["id"], "ticket_type": "regular", "quantity": 1}
    phones = iter(range(254_710_000_000, 254_719_999_999))
    questions: dict[str, Callable[[], Any]] = {
        "`GET /payments`, a buyer": lambda: asks("GET", "/payments", token=buyer_token),
        "`GET /payments`, the organizer": lambda: asks("GET", "/payments", token=seller_token),
        "`GET /payments`, an Admin": lambda: asks("GET", "/payments", token=admin_token),
        "`GET /payments/{payment_id}`": lambda: asks("GET", f"/payments/{newest}", token=buyer_token),
        "`GET /tickets`": lambda: asks("GET", "/tickets", token=buyer_token),
        "`POST /payments`": lambda: asks(
            "POST", "/payments", order | {"phone": str(next(phones))}, buyer_token
        ),
        "reconciliation, nothing due": lambda: reconciliation.run(free_till()),
    }
    found = {}
    for name, ask in questions.items():
        ask()  # so that everything is warm
        with metered() as found[name]:
            ask()
    till.open_with(None)
    return found


def _said(meter: Meter) -> str:
    writes = f", {meter.write_units:g} write" if meter.write_units else ""
    return f"{len(meter.calls)} calls, {meter.items} items, {meter.units:g} read{writes} units"


_EVENT: Final = {
    "event_name": "Blankets & Wine",
    "location": "Loresho Gardens, Nairobi",
    "start_time": "2030-12-24T16:00:00+03:00",
    "end_time": "2030-12-24T22:00:00+03:00",
    "regular_price": 1000,
    "available_tickets": 500,
}
