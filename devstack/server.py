"""The HTTP server: Chalice's own, on 127.0.0.1, with what a day's work with it needs mended.

`python -m devstack.server --port 8000 [--frontend DIR]` serves `app.app` of the current folder.
"""

import argparse
import base64
import contextlib
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from socketserver import TCPServer
from typing import Any, NamedTuple

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer, ThreadedHTTPServer

from devstack import docs_assets, start_page
from devstack.frontend import Frontend, Page
from devstack.gateway import CATCH_ALL, MAX_REQUEST, Gateway, for_threads, refusal
from devstack.start_page import StartPage

#: Of a body above the limit, so many bytes are read and thrown away, so that the client gets to see the
#: answer.
MAX_DRAINED = 64 * 1024 * 1024
#: Statuses whose answers have no body by definition.
BODILESS = (204, 304)


class _Refused(NamedTuple):
    answer: dict[str, Any]


class Server(ThreadedHTTPServer):
    """A thread a connection, with a queue long enough for a crowd."""

    request_queue_size = 1024

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the machine's name, which can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(ChaliceRequestHandler):
    """One connection. Chalice's own waits 44 ms in every request after a connection's first.

    It writes an answer in two pieces, and Nagle's algorithm holds the second back until the client has
    acknowledged the first. Here an answer is buffered and goes out whole.
    """

    wbufsize = -1
    disable_nagle_algorithm = True
    gateway: Gateway
    frontend: Frontend | None = None
    start_page: StartPage | None = None

    def __init__(self, request: Any, client_address: Any, server: Any, **_: Any) -> None:
        # Not Chalice's own __init__, which makes a gateway anew for every connection.
        super(ChaliceRequestHandler, self).__init__(request, client_address, server)

    def __getattr__(self, name: str) -> Any:
        """Let the application answer methods nobody knows, too; the standard library would hang up."""
        if name.startswith("do_"):
            return self._generic_handle
        raise AttributeError(name)

    def _generic_handle(self) -> None:
        started = time.perf_counter()
        body = self._body()
        own = None if isinstance(body, _Refused) else self._own_answer()
        if isinstance(body, _Refused):
            status = self._send(body.answer)
        elif own:
            status = self._send(own)
        else:
            status = self._send(
                self.gateway.handle_request(
                    self.command, self.path, dict(self.headers), body, self.client_address[0]
                )
            )
        self._log(status, started, "file" if own else self.gateway.route(self.path))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _generic_handle  # noqa: N815

    def _own_answer(self) -> dict[str, Any] | None:
        """What is not the application's to answer: the stack's start page, and files."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        root = self.frontend is None and self.gateway.route("/") == CATCH_ALL
        if self.start_page and (
            answer := self.start_page.answer(self.command, self.path, headers, root=root)
        ):
            return answer
        found = docs_assets.page(self.command, self.path)
        if found is None and self.frontend:
            found = self.frontend.page(self.command, self.path, headers.get("accept", ""))
        return _found(found) if found else None

    def _body(self) -> bytes | _Refused | None:
        if "Transfer-Encoding" in self.headers:
            self._drain_chunks()
            return _Refused(
                refusal(411, "bad_request", "Send the body with a Content-Length, not in chunks.")
            )
        lengths = set(self.headers.get_all("Content-Length", ["0"]))
        text = lengths.pop().strip()
        if lengths or not (text.isascii() and text.isdigit()):
            self.close_connection = True
            return _Refused(refusal(400, "bad_request", "The Content-Length header is not a number."))
        length = int(text)
        if length > MAX_REQUEST:
            self._drain(length)
            return _Refused(refusal(413, "too_large", "A request's body may be 10 MB at most."))
        return self.rfile.read(length) if length else None

    def _drain(self, length: int) -> None:
        self.close_connection = True
        left = min(length, MAX_DRAINED)
        while left and (piece := self.rfile.read(min(left, 64 * 1024))):
            left -= len(piece)

    def _drain_chunks(self) -> None:
        """Read a chunked body away: a client that is still sending would not read the answer."""
        self.close_connection = True
        left = MAX_DRAINED
        while left > 0 and (size := self.rfile.readline(100).strip()):
            try:
                length = int(size, 16)
            except ValueError:
                return
            if length == 0:
                return
            left -= len(self.rfile.read(min(length, left) + 2))

    def _send(self, answer: dict[str, Any]) -> int:
        status = int(answer["statusCode"])
        body: bytes = answer["body"] if isinstance(answer["body"], bytes) else answer["body"].encode()
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body)
        headers = {**answer["headers"], **answer["multiValueHeaders"]}
        names = {name.lower() for name in headers}
        self.send_response(status)
        if "content-type" not in names and status not in BODILESS:
            self.send_header("Content-Type", "application/json")
        if status not in BODILESS and "content-length" not in names:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._send_headers(headers)
        if self.command != "HEAD" and status not in BODILESS:
            self.wfile.write(body)
        return status

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is not HTTP, in JSON."""
        self.close_connection = True
        self.request_version = (
            self.protocol_version
        )  # of what could not be read; without it no headers would go out
        self.command = getattr(self, "command", None) or ""
        reason = self.responses.get(code, ("The request could not be read", ""))[0]
        self._send(refusal(code, "bad_request", message or explain or reason))

    def handle_expect_100(self) -> bool:
        """Send `100 Continue` at once, not with the answer."""
        go_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _log(self, status: int, started: float, route: str) -> None:
        line = {
            "at": self.log_date_time_string(),
            "method": self.command,
            "route": route,  # never the path: a callback's holds its token
            "status": status,
            "ms": round(1000 * (time.perf_counter() - started), 1),
            "from": self.client_address[0],
        }
        print(json.dumps(line), flush=True)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Drop the standard library's line for each request: `_log` writes ours."""


def _found(page: Page) -> dict[str, Any]:
    headers = {"Content-Type": page.content_type, "Cache-Control": "no-cache"}
    return {"statusCode": 200, "headers": headers, "multiValueHeaders": {}, "body": page.body}


def create_server(
    app: Chalice, port: int, frontend: Path | None = None, start_page: StartPage | None = None
) -> LocalDevServer:
    """Chalice's local server for the application, bound to 127.0.0.1 (port 0 picks one), not yet serving."""
    config = Config.create(chalice_app=app, chalice_stage="local")
    parts = {
        "gateway": Gateway(for_threads(app), config),
        "frontend": Frontend(frontend) if frontend else None,
        "start_page": start_page,
    }
    handler = type("BoundHandler", (Handler,), parts)
    return LocalDevServer(app, config, "127.0.0.1", port, handler_cls=handler, server_cls=Server)


def main() -> None:
    """Serve until ended by a signal."""
    parser = argparse.ArgumentParser(description="Serve app.py on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--frontend", type=Path, help="folder of a front end's build, served on the same origin"
    )
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        own = start_page.from_environment(options.port)
        create_server(import_module("app").app, options.port, options.frontend, own).serve_forever()


if __name__ == "__main__":
    main()
