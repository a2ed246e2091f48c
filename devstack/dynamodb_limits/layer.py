"""ASGI middleware in front of the emulator that lets no more through than DynamoDB would.

It asks the emulator itself for the items as they are before and after a write, since what a write costs
depends on both; those questions count for nothing. A transaction's answer is held back until its time is
over: until then it is on its items. (Others may read what it has written a little sooner than on AWS.)
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from devstack.asgi import Answer, App, Receive, Scope, Send, ask, body_of, target_of
from devstack.asgi import refusal as refused_with
from devstack.dynamodb_limits import refusals
from devstack.dynamodb_limits.costs import Place, by_place, place_of, read_charges, write_charges
from devstack.dynamodb_limits.limits import InFlight, Limits, Partitions
from devstack.dynamodb_limits.refusals import Refusal
from devstack.dynamodb_limits.requests import (
    READS,
    WRITES,
    Table,
    Target,
    in_full,
    read_together,
    tables_of,
    targets,
)
from devstack.dynamodb_limits.sizes import Item

#: Tells how often what was refused: `{"TransactionConflict": 3, "Throttling: events reads": 1}`.
REFUSED_PATH: Final = "/_front/limits"

_TARGET: Final = b"x-amz-target"
_PREFIX: Final = "DynamoDB_20120810."


class Limiting:
    """An application that answers as the emulator does, within DynamoDB's limits.

    Args:
        app: the emulator's ASGI application.
        limits: what one partition takes.
        clock: seconds that only grow.
    """

    def __init__(self, app: App, limits: Limits, clock: Callable[[], float]) -> None:
        self._app = app
        self._limits = limits
        self._clock = clock
        self._partitions = Partitions(limits)
        self._in_flight = InFlight()
        self._tables: dict[str, Table] = {}
        #: How often something was refused, by DynamoDB's name for it, or by what was throttled.
        self.refused: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == REFUSED_PATH:
            await Answer(200, [], b"").but(self.refused).give(send)
            return
        target = target_of(scope)
        operation = target.removeprefix(_PREFIX)
        if not target.startswith(_PREFIX) or operation not in READS | WRITES:
            await self._app(scope, receive, send)
            return
        body = await body_of(receive)
        try:
            parameters = json.loads(body)
            for name in tables_of(operation, parameters):
                if name not in self._tables:
                    described = await self._ask(scope, "DescribeTable", {"TableName": name})
                    self._tables[name] = Table.of(described["Table"])
            wanted = targets(operation, parameters, self._tables)
            together = read_together(operation, parameters)
        except (KeyError, TypeError, ValueError):  # whatever is wrong with it, the emulator says it better
            await (await self._pass(scope, body)).give(send)
            return
        if operation in READS:
            answer = await self._read(scope, operation, parameters, together, body)
        elif operation == "BatchWriteItem":
            answer = await self._write_batch(scope, parameters, wanted)
        else:
            answer = await self._write(scope, operation, wanted, body)
        await asyncio.sleep(self._limits.request_seconds)
        await answer.give(send)

    async def _read(
        self, scope: Scope, operation: str, parameters: Any, together: Sequence[Target], body: bytes
    ) -> Answer:
        """A read changes nothing, so it is made first, and refused once it is known what it costs."""
        answer = await self._pass(scope, body)
        if answer.status != 200:
            return answer
        conflicts = self._in_flight.conflicts(one.name for one in together)
        if any(conflicts):
            return self._cancel("TransactionConflict", conflicts)
        full = in_full(parameters)
        seen = answer.data if full == parameters else await self._ask(scope, operation, full)
        charges, _ = read_charges(operation, full, seen, self._tables)
        now = self._clock()
        throttled = [self._partitions.throttled([one.place], "reads", now) for one in charges]
        place = next((one for one in throttled if one), None)
        if place and operation == "TransactGetItems":
            return self._cancel("ThrottlingError", throttled)
        if place and (operation != "BatchGetItem" or all(throttled)):
            return self._refuse(refusals.throttled(place, "reads"), f"Throttling: {place[0]} reads")
        if place:
            self.refused[f"Throttling: {place[0]} reads"] += 1
        taken = [charge for charge, is_out in zip(charges, throttled, strict=True) if not is_out]
        self._partitions.take(by_place(taken), now)
        return answer.but(refusals.without_reads(parameters, answer.data, throttled)) if place else answer

    async def _write_batch(self, scope: Scope, parameters: Any, wanted: Sequence[Target]) -> Answer:
        """A batch is many writes: what is not let in comes back to be sent again, unless nothing is."""
        refused = [self._refusal("PutItem", [one], [None]) for one in wanted]
        if all(refused):
            first = next(one for one in refused if one)
            return self._refuse(*first)
        let_in, left_out = refusals.parted(parameters["RequestItems"], refused)
        passed = [target for target, is_out in zip(wanted, refused, strict=True) if not is_out]
        body = json.dumps({**parameters, "RequestItems": let_in}).encode()
        answer = await self._write(scope, "BatchWriteItem", passed, body)
        if answer.status != 200 or not left_out:
            return answer
        return answer.but({**answer.data, "UnprocessedItems": left_out})

    async def _write(self, scope: Scope, operation: str, wanted: Sequence[Target], body: bytes) -> Answer:
        """A write is let in by what is known of it before, and pays what it has cost."""
        before = await self._look_up(scope, wanted)
        if operation != "BatchWriteItem" and (refusal := self._refusal(operation, wanted, before)):
            return self._refuse(*refusal)
        items = [one.name for one in wanted] if operation == "TransactWriteItems" else []
        began = self._clock()
        self._in_flight.begin(items)
        try:
            answer = await self._pass(scope, body)
            after = before if answer.status != 200 else await self._look_up(scope, wanted)
            charges = write_charges(
                operation, wanted, before, after, self._tables, refused=answer.status != 200
            )
            self._partitions.take(by_place(charges), self._clock())
            if items:
                await asyncio.sleep(max(0.0, began + self._limits.transaction_seconds - self._clock()))
        finally:
            self._in_flight.end(items)
        return answer

    def _refusal(
        self, operation: str, wanted: Sequence[Target], before: Sequence[Item | None]
    ) -> tuple[Refusal, str] | None:
        """What a write is refused with now, and its name; nothing if it is let in."""
        conflicts = self._in_flight.conflicts(one.name for one in wanted)
        now = self._clock()
        throttled = [
            self._partitions.throttled(self._places(target, old), "writes", now)
            for target, old in zip(wanted, before, strict=True)
        ]
        if operation == "TransactWriteItems":
            for code, hits in (("TransactionConflict", conflicts), ("ThrottlingError", throttled)):
                if any(hits):
                    return refusals.cancelled([code if hit else "None" for hit in hits]), code
            return None
        if any(conflicts):
            return refusals.conflict(), "TransactionConflictException"
        place = next((one for one in throttled if one), None)
        return (refusals.throttled(place, "writes"), f"Throttling: {place[0]} writes") if place else None

    def _places(self, target: Target, old: Item | None) -> list[Place]:
        """Where a write takes units: its item's partition, and those of the index entries known before it."""
        table = self._tables[target.table]
        entries = [
            place_of(table, item, index)
            for item in (old, target.put)
            for index in table.indexes
            if item and index.entry(item, table.keys)
        ]
        return [place_of(table, target.key), *entries]

    def _cancel(self, code: str, hits: Sequence[object]) -> Answer:
        return self._refuse(refusals.cancelled([code if hit else "None" for hit in hits]), code)

    def _refuse(self, refusal: Refusal, name: str) -> Answer:
        self.refused[name] += 1
        return refused_with(refusal)

    async def _look_up(self, scope: Scope, wanted: Sequence[Target]) -> list[Item | None]:
        """The items as they are, in one question."""
        asked: dict[str, Any] = {}
        for one in {target.name: target for target in wanted}.values():
            asked.setdefault(one.table, {"Keys": [], "ConsistentRead": True})["Keys"].append(one.key)
        found = await self._ask(scope, "BatchGetItem", {"RequestItems": asked})
        items = {
            Target(name, self._tables[name].key_of(item)).name: item
            for name, some in found["Responses"].items()
            for item in some
        }
        return [items.get(one.name) for one in wanted]

    async def _ask(self, scope: Scope, operation: str, parameters: Any) -> Any:
        """Ask the emulator something that nobody pays for."""
        own = [(name, value) for name, value in scope["headers"] if name not in (_TARGET, b"content-length")]
        body = json.dumps(parameters).encode()
        headers = [*own, (_TARGET, f"{_PREFIX}{operation}".encode())]
        headers.append((b"content-length", str(len(body)).encode()))
        return (await self._pass({**scope, "headers": headers}, body)).data

    async def _pass(self, scope: Scope, body: bytes) -> Answer:
        """Give a request to the emulator."""
        return await ask(self._app, scope, body)
