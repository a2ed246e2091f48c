"""What DynamoDB answers when something is over its limits, in the shape of its JSON protocol.

Sources: "Error handling with DynamoDB", "Troubleshooting throttling in Amazon DynamoDB" (a partition of an
on-demand table that is over its limit: the reason is `…KeyRangeThroughputExceeded`), and
`TransactionCanceledException` in the Amazon DynamoDB API Reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from devstack.dynamodb_limits.costs import Place

Refusal = dict[str, Any]

_TYPE: Final = "com.amazonaws.dynamodb.v20120810#"
_SAID: Final = {
    "None": None,
    "TransactionConflict": "Transaction is ongoing for the item",
    "ThrottlingError": "Throughput exceeds the current capacity of your table or index.",
}


def throttled(place: Place, kind: str) -> Refusal:
    """Of a single read or write; `kind` is `reads` or `writes`."""
    resource = "Index" if "/" in place[0] else "Table"
    reason = f"{resource}{kind.removesuffix('s').title()}KeyRangeThroughputExceeded"
    said = f"Throughput exceeds the partition's maximum for {place[0]} ({reason})."
    throttling = [{"reason": reason, "resource": place[0]}]
    return {"__type": f"{_TYPE}ThrottlingException", "message": said, "throttlingReasons": throttling}


def conflict() -> Refusal:
    """Of a single write to an item that a transaction is on."""
    said = _SAID["TransactionConflict"]
    return {"__type": f"{_TYPE}TransactionConflictException", "message": said}


def cancelled(reasons: Sequence[str]) -> Refusal:
    """Of a transaction; a reason for each of its items, `None` where nothing is wrong."""
    told = [{"Code": code} | ({"Message": said} if (said := _SAID[code]) else {}) for code in reasons]
    said = (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{', '.join(reasons)}]"
    )
    return {"__type": f"{_TYPE}TransactionCanceledException", "Message": said, "CancellationReasons": told}


def parted(items: Mapping[str, Any], refused: Sequence[object]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `RequestItems` of a BatchWriteItem that are let in, and those that are not (`UnprocessedItems`)."""
    let_in: dict[str, Any] = {}
    left_out: dict[str, Any] = {}
    told = iter(refused)
    for table, entries in items.items():
        for entry in entries:
            (left_out if next(told) else let_in).setdefault(table, []).append(entry)
    return let_in, left_out


def without_reads(parameters: Mapping[str, Any], answer: Any, refused: Sequence[object]) -> Refusal:
    """The answer of a BatchGetItem without what is refused, which stands in `UnprocessedKeys`."""
    told = iter(refused)
    responses, unprocessed = dict(answer["Responses"]), dict(answer.get("UnprocessedKeys") or {})
    for table, wanted in parameters["RequestItems"].items():
        if out := [key for key in wanted["Keys"] if next(told)]:
            unprocessed[table] = {**wanted, "Keys": out}
            found = responses.get(table, ())
            responses[table] = [item for item in found if not any(key.items() <= item.items() for key in out)]
    return {**answer, "Responses": responses, "UnprocessedKeys": unprocessed}
