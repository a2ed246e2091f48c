"""AWS in memory (moto), as every unit and route test finds it: tables and queues, empty but for the roles.

They are made once in a process, by the calls that make them anywhere; each test gets a copy. That is a
tenth of the time.
"""

import copy
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID

from tests import shortcut

shortcut.install()

_tables: dict[str, Any] = {}
_queues: dict[str, Any] = {}


@contextmanager
def aws_in_memory() -> Iterator[None]:
    """Fresh tables and queues while it lasts; nothing else is there."""
    from chalicelib.accounts import roles
    from chalicelib.core import queues, tallies

    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        queues._url.cache_clear()
        tallies.forget()
        roles.forget_cached()
        if not _tables:
            _make()
            _tables.update(backend("dynamodb").tables)
            _queues.update(backend("sqs").queues)
        backend("dynamodb").tables = copy.deepcopy(_tables)
        for queue in _queues.values():  # they know their backend, so they are emptied and not copied
            queue._messages, queue._pending_messages, queue.deleted_messages = [], set(), set()
        backend("sqs").queues = dict(_queues)
        yield


def _make() -> None:
    from chalicelib.accounts import roles
    from chalicelib.core.queues import QUEUES
    from chalicelib.tables import TABLES
    from devstack.provision import make_queues

    for table in TABLES:
        table.create_table()
    make_queues(QUEUES)
    roles.put_built_in()


def backend(service: str) -> Any:
    """What moto keeps of a service."""
    return get_backend(service)[DEFAULT_ACCOUNT_ID][os.environ["AWS_DEFAULT_REGION"]]


def spare_the_garbage_collector() -> None:
    """Moto and botocore are hundreds of thousands of objects that stay; walking them costs a quarter."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
