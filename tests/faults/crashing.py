"""Killing an invocation before or after its call number k to anything outside the process."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.client import BaseClient

Value = TypeVar("Value")

_WRITES = {f"dynamodb {name}" for name in ("TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem")}


class Killed(BaseException):
    """The process died: no `except Exception` of the program sees it, and it calls nobody any more."""


@dataclass
class Crash:
    """Where an invocation dies: at its call number `at` (from 1), before or after the call took effect.

    With `at` 0 it dies nowhere, and `calls` is then how many there are.
    """

    at: int = 0
    after: bool = False
    calls: list[str] = field(default_factory=list)
    dead: bool = False

    def around(self, name: str, call: Callable[[], Value]) -> Value:
        """Make one outgoing call, or die."""
        if self.dead:
            raise Killed
        self.calls.append(name)
        if len(self.calls) != self.at:
            return call()
        self.dead = True
        if self.after:
            call()
        raise Killed

    def __str__(self) -> str:
        name = self.calls[self.at - 1] if len(self.calls) >= self.at > 0 else "?"
        return f"{'after' if self.after else 'before'} call {self.at}, {name}"


@dataclass
class Meanwhile:
    """What somebody else does between two calls of an invocation: before its call number `before`.

    What fails in it is kept, for the program around it may swallow it.
    """

    before: int
    act: Callable[[], object]
    is_on: bool = False
    has_been: bool = False
    failed: Exception | None = None

    def has_its_turn(self) -> None:
        """Count a call of the invocation, and act if it is the one."""
        if self.has_been:
            return
        self.before -= 1
        if self.before == 0:
            self.is_on = self.has_been = True
            try:
                self.act()
            except Exception as error:
                self.failed = error
            finally:
                self.is_on = False


class Outside:
    """Everything outside the process: AWS through botocore, and whatever is wrapped by `watched`.

    Calls are counted, and killed, while an invocation runs (`dying`); what the test itself asks is not.
    """

    def __init__(self) -> None:
        self._crash: Crash | None = None
        self._meanwhile: Meanwhile | None = None
        #: How many calls may have changed a table.
        self.writes = 0
        #: Takes an operation of AWS on itself, if it says so.
        self.instead: Callable[[str, dict[str, Any]], bool] = lambda operation, arguments: False

    @contextmanager
    def dying(self, crash: Crash) -> Iterator[Crash]:
        """One invocation with its crash; swallows the death, since only its process is gone."""
        self._crash = crash
        try:
            yield crash
        except Killed:
            pass
        finally:
            self._crash = None

    @contextmanager
    def interrupted(self, before: int, by: Callable[[], object]) -> Iterator["Meanwhile"]:
        """While this lasts somebody else does something, before call number `before` (from 1) is made."""
        meanwhile = self._meanwhile = Meanwhile(before, by)
        try:
            yield meanwhile
        finally:
            self._meanwhile = None
        if meanwhile.failed:
            raise meanwhile.failed

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody else is at work while an invocation waits."""
        return self._meanwhile is not None and self._meanwhile.is_on

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """What others do meanwhile: Lambda with its queue, M-Pesa calling back."""
        crash, meanwhile = self._crash, self._meanwhile
        self._crash = self._meanwhile = None
        try:
            yield
        finally:
            self._crash, self._meanwhile = crash, meanwhile

    def call(self, name: str, call: Callable[[], Value]) -> Value:
        """Make a call, and die with it if it is its turn."""
        if self._meanwhile:
            self._meanwhile.has_its_turn()
        self.writes += name in _WRITES
        return self._crash.around(name, call) if self._crash else call()

    @contextmanager
    def aws(self) -> Iterator[None]:
        """Watch every call of every AWS client."""
        real = BaseClient._make_api_call

        @functools.wraps(real)
        def watched(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            name = f"{client.meta.service_model.service_name} {operation}"

            def make() -> Any:
                return {} if self.instead(operation, arguments) else real(client, operation, arguments)

            return self.call(name, make)

        BaseClient._make_api_call = watched
        try:
            yield
        finally:
            BaseClient._make_api_call = real
