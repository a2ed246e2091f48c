"""DynamoDB as every model uses it: connection limits, reads of several tables at once, transactions."""

import random
import time
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Final, cast

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.exceptions import PynamoDBException, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import dynamo_client
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Busy
from chalicelib.core.stage import named

# PynamoDB's defaults (15 s, 30 s) outlast API Gateway's 29 s.
_CONNECT_SECONDS: Final = 2
_READ_SECONDS: Final = 3
_RETRIES: Final = 2
_POOL: Final = 50

#: Tries of one transaction that keeps colliding with others on the same item.
TRIES: Final = 30
#: Seconds. While many wait for one item, longer pauses would leave it idle (docs/performance.md).
_LONGEST_PAUSE: Final = 0.1
#: Cancellation codes that mean "again", not "no".
_COLLISIONS: Final = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_UPDATE_COLLISIONS: Final = frozenset(
    {"TransactionConflictException", "ThrottlingException", "ProvisionedThroughputExceededException"}
)
#: The same, of a transaction that did not come so far as to be cancelled.
_REFUSED_WHOLE: Final = _UPDATE_COLLISIONS | {"TransactionInProgressException"}


class TableMeta:
    """What the inner `Meta` of every model inherits."""

    billing_mode = PAY_PER_REQUEST_BILLING_MODE
    connect_timeout_seconds = _CONNECT_SECONDS
    read_timeout_seconds = _READ_SECONDS
    max_retry_attempts = _RETRIES
    max_pool_connections = _POOL


class ConditionFailed(Exception):
    """A condition of the transaction did not hold, so nothing of it was written."""


class StillColliding(Busy):
    """DynamoDB was too busy with the same items through every try; nothing was written."""


def table_name(name: str) -> str:
    """The name of a table on this stage."""
    return named(name)


@cache
def connection() -> Connection:
    """The connection that all models, transactions and reads of several tables share."""
    return Connection(
        connect_timeout_seconds=_CONNECT_SECONDS,
        read_timeout_seconds=_READ_SECONDS,
        max_retry_attempts=_RETRIES,
        max_pool_connections=_POOL,
    )


dynamo_client.install(connection)


def transact(fill: Callable[[TransactWrite], None], tries: int = TRIES) -> None:
    """Write everything that `fill` adds, or nothing.

    Two transactions that meet on one item cancel each other; that is not a "no", so it is tried again
    after a random pause. All tries carry one ClientRequestToken: a try whose answer was lost is not
    applied a second time.

    Args:
        fill: adds the writes; called once for each try.
        tries: how often it may collide. After fewer than usual a try may still be under way, so what comes
            next has to be refused by a condition if that one is written after all.

    Raises:
        ConditionFailed: a condition did not hold. Which one is not told: PynamoDB reorders the items,
            so their positions mean nothing. Read what you need to know.
        StillColliding: every try met another transaction.
    """
    token = new_id()
    for attempt in range(tries):
        try:
            with TransactWrite(connection=connection(), client_request_token=token) as writing:
                fill(writing)
        except TransactWriteError as error:
            if not _collided(error):
                raise
            _pause(attempt)
        else:
            return
    raise StillColliding


def update(item: Model, actions: Sequence[Action], condition: Condition, tries: int = TRIES) -> None:
    """Update one item, which then holds what is stored.

    A transaction that is on the item at the same moment makes DynamoDB refuse the update; that is not a
    "no" either, so it is tried again, `tries` times in all.

    Raises:
        ConditionFailed: the condition did not hold.
        StillColliding: every try met a transaction.
    """
    for attempt in range(tries):
        try:
            item.update(actions=list(actions), condition=condition)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise ConditionFailed from error
            if error.cause_response_code not in _UPDATE_COLLISIONS:
                raise
            _pause(attempt)
        else:
            return
    raise StillColliding


def is_throttled(error: Exception) -> bool:
    """Whether DynamoDB refused a request because it was too busy, so that nothing of it was done."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _UPDATE_COLLISIONS
    return isinstance(error, PynamoDBException) and error.cause_response_code in _UPDATE_COLLISIONS


def _collided(error: TransactWriteError) -> bool:
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    if "ConditionalCheckFailed" in codes:
        raise ConditionFailed from error
    return bool(codes & _COLLISIONS) or error.cause_response_code in _REFUSED_WHOLE


#: A model and a hash key.
Key = tuple[type[Model], str]


def read_together(keys: Collection[Key]) -> dict[Key, Any]:
    """Read items of several tables in one round trip, each as of now (strongly consistent).

    Args:
        keys: 100 at most.

    Returns:
        The items found, by their keys.

    Raises:
        StillColliding: DynamoDB kept leaving some out.

    Example:
        >>> found = read_together([(Event, event_id), (Stock, f"{event_id}#0")])  # doctest: +SKIP
    """
    models = {model.Meta.table_name: model for model, _ in keys}
    wanted: dict[str, Any] = {name: {"Keys": [], "ConsistentRead": True} for name in models}
    for model, key in keys:
        wanted[model.Meta.table_name]["Keys"].append({_hash_key(model): {"S": key}})
    found: dict[Key, Any] = {}
    for attempt in range(TRIES):
        try:
            answer = cast(Any, connection().client).batch_get_item(RequestItems=wanted)
        except ClientError as error:
            if not is_throttled(error):
                raise
            _pause(attempt)
            continue
        for name, items in answer["Responses"].items():
            model = models[name]
            found |= {(model, raw[_hash_key(model)]["S"]): model.from_raw_data(raw) for raw in items}
        wanted = answer.get("UnprocessedKeys")
        if not wanted:
            return found
        _pause(attempt)
    raise StillColliding


def _pause(attempt: int) -> None:
    """Wait a random moment, longer each time, so that those who collided do not meet again."""
    time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - jitter, not a secret


def _hash_key(model: type[Model]) -> str:
    return cast(str, model._hash_key_attribute().attr_name)
