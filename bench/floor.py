"""The hot routes as one would write them by hand: a bare botocore client, the same calls, the same bodies.

Nothing here checks, counts or explains anything. It is what the application's CPU time is held against.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from botocore.config import Config
from botocore.session import get_session

from chalicelib.core.stage import named

Answer = dict[str, Any]
Handler = Callable[[Mapping[str, Any]], Answer]

_LABELS: Final = {"early_booking": "Early booking", "regular": "Regular", "MVP": "MVP"}


def client() -> Any:
    """A DynamoDB client that does nothing but call."""
    return get_session().create_client("dynamodb", config=Config(max_pool_connections=10))


def availability(dynamodb: Any) -> Handler:
    """`GET /events/{event_id}/availability`."""

    def handle(request: Mapping[str, Any]) -> Answer:
        event, stock = _event_and_stock(dynamodb, request["pathParameters"]["event_id"])
        now = datetime.now(UTC)
        remaining = int(stock["remaining"]["M"]["shared"]["N"])
        early = now < _instant(event["early_booking_ends_at"])
        kinds = {
            kind: {
                "label": event["labels"]["M"].get(kind, {"S": _LABELS[kind]})["S"],
                "price": int(price["N"]),
                "available": remaining,
                "on_sale": stock["on_sale"]["BOOL"] and (kind != "early_booking" or early),
            }
            for kind, price in event["prices"]["M"].items()
        }
        version = sum(int(part["N"]) for part in (event["version"], stock["version"], stock["edits"]))
        body = {
            "event_id": event["id"]["S"],
            "available_tickets": remaining,
            "ticket_types": kinds,
            "currency": "KES",
            "version": version,
        }
        return _answer(request, 200, body)

    return handle


def event(dynamodb: Any) -> Handler:
    """`GET /events/{event_id}`."""

    def handle(request: Mapping[str, Any]) -> Answer:
        found, stock = _event_and_stock(dynamodb, request["pathParameters"]["event_id"])
        return _answer(request, 200, _view(found, stock))

    return handle


def events(dynamodb: Any) -> Handler:
    """`GET /events`."""

    def handle(request: Mapping[str, Any]) -> Answer:
        now = datetime.now(UTC)
        found = dynamodb.query(
            TableName=named("events"),
            IndexName="listed",
            KeyConditionExpression="listing = :l and starts_at > :s",
            ExpressionAttributeValues={
                ":l": {"S": "listed"},
                ":s": {"S": (now - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")},
            },
            Limit=100,
        )
        kept = [one for one in found["Items"] if _instant(one["ends_at"]) > now][:50]
        keys = [{"key": {"S": f"{one['id']['S']}#0"}} for one in kept]
        asked = {named("stock"): {"Keys": keys, "ConsistentRead": True}}
        stocks = dynamodb.batch_get_item(RequestItems=asked)["Responses"][named("stock")]
        of = {stock["key"]["S"]: stock for stock in stocks}
        return _answer(request, 200, [_view(one, of[f"{one['id']['S']}#0"]) for one in kept])

    return handle


def purchase(dynamodb: Any, calls: list[tuple[str, dict[str, Any]]], key: bytes) -> Handler:
    """`POST /payments`: the calls that the application was seen to make, with this order's phone and ids.

    `calls` have `@id`, `@phone` and `@token` where those go.
    """
    templates = [(operation, json.dumps(parameters)) for operation, parameters in calls]
    count = 0

    def handle(request: Mapping[str, Any]) -> Answer:
        nonlocal count
        count += 1
        signed, _, signature = request["headers"]["authorization"][7:].rpartition(".")
        hmac.compare_digest(hmac.new(key, signed.encode(), hashlib.sha256).hexdigest(), signature)
        order = json.loads(base64.b64decode(request["body"]))
        payment_id = f"{count:032x}"
        fill = {"@id": payment_id, "@phone": order["phone"], "@token": f"{count:036d}"}
        for operation, template in templates:
            text = template
            for name, value in fill.items():
                text = text.replace(name, value)
            dynamodb._make_api_call(operation, json.loads(text))
        body = order | {"id": payment_id, "status": "Pending", "created_at": datetime.now(UTC).isoformat()}
        return _answer(request, 202, body)

    return handle


def _event_and_stock(dynamodb: Any, event_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    events, stocks = named("events"), named("stock")
    found = dynamodb.batch_get_item(
        RequestItems={
            events: {"Keys": [{"id": {"S": event_id}}], "ConsistentRead": True},
            stocks: {"Keys": [{"key": {"S": f"{event_id}#0"}}], "ConsistentRead": True},
        }
    )["Responses"]
    return found[events][0], found[stocks][0]


def _view(event: Mapping[str, Any], stock: Mapping[str, Any]) -> dict[str, Any]:
    prices = {kind: int(price["N"]) for kind, price in event["prices"]["M"].items()}
    left = sum(int(n["N"]) for n in stock["remaining"]["M"].values())
    quotas = {kind: int(n["N"]) for kind, n in event["quotas"]["M"].items()}
    zone = ZoneInfo(event["timezone"]["S"])
    ends_at = _instant(event["ends_at"])
    return {
        "id": event["id"]["S"],
        "event_id": event["id"]["S"],
        "user_id": event["user_id"]["S"],
        "organizer_ids": [one["S"] for one in event["organizer_ids"]["L"]],
        "event_name": event["name"]["S"],
        "description": event["description"]["S"],
        "tags": ",".join(one["S"] for one in event["tags"]["L"]),
        "location": event["location"]["S"],
        "images": event["images"]["S"],
        "start_time": _shown(_instant(event["starts_at"]), zone),
        "end_time": _shown(ends_at, zone),
        "timezone": event["timezone"]["S"],
        "early_booking_price": prices.get("early_booking"),
        "early_booking_ends": _shown(_instant(event["early_booking_ends_at"]), zone),
        "regular_price": prices.get("regular"),
        "MVP_price": prices.get("MVP"),
        "currency": "KES",
        "labels": {kind: _LABELS[kind] for kind in prices},
        "quotas": quotas,
        "quotas_read": quotas,
        "capacity": int(event["capacity"]["N"]),
        "available_tickets": left,
        "available_tickets_read": left,
        "category_id": int(event["category_id"]["N"]),
        "status": event["status"]["S"] if ends_at > datetime.now(UTC) else "past",
    }


def _instant(value: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(value["S"])


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _answer(request: Mapping[str, Any], status: int, body: Any) -> Answer:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "Content-Type": "application/json",
        "ETag": f'W/"{hashlib.sha256(text.encode()).hexdigest()[:20]}"',
        "Cache-Control": "public, no-cache",
        "Vary": "Origin, Authorization, Cookie",
        "X-Request-Id": request["requestContext"]["requestId"],
    }
    return {"statusCode": status, "headers": headers, "body": text}
