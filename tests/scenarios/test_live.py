"""Live availability on the running stack: who watches an event sees its numbers move, whatever gets lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from botocore.config import Config

from devstack.faults import PATH
from devstack.stack import Stack
from tests.scenarios.audience import Audience
from tests.scenarios.shop import Shop, awaited

pytestmark = pytest.mark.stack

WATCHERS, SEATS, SHARDS = 200, 50, 4
#: Seconds within which somebody is told whom nothing holds up, on a machine that does much else.
PROMPTLY = 5
#: Rounds of telling of one event in a second, at most.
A_SECOND = 2


@pytest.fixture(scope="module")
def watched_shop() -> Iterator[Shop]:
    """Its streams can lose records and bring them twice; what mends that comes every second."""
    settings = {"DARAJA_SIM_DELAY": "0.1", "RECONCILE_SECONDS": "1"}
    with Stack(settings, faulty=True) as stack:
        yield Shop(stack)


@pytest.fixture
def shop(watched_shop: Shop) -> Iterator[Shop]:
    yield watched_shop
    streams(watched_shop, records_lost=0, records_twice=0)


def streams(shop: Shop, **chances: float) -> None:
    requests.put(f"{shop.stack.aws_endpoint}{PATH}", json=chances, timeout=10).raise_for_status()


def sells_out(shop: Shop, event: dict, seats: int) -> None:
    """So many people buy one ticket each, some at a time."""
    with ThreadPoolExecutor(8) as threads:
        people = list(threads.map(lambda _: shop.person(), range(8)))
        payments = list(threads.map(lambda n: (people[n % 8], people[n % 8].buys(event)), range(seats)))
        settled = list(threads.map(lambda one: one[0].awaits(one[1])["status"], payments))
    assert settled == ["Completed"] * seats


def test_200_who_watch_a_sale_all_end_on_nothing_left_and_never_go_back(shop: Shop) -> None:
    event = shop.sharded_event(SEATS, shards=SHARDS)
    with Audience(shop.stack.live_url, event["id"], WATCHERS) as audience:
        sells_out(shop, event, SEATS)
        awaited(lambda: audience.all_see(0))

    # The first that each got is the answer to its subscription.
    rounds = [[at for at, _ in watcher.told[1:]] for watcher in audience.watchers]
    seconds = max(one[-1] for one in rounds) - min(one[0] for one in rounds)
    assert max(len(one) for one in rounds) <= A_SECOND * seconds + 1
    numbers: dict[int, int] = {}
    for watcher in audience.watchers:
        assert falls(watcher.shown)
        assert (watcher.shown[0], watcher.shown[-1]) == (SEATS, 0)
        assert not watcher.refused
        for _, state in watcher.told:
            left = state["available_tickets"]
            assert numbers.setdefault(state["version"], left) == left
            assert state["ticket_types"]["regular"]["available"] == left
    assert len(numbers) > 2  # they saw it move
    assert falls([numbers[version] for version in sorted(numbers)])


def falls(numbers: list[int]) -> bool:
    """Whether it never goes up: nothing is given back in these sales."""
    return numbers == sorted(numbers, reverse=True)


def test_what_a_stream_loses_is_told_all_the_same_some_seconds_later(shop: Shop) -> None:
    event, buyer = shop.event(seats=10), shop.person()
    with Audience(shop.stack.live_url, event["id"], 3) as audience:
        streams(shop, records_lost=1)
        buyer.awaits(buyer.buys(event, 3))

        awaited(lambda: audience.all_see(7))


def test_what_a_stream_brings_twice_makes_no_wrong_number(shop: Shop) -> None:
    event = shop.event(seats=12)
    streams(shop, records_twice=1)
    with Audience(shop.stack.live_url, event["id"], 3) as audience:
        sells_out(shop, event, 12)
        awaited(lambda: audience.all_see(0))

    for watcher in audience.watchers:
        assert falls(watcher.shown)


def test_seats_that_come_back_are_seen_too(shop: Shop) -> None:
    event, buyer = shop.event(seats=10), shop.person()
    with Audience(shop.stack.live_url, event["id"], 2) as audience:
        buyer.awaits(buyer.buys(event, 4, phone="254700001032"), "Failed")
        awaited(lambda: audience.all_see(10) and all(len(one.told) > 1 for one in audience.watchers))


def test_whoever_is_dead_delays_nobody(shop: Shop) -> None:
    event, buyer = shop.event(seats=10), shop.person()
    with Audience(shop.stack.live_url, event["id"], 3) as dead:
        for connection_id in followers(shop, event):
            stuff(shop, connection_id, dead)
        with Audience(shop.stack.live_url, event["id"], 10) as audience:
            assert sees_within(audience, lambda: buyer.buys(event, 2), 8) < PROMPTLY
            awaited(lambda: len(followers(shop, event)) == 10)  # who takes nothing is sent away


def test_those_whose_connections_are_gone_are_forgotten_and_delay_nobody(shop: Shop) -> None:
    event, buyer = shop.event(seats=10), shop.person()
    with Audience(shop.stack.live_url, event["id"], 40) as audience:
        shop.stack.kill("live")  # nobody tells the application that they are gone
        audience.watchers.clear()
        shop.stack.start("live")
        with Audience(shop.stack.live_url, event["id"], 5) as others:
            assert sees_within(others, lambda: buyer.buys(event, 2), 8) < PROMPTLY
            awaited(lambda: len(followers(shop, event)) == 5)


def test_whoever_has_the_wrong_event_is_told_so(shop: Shop) -> None:
    event = shop.event(seats=10)
    with Audience(shop.stack.live_url, event["id"], 1) as audience:
        audience.asks({"action": "subscribe", "event_id": "nothing"})
        audience.asks({"action": "ping"})
        audience.asks("what?")
        (watcher,) = audience.watchers
        awaited(lambda: len(watcher.refused) == 3)

    assert [told.get("code", told.get("action")) for told in watcher.refused] == [
        "not_found",
        "pong",
        "bad_request",
    ]


def sees_within(audience: Audience, act, left: int) -> float:
    """Do something; the seconds from its end until everybody sees so many left."""
    act()
    began = time.monotonic()
    awaited(lambda: audience.all_see(left), pause=0.005)
    return time.monotonic() - began


def followers(shop: Shop, event: dict) -> list[str]:
    """The connections that follow an event, as the service has noted them."""
    table = boto3.resource("dynamodb", **shop.aws).Table("tiketi-local-subscriptions")
    return [item["connection_id"] for item in table.scan()["Items"] if item["event_id"] == event["id"]]


def stuff(shop: Shop, connection_id: str, dead: Audience) -> None:
    """Have somebody read no more, and send until nothing more can wait for them."""
    dead.stop_reading()
    endpoint = shop.aws | {"endpoint_url": shop.stack.connections_url}
    lines = boto3.client(
        "apigatewaymanagementapi", **endpoint, config=Config(retries={"total_max_attempts": 1})
    )
    for _ in range(2_000):
        try:
            lines.post_to_connection(ConnectionId=connection_id, Data=b"x" * 60_000)
        except lines.exceptions.LimitExceededException:
            return
    pytest.fail("as much as one likes may wait for somebody who reads nothing")
