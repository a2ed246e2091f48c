"""The WebSocket server in front of an application that only takes down what it is called with."""

import asyncio
import base64
import contextlib
import json
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from local_actors import PROJECT, until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_and_wait

from devstack import asgi
from devstack.live import connection
from devstack.live.gateway import LiveGateway
from devstack.live.management import Management
from devstack.stack import Stack


class App:
    """Answers as told; `called` is what it was called with, by route key."""

    def __init__(self) -> None:
        self.called = defaultdict(list)
        self.answers = {}

    def __call__(self, route, event):
        self.called[route].append(event)
        answer = self.answers.get(route, {"statusCode": 200})
        return answer(event) if callable(answer) else answer

    def ids(self, route):
        return [event["requestContext"]["connectionId"] for event in self.called[route]]

    def bodies(self):
        return [event["body"] for event in self.called["$default"]]


class Line:
    """A gateway that serves the application on a free port, with its management API."""

    def __init__(self, app, gateway, port):
        self.app, self.gateway = app, gateway
        self.url = f"ws://127.0.0.1:{port}/live"
        self._management = Management(gateway.find)

    async def connects(self, query="", **options):
        """A client and the id of its connection."""
        client = await connect(f"{self.url}{query}", proxy=None, **options)
        connection_id = self.app.ids("$connect")[-1]
        await eventually(lambda: self.gateway.find(connection_id))
        return client, connection_id

    async def asks(self, method, connection_id, body=b""):
        scope = {"type": "http", "method": method, "path": f"/@connections/{connection_id}", "headers": []}
        return await asgi.ask(self._management, scope, body)


def on_a_line(story, app=None):
    """Run a story, a coroutine function that takes a Line."""

    async def run():
        with ThreadPoolExecutor(8) as threads:
            gateway = LiveGateway(app or App(), threads)
            port = await gateway.start(0)
            try:
                async with asyncio.timeout(20):
                    await story(Line(gateway._call, gateway, port))
            finally:
                await gateway.stop()

    asyncio.run(run())


async def eventually(condition):
    async with asyncio.timeout(5):
        while not (value := condition()):
            await asyncio.sleep(0.005)
    return value


def test_coming_talking_and_going_reach_the_application_as_api_gateway_tells_them():
    async def story(line):
        client, connection_id = await line.connects("?v=1&v=2", additional_headers={"X-Lang": "sw"})
        await client.send('{"action":"ping"}')
        await client.send(b"\x00\xff")
        await eventually(lambda: len(line.app.called["$default"]) == 2)
        await client.close()
        await eventually(lambda: line.app.called["$disconnect"])

        (came,), (said, binary), (gone,) = (
            line.app.called[route] for route in ("$connect", "$default", "$disconnect")
        )
        for event, kind in ((came, "CONNECT"), (said, "MESSAGE"), (gone, "DISCONNECT")):
            context = event["requestContext"]
            assert context["eventType"] == kind
            assert context["connectionId"] == connection_id
            assert context["identity"]["sourceIp"] == "127.0.0.1"
            assert {"apiId", "stage", "domainName", "connectedAt", "requestTimeEpoch", "requestId"} <= set(
                context
            )
            assert json.dumps(event)
        assert came["headers"]["X-Lang"] == "sw"
        assert came["queryStringParameters"] == {"v": "2"}
        assert came["multiValueQueryStringParameters"] == {"v": ["1", "2"]}
        assert (said["body"], said["isBase64Encoded"]) == ('{"action":"ping"}', False)
        assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\x00\xff", True)
        assert gone["requestContext"]["disconnectStatusCode"] == 1000
        assert line.gateway.find(connection_id) is None

    on_a_line(story)


def raises(event):
    raise RuntimeError("broken\nfunction")


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"statusCode": 403}, 403), ({"statusCode": 429}, 429), (raises, 502), (lambda _: None, 502)],
)
def test_who_is_refused_gets_the_status_and_no_connection(answer, status):
    async def story(line):
        line.app.answers["$connect"] = answer
        with pytest.raises(InvalidStatus) as refused:
            await connect(line.url, proxy=None)

        assert refused.value.response.status_code == status
        assert line.gateway.find(line.app.ids("$connect")[0]) is None
        assert not line.app.called["$disconnect"]

    on_a_line(story)


@pytest.mark.parametrize("path", ["/", "/live/", "/other", "/live/x"])
def test_there_is_one_path(path):
    async def story(line):
        with pytest.raises(InvalidStatus) as refused:
            await connect(line.url.replace("/live", path), proxy=None)

        assert refused.value.response.status_code == 403
        assert not line.app.called

    on_a_line(story)


def test_what_one_says_is_heard_in_order_and_one_at_a_time():
    at_work, most = 0, 0

    def hears(event):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        threading.Event().wait(0.001)
        at_work -= 1
        return {"statusCode": 200}

    async def story(line):
        line.app.answers["$default"] = hears
        client, _ = await line.connects()
        for number in range(50):
            await client.send(str(number))
        await eventually(lambda: len(line.app.bodies()) == 50)

        assert line.app.bodies() == [str(number) for number in range(50)]
        assert most == 1

    on_a_line(story)


def test_who_is_heard_slowly_holds_up_nobody_else():
    go_on = threading.Event()

    def hears(event):
        if event["body"] == "slow":
            go_on.wait(15)
        return {"statusCode": 200}

    async def story(line):
        line.app.answers["$default"] = hears
        slow, _ = await line.connects()
        quick, connection_id = await line.connects()
        await slow.send("slow")
        for _ in range(20):
            await quick.send("quick")
        await eventually(lambda: line.app.bodies().count("quick") == 20)
        assert (await line.asks("POST", connection_id, b"told")).status == 200
        assert await quick.recv() == "told"
        go_on.set()

    on_a_line(story)


def test_a_function_that_fails_is_told_to_the_client_and_the_next_message_is_heard():
    async def story(line):
        line.app.answers["$default"] = raises
        client, connection_id = await line.connects()
        await client.send("x")
        told = json.loads(await client.recv())
        line.app.answers.clear()
        await client.send("y")
        await eventually(lambda: line.app.bodies() == ["x", "y"])

        assert told["message"] == "Internal server error"
        assert told["connectionId"] == connection_id

    on_a_line(story)


def test_what_is_posted_arrives_in_order_and_the_connection_can_be_seen_and_closed():
    async def story(line):
        client, connection_id = await line.connects(user_agent_header="Mozilla")
        for number in range(20):
            assert (await line.asks("POST", connection_id, str(number).encode())).status == 200
        assert [await client.recv() for _ in range(20)] == [str(number) for number in range(20)]

        seen = await line.asks("GET", connection_id)
        assert seen.data["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "Mozilla"}
        assert seen.data["connectedAt"] <= seen.data["lastActiveAt"]

        assert (await line.asks("DELETE", connection_id)).status == 204
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd.code == 1001
        await eventually(lambda: line.app.called["$disconnect"])
        for method in ("POST", "GET", "DELETE"):
            gone = await line.asks(method, connection_id, b"x")
            assert gone.status == 410
            assert (b"x-amzn-errortype", b"GoneException") in gone.headers

    on_a_line(story)


def test_messages_have_the_largest_size_that_api_gateway_allows():
    async def story(line):
        client, connection_id = await line.connects(max_size=None)
        most = b"x" * connection.MESSAGE_BYTES
        assert (await line.asks("POST", connection_id, most)).status == 200
        assert len(await client.recv()) == len(most)
        too_large = await line.asks("POST", connection_id, most + b"x")
        assert too_large.status == 413
        assert (b"x-amzn-errortype", b"PayloadTooLargeException") in too_large.headers

        frame = "y" * connection.FRAME_BYTES
        await client.send([frame] * 4)  # in four frames
        await eventually(lambda: line.app.bodies() == [frame * 4])

    on_a_line(story)


@pytest.mark.parametrize(
    "frames", [["y" * (connection.FRAME_BYTES + 1)], ["y" * connection.FRAME_BYTES] * 4 + ["y"]]
)
def test_who_sends_more_is_hung_up_on(frames):
    async def story(line):
        client, _ = await line.connects()
        with contextlib.suppress(ConnectionClosed):
            await client.send(frames)
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd.code == 1009
        await eventually(lambda: line.app.called["$disconnect"])
        assert not line.app.bodies()

    on_a_line(story)


@pytest.mark.parametrize("quota", ["IDLE_SECONDS", "LIFE_SECONDS"])
def test_who_is_idle_or_there_for_too_long_is_sent_away(monkeypatch, quota):
    monkeypatch.setattr(connection, quota, 0.2)

    async def story(line):
        client, _ = await line.connects()
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd.code == 1001
        await eventually(lambda: line.app.called["$disconnect"])

    on_a_line(story)


def test_who_is_told_something_now_and_then_stays(monkeypatch):
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.2)

    async def story(line):
        client, connection_id = await line.connects()
        for _ in range(8):
            await asyncio.sleep(0.05)
            assert (await line.asks("POST", connection_id, b"x")).status == 200
        assert [await client.recv() for _ in range(8)] == ["x"] * 8

    on_a_line(story)


def test_who_reads_nothing_is_refused_more_and_delays_no_other():
    async def story(line):
        dead, dead_id = await line.connects()
        dead.transport.pause_reading()
        quick, quick_id = await line.connects()
        text = b"x" * 60_000
        for _ in range(500):
            if (await line.asks("POST", dead_id, text)).status == 429:
                break
        else:
            pytest.fail("as much as one likes may wait for somebody who reads nothing")

        assert (await line.asks("POST", quick_id, b"told")).status == 200
        assert await quick.recv() == "told"

    on_a_line(story)


def test_the_end_of_who_was_gone_before_it_was_let_in_is_told_too():
    go_on = threading.Event()

    def admits(event):
        go_on.wait(10)
        return {"statusCode": 200}

    async def story(line):
        line.app.answers["$connect"] = admits
        coming = asyncio.create_task(connect(line.url, proxy=None).__aenter__())
        await eventually(lambda: line.app.called["$connect"])
        coming.cancel()
        await asyncio.sleep(0.05)
        go_on.set()
        await eventually(lambda: line.app.called["$disconnect"])
        assert line.app.ids("$disconnect") == line.app.ids("$connect")

    on_a_line(story)


def test_hundreds_are_served_at_once():
    async def story(line):
        clients = await asyncio.gather(*(connect(line.url, proxy=None) for _ in range(300)))
        ids = line.app.ids("$connect")
        await eventually(lambda: all(line.gateway.find(one) for one in ids))
        assert len(set(ids)) == 300
        for one in ids:
            assert (await line.asks("POST", one, one.encode())).status == 200
        assert {await client.recv() for client in clients} == set(ids)

    on_a_line(story)


@pytest.fixture(scope="module")
def stack():
    """The local stack around the tiny application."""
    parts = ("emulator", "api", "worker", "live")
    with Stack({"RECONCILE_SECONDS": "9"}, project=PROJECT, parts=parts) as running:
        yield running


@pytest.mark.stack
def test_a_change_of_a_table_reaches_a_client(stack):
    with connect_and_wait(stack.live_url, proxy=None) as client:
        client.send("hello")
        assert client.recv(10) == "heard hello"
        requests.post(f"{stack.url}/notes", json={"text": "new"}, timeout=5).raise_for_status()
        assert client.recv(10) == "noted new"
        client.send("poison")
        assert "Internal server error" in client.recv(10)


@pytest.mark.stack
def test_boto3_understands_the_stand_in_of_the_management_api(stack):
    lines = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=stack.connections_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    with pytest.raises(lines.exceptions.GoneException):
        lines.post_to_connection(ConnectionId="bm9ib2R5=", Data=b"x")
    with connect_and_wait(stack.live_url, proxy=None) as client:
        client.send("poison")
        found = json.loads(client.recv(10))["connectionId"]
        lines.post_to_connection(ConnectionId=found, Data="Habari Kĩmani".encode())
        assert client.recv(10) == "Habari Kĩmani"
        assert lines.get_connection(ConnectionId=found)["Identity"]["SourceIp"] == "127.0.0.1"
        with pytest.raises(lines.exceptions.PayloadTooLargeException):
            lines._make_api_call("PostToConnection", {"ConnectionId": found, "Data": b"x" * 131_073})
        lines.delete_connection(ConnectionId=found)
        with pytest.raises(ConnectionClosed):
            client.recv(10)
    until(lambda: _is_gone(lines, found))


def _is_gone(lines, connection_id):
    try:
        lines.get_connection(ConnectionId=connection_id)
    except ClientError as problem:
        return problem.response["Error"]["Code"] == "GoneException"
    return False


@pytest.mark.stack
def test_who_the_application_refuses_does_not_get_in(stack):
    with pytest.raises(InvalidStatus) as refused:
        connect_and_wait(f"{stack.live_url}?refused=403", proxy=None)
    assert refused.value.response.status_code == 403
