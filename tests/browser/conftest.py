"""A real browser, a stack that it may call from some origins, and servers of the tests' own page on them."""

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, sync_playwright

from devstack.stack import Stack
from tests.browser.origins import UNLISTED, WITH_CREDENTIALS, WITHOUT
from tests.browser.tab import Tab
from tests.scenarios.shop import a_phone_that_pays

PAGES = Path(__file__).parent / "pages"
ARGUMENTS = [
    "--no-sandbox",  # as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole service; it serves the tests' page on its own origin too."""
    friends = [f"http://{host}:{WITH_CREDENTIALS}" for host in ("127.0.0.1", "localhost")]
    settings = {
        "ALLOWED_ORIGINS": ",".join([*friends, f"http://localhost:{WITHOUT}"]),
        "CREDENTIAL_ORIGINS": ",".join(friends),
        "DARAJA_SIM_DELAY": "0.3",
        "LIMITS_FACTOR": "1000",
    }
    with Stack(settings, demo=True, frontend=PAGES) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def servers() -> Iterator[None]:
    """The page, on the three other ports."""
    handler = functools.partial(Quiet, directory=str(PAGES))
    running = [
        http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        for port in (WITH_CREDENTIALS, WITHOUT, UNLISTED)
    ]
    for server in running:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    for server in running:
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Start Debian's Chromium, with further arguments; nothing is fetched from anywhere."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "There is no Chromium here: `make test-browser` installs it."
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *more])


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The browser of all pages that need no other arguments."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    context = chromium.new_context()
    yield Tab(context)
    context.close()


@pytest.fixture
def opens(tab: Tab, stack: Stack) -> Callable[..., Tab]:
    """Open the shop's page: on an origin, or on the API's own."""

    def open_on(origin: str = "", **query: str) -> Tab:
        asked = {"phone": a_phone_that_pays()} | ({"api": stack.url} if origin else {}) | query
        tab.page.goto(f"{origin or stack.url}/?{urlencode(asked)}")
        return tab

    return open_on
