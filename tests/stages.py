"""The two stores in which the authorization table is asked: in memory, and the running stack."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import requests

from chalicelib.core.settings import settings
from devstack.stack import Stack
from tests import promises
from tests.actors import Answer, Clock, Town
from tests.callers import Stage
from tests.conftest import reconnect
from tests.memory import aws_in_memory
from tests.scenes import World

#: Where the machine's clock counts, which no date in a test may outlast.
FAR_AHEAD = {"start_time": "2099-06-01T16:00:00Z", "end_time": "2099-06-01T22:00:00Z"}


@contextmanager
def in_memory() -> Iterator[Stage]:
    """The whole application in this process, over AWS in memory."""
    from chalicelib.core import clock, counters

    held = Clock()
    clock.set_clock(held)
    many = replace(settings(), limits_factor=1000)  # for a few people who do all of it at one moment
    try:
        with (
            aws_in_memory(),
            patch.object(counters, "settings", lambda: many),
            _peopled(Town(held), {}) as world,
        ):
            yield Stage(world, world.town.asks)
    finally:
        clock.set_clock(None)


@contextmanager
def over_http() -> Iterator[Stage]:
    """The application's own process, asked over HTTP; its tables on the emulator, its M-Pesa the simulator.

    What is asked for is made by this process, over the same tables and with the same keys. It works off the
    queues too, so there is no worker.
    """
    from chalicelib.accounts import roles
    from chalicelib.core import clock

    with (
        Stack({"LIMITS_FACTOR": "1000"}, parts=["emulator", "simulator", "api"]) as stack,
        patch.dict(os.environ, stack.environment),
    ):
        reconnect()
        roles.forget_cached()

        def asks(
            method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
        ) -> Answer:
            sent = requests.request(method, f"{stack.url}{path}", json=body, headers=headers, timeout=40)
            promises.check(method, path, sent.status_code, sent.headers, sent.content)
            return Answer(sent.status_code, sent.headers, sent.content)

        try:
            with _peopled(Town(clock.now), FAR_AHEAD) as world:  # type: ignore[arg-type]
                yield Stage(world, asks)
        finally:
            reconnect()


@contextmanager
def _peopled(town: Town, events: Mapping[str, Any]) -> Iterator[World]:
    from chalicelib.delivery import ways
    from chalicelib.payments import till

    till.open_with(town.till)
    ways.open_with(town.post.ways)
    try:
        people = {
            "a user": town.signs_up("user"),
            "another organizer": town.organizer("other"),
            "the event's organizer": town.organizer("organizer"),
            "the owner": town.signs_up("owner"),
            "the gate": town.signs_up("gate"),
            "an Admin": town.admin(),
        }
        yield World(town, people, events=events)
    finally:
        till.open_with(None)
        ways.open_with(None)
