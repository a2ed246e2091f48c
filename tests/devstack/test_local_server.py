"""The HTTP server, over real sockets."""

import contextlib
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from chalice.config import Config
from chalice.local import LocalDevServer

pytestmark = pytest.mark.stack


@pytest.fixture
def url(app, serve):
    return serve(app)


def connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer, answer.read()


def raw(url: str, request: bytes) -> bytes:
    host = urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def _spent(connection, rounds: int) -> float:
    started = time.perf_counter()
    for _ in range(rounds):
        ask(connection, "GET", "/health")
    return time.perf_counter() - started


def test_a_kept_connection_does_not_stall_as_chalices_own_server_does(app, url):
    own = LocalDevServer(app, Config.create(chalice_app=app), "127.0.0.1", 0)
    thread = threading.Thread(target=own.server.serve_forever, args=(0.02,))
    thread.start()
    control = connect(f"http://127.0.0.1:{own.server.server_port}")
    ours = connect(url)
    try:
        _spent(control, 1)
        _spent(ours, 1)
        assert _spent(ours, 20) * 5 < _spent(control, 20)
    finally:
        control.close()
        ours.close()
        own.shutdown()
        thread.join()
        own.server.server_close()


def test_requests_at_the_same_time_do_not_see_each_others(url):
    def name(number):
        with contextlib.closing(connect(url)) as connection:
            return json.loads(ask(connection, "GET", f"/slow/{number}")[1])["name"]

    with ThreadPoolExecutor(16) as crowd:
        assert list(crowd.map(name, range(64))) == [str(number) for number in range(64)]


def test_the_clients_address_reaches_the_application(url):
    assert json.loads(ask(connect(url), "GET", "/things/a")[1])["source"] == "127.0.0.1"


def test_one_connection_serves_every_method_known_or_not(url):
    connection = connect(url)
    statuses = [
        ask(connection, method, "/things/a")[0].status
        for method in ("GET", "BREW", "OPTIONS", "HEAD", "DELETE", "PROPFIND", "GET")
    ]

    assert statuses == [200, 405, 204, 200, 204, 405, 200]


def test_an_answer_to_head_has_no_body_but_says_its_length(url):
    said = raw(url, b"HEAD /things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")

    assert body == b""
    assert b"Content-Length: " in head


@pytest.mark.parametrize("path", ["/odd/unchanged", "/things/a"])
def test_an_answer_that_has_no_body_has_no_length_either(url, path):
    method = "GET" if path.startswith("/odd") else "DELETE"
    answer, body = ask(connect(url), method, path)

    assert body == b""
    assert answer.getheader("Content-Length") is None
    assert answer.getheader("Content-Type") is None or answer.status == 304


def test_repeated_headers_stay_apart_and_the_content_type_comes_once(url):
    answer, _ = ask(connect(url), "GET", "/odd/cookies")

    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers.get_all("Content-Type") == ["application/json"]


@pytest.mark.parametrize("length", ["ten", "-1", "1.5", "²", "1, 2", ""])
def test_a_length_that_is_no_number_is_refused(url, length):
    request = f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode(
        "latin-1", "replace"
    )
    said = raw(url, request)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "bad_request"


def test_a_body_over_ten_megabytes_is_refused_and_the_client_sees_it(url):
    answer, body = ask(connect(url), "POST", "/echo", b"x" * (10 * 1024 * 1024 + 1))
    said = json.loads(body)

    assert answer.status == 413
    assert said["code"] == "too_large"
    assert said["request_id"] == answer.getheader("X-Request-Id")
    assert answer.getheader("Access-Control-Allow-Origin") == "*"


def test_a_body_in_chunks_is_refused_rather_than_misread(url):
    answer, _ = ask(connect(url), "POST", "/echo", iter([b"{}", b"x" * 100_000]))

    assert answer.status == 411


def test_what_is_not_http_is_refused_in_json(url):
    said = raw(url, b'GET / "HTTP" 9.9\r\n\r\n')

    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "bad_request"


def test_a_client_that_asks_first_is_told_to_go_on(url):
    host = urlsplit(url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as line:
        line.sendall(
            b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"{}")
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_each_request_leaves_a_line_without_its_path(url, capfd):
    ask(connect(url), "GET", "/things/a-secret-token")
    line = json.loads(capfd.readouterr().out.splitlines()[-1])

    assert line["route"] == "/things/{name}"
    assert line["status"] == 200
    assert "secret" not in json.dumps(line)


def test_a_front_end_is_served_on_the_same_origin(app, serve, tmp_path):
    (tmp_path / "index.html").write_text("<html>")
    connection = connect(serve(app, tmp_path))

    page, body = ask(connection, "GET", "/things/a", headers={"Accept": "text/html"})
    data, _ = ask(connection, "GET", "/things/a", headers={"Accept": "application/json"})

    assert (body, page.getheader("Content-Type")) == (b"<html>", "text/html; charset=utf-8")
    assert data.getheader("Content-Type") == "application/json"
