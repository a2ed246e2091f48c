"""A short way to moto's DynamoDB and SQS: a call goes from botocore to moto's handler, and its answer back.

Left alone it goes through a signature, a request and an answer of HTTP, a router, and a serialiser that asks
for every value how its shape is named: more than half of all the time that the tests took.
`tests/core/test_shortcut.py` compares both ways. Besides, a transaction keeps for its rollback what it
touches, and not a copy of the whole table for each of its items.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.models import botocore_stubber
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend, Table
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.responses import SQSResponse

#: The other operations are rare. They go the long way, as does whatever has binary values in it.
_HANDLERS: dict[str, type[BaseResponse]] = {
    **dict.fromkeys(("GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"), DynamoHandler),
    **dict.fromkeys(("PutItem", "UpdateItem", "DeleteItem"), DynamoHandler),
    **dict.fromkeys(("BatchWriteItem", "TransactWriteItems", "CreateTable", "DescribeTable"), DynamoHandler),
    **dict.fromkeys(("CreateQueue", "GetQueueUrl", "GetQueueAttributes"), SQSResponse),
    "ChangeMessageVisibility": SQSResponse,
    **dict.fromkeys(("SendMessage", "ReceiveMessage", "DeleteMessage"), SQSResponse),
}
_BINARY = re.compile(rb'"BS?":')

_whole_transaction = DynamoDBBackend.transact_write_items


def install() -> None:
    """Before the first client is made: they take over the handlers that there are by then."""
    BUILTIN_HANDLERS.extend([("before-call.dynamodb", answer), ("before-call.sqs", answer)])
    DynamoDBBackend.transact_write_items = _transact_write_items  # type: ignore[method-assign]
    models.copy = SimpleNamespace(deepcopy=_deepcopy_but_tables)  # type: ignore[attr-defined]


def answer(model: Any, params: Mapping[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
    """What botocore takes for the answer to a call, or None: then the call goes its usual way."""
    is_ours = botocore_stubber.enabled and params["url"].endswith(".amazonaws.com/")
    if not is_ours or model.name not in _HANDLERS or _BINARY.search(params["body"]):
        return None
    handler: Any = _HANDLERS[model.name]()
    handler.body = handler.params = json.loads(params["body"])
    handler.uri, handler.uri_match = params["url"], {}
    handler.current_account, handler.region = DEFAULT_ACCOUNT_ID, params["context"]["client_region"]
    try:
        result = getattr(handler, camelcase_to_underscores(model.name))().result or {}
    except JsonRESTError as error:
        return _http(error.code), _refusal(error, model.service_model)
    except ServiceException:
        return None
    names = model.output_shape.members if model.output_shape else ()
    return _http(200), {name: result[name] for name in names if name in result} | _metadata(200)


def _refusal(error: JsonRESTError, service: Any) -> dict[str, Any]:
    said = json.loads(error.description)
    code = said["__type"].split("#")[-1]
    shape = service.shape_for_error_code(code)
    more = {name: said[name] for name in shape.members if name in said} if shape else {}
    message = said.get("Message") or said.get("message", "")
    return {"Error": {"Code": code, "Message": message}} | more | _metadata(error.code)


def _http(status: int) -> Any:
    return SimpleNamespace(status_code=status)


def _metadata(status: int) -> dict[str, Any]:
    return {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}}


def _transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    """moto's own. What it puts back after a failure are the tables as they are, so that is done here."""
    undo = [_undoing(table, key) for table, key in _touched(backend, transact_items)]
    try:
        _whole_transaction(backend, transact_items)
    except Exception:
        for put_back in undo:
            put_back()
        raise


def _touched(backend: DynamoDBBackend, writes: list[dict[str, Any]]) -> Iterator[tuple[Table, DynamoType]]:
    for write in writes:
        (what,) = write.values()
        table = backend.tables.get(what["TableName"])
        key = (what.get("Key") or what["Item"]).get(table.hash_key_attr) if table else None
        if table and key:
            yield table, DynamoType(key)


def _undoing(table: Table, key: DynamoType) -> Callable[[], None]:
    before: Any = copy.deepcopy(table.items.get(key))
    streamed = len(table.stream_shard.items) if table.stream_shard else 0

    def put_back() -> None:
        if before is None:
            table.items.pop(key, None)
        else:
            table.items[key] = before
        if table.stream_shard:
            del table.stream_shard.items[streamed:]

    return put_back


def _deepcopy_but_tables(thing: Any) -> Any:
    return thing if isinstance(thing, Table) else copy.deepcopy(thing)
