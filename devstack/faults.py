"""What AWS may do on a bad day, as ASGI middleware in front of the emulator.

Each request to DynamoDB, its streams or SQS may meet one fault, by the chances of `Faults`. Those that say
"no" come before anything was done; the others leave it done and the caller in the dark. `PUT /_front/faults`
changes the chances, `GET /_front/faults` tells how often each has come.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from random import Random
from typing import Any, Final

from devstack.asgi import Answer, App, Receive, Scope, Send, ask, body_of, refusal, target_of
from devstack.dynamodb_limits import refusals

PATH: Final = "/_front/faults"

_DYNAMODB: Final = "DynamoDB_20120810"
_STREAMS: Final = "DynamoDBStreams_20120810"
_SQS: Final = "AmazonSQS"
_TRANSACTION: Final = "TransactWriteItems"
_WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem", _TRANSACTION})
_READS: Final = frozenset({"GetItem", "BatchGetItem", "Query"})
#: Longer than our clients wait for DynamoDB (3 s), so that it is a time-out.
_HANG_SECONDS: Final = 4.0
#: How long a message that is sent out of its turn stays behind, in seconds at most.
_BEHIND_SECONDS: Final = 5
#: How often each record of a stream comes then.
_TIMES: Final = {"records_lost": 0, "records_twice": 2}


@dataclass(frozen=True)
class Faults:
    """The chance of each fault, from 0 to 1, for each request that it can happen to.

    Attributes:
        throttled: DynamoDB refuses a read or a write, with nothing done.
        conflicts: another transaction is said to be on the items of a write, with nothing done.
        errors_before: 500, with nothing done.
        errors_after: 500, after it was done.
        hangs_after: no answer for so long that the caller gives up, after it was done.
        duplicates: SQS takes a message twice.
        reordered: SQS keeps a message behind later ones.
        redelivered: SQS forgets that a message was deleted, and delivers it again.
        records_lost: records of a stream are passed over, as Lambda does with those it has tried too often.
        records_twice: records of a stream come twice.
    """

    throttled: float = 0.0
    conflicts: float = 0.0
    errors_before: float = 0.0
    errors_after: float = 0.0
    hangs_after: float = 0.0
    duplicates: float = 0.0
    reordered: float = 0.0
    redelivered: float = 0.0
    records_lost: float = 0.0
    records_twice: float = 0.0

    def changed(self, chances: Mapping[str, float]) -> "Faults":
        """These chances with some of them changed; ValueError names what is no fault or no chance."""
        names = {one.name for one in fields(self)}
        wrong = [name for name, chance in chances.items() if name not in names or not 0 <= chance <= 1]
        if wrong:
            raise ValueError(f"no fault, or no chance from 0 to 1: {', '.join(wrong)}")
        return replace(self, **chances)


def possible(target: str) -> list[str]:
    """The faults that a request can meet, by its `X-Amz-Target`; a Scan, by which tests look, meets none."""
    service, _, operation = target.rpartition(".")
    if service == _DYNAMODB and operation in _WRITES:
        return ["throttled", "conflicts", "errors_before", "errors_after", "hangs_after"]
    if service == _DYNAMODB and operation in _READS:
        return ["throttled", "errors_before", "hangs_after"]
    if target == f"{_SQS}.SendMessage":
        return ["errors_before", "errors_after", "duplicates", "reordered"]
    if target == f"{_STREAMS}.GetRecords":
        return ["errors_before", "records_lost", "records_twice"]
    return ["redelivered"] if target == f"{_SQS}.DeleteMessage" else []


class Faulty:
    """An application that answers as the emulator does, unless chance has it otherwise."""

    def __init__(self, app: App, chance: Random) -> None:
        self._app = app
        self._chance = chance
        self._faults = Faults()
        #: How often each fault has come.
        self.met: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._control(scope, await body_of(receive)).give(send)
            return
        target = target_of(scope)
        fault = self._fault(target)
        if fault is None:
            await self._app(scope, receive, send)
            return
        self.met[f"{target.rpartition('.')[2]} {fault}"] += 1
        body = await body_of(receive)
        if fault in _TIMES:
            answer = _with_records(await ask(self._app, scope, body), _TIMES[fault])
        else:
            answer = await self._meet(fault, scope, target, body)
        await answer.give(send)

    def _control(self, scope: Scope, body: bytes) -> Answer:
        if scope["method"] == "PUT":
            try:
                self._faults = self._faults.changed(json.loads(body))
            except ValueError as wrong:
                return refusal({"error": str(wrong)})
        return refusal({"chances": asdict(self._faults), "met": self.met}, 200)

    def _fault(self, target: str) -> str | None:
        """At most one: the draw falls into the part of one of them, or beyond all."""
        drawn = self._chance.random()
        for name in possible(target):
            drawn -= getattr(self._faults, name)
            if drawn < 0:
                return name
        return None

    async def _meet(self, fault: str, scope: Scope, target: str, body: bytes) -> Answer:
        match fault:
            case "throttled":
                return _no(target, body, "ThrottlingError", refusals.throttled(("a table", ""), "writes"))
            case "conflicts":
                return _no(target, body, "TransactionConflict", refusals.conflict())
            case "errors_before":
                return _ERROR
            case "errors_after":
                await ask(self._app, scope, body)
                return _ERROR
            case "hangs_after":
                answer = await ask(self._app, scope, body)
                await asyncio.sleep(_HANG_SECONDS)
                return answer
            case "duplicates":
                await ask(self._app, scope, body)
                return await ask(self._app, scope, body)
            case "reordered":
                seconds = self._chance.randint(1, _BEHIND_SECONDS)
                later = {"DelaySeconds": seconds} | json.loads(body)
                later["DelaySeconds"] = max(seconds, later["DelaySeconds"])
                return await ask(self._app, *_with_body(scope, later))
            case _:  # redelivered
                return refusal({}, 200)


def _no(target: str, body: bytes, reason: str, single: Mapping[str, Any]) -> Answer:
    if not target.endswith(_TRANSACTION):
        return refusal(single)
    count = len(json.loads(body)["TransactItems"])
    return refusal(refusals.cancelled([reason, *["None"] * (count - 1)]))


def _with_records(answer: Answer, times: int) -> Answer:
    records = [one for one in answer.data.get("Records", ()) for _ in range(times)]
    return answer.but({**answer.data, "Records": records})


def _with_body(scope: Scope, data: Any) -> tuple[Scope, bytes]:
    body = json.dumps(data).encode()
    kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}, body


_ERROR: Final = refusal({"__type": "InternalServerError", "message": "An error in the service."}, 500)
