"""Whom the service itself calls: M-Pesa, the carrier of SMS, AWS, as set; never an address from a body."""

import ast
import socket
from pathlib import Path

import pytest

import chalicelib
from chalicelib.accounts import resetting
from chalicelib.catalog import event_rules
from chalicelib.core.settings import DEFAULTS
from chalicelib.web.endpoint import ROUTES
from tests import promises
from tests.actors import event_form

#: What can open a connection.
_OPENS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
}
#: The modules that do, and the setting that says where to.
CALLERS = {
    "payments/daraja/client.py": "DARAJA_BASE_URL",
    "payments/daraja/access.py": "DARAJA_BASE_URL",
    "payments/shared_token.py": "DARAJA_BASE_URL",
    "delivery/africas_talking.py": "SMS_BASE_URL",
}


def importing(names: set[str]) -> set[str]:
    root = Path(chalicelib.__file__).parent
    return {
        str(path.relative_to(root)) for path in root.rglob("*.py") if names & imports(path.read_text("utf-8"))
    }


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return {name for one in found for name in (one, one.partition(".")[0]) if name not in ("http", "urllib")}


def test_only_these_modules_open_connections():
    assert importing(_OPENS) == set(CALLERS)
    assert set(CALLERS.values()) <= set(DEFAULTS)


def test_no_request_follows_a_redirect():
    """Where they call could send them on, to an address inside."""
    root = Path(chalicelib.__file__).parent
    for name in CALLERS:
        for call in ast.walk(ast.parse((root / name).read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith((".get", ".post", ".request")):
                said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                if "timeout" in said or "headers" in said:
                    assert said.get("allow_redirects") == "False", f"{name}:{call.lineno}"
                    assert "timeout" in said, f"{name}:{call.lineno}"
                    assert "verify" not in said, f"{name}:{call.lineno}"


#: Where only the service itself can go, in many spellings.
INSIDE = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://127.0.0.1:8001/simulator",
    "http://localhost/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://[::1]/",
    "http://10.0.0.1/",
    "https://user:secret@evil.test/x.png",
    "https://evil.test/x.png",
    "data:image/svg+xml,<svg onload='fetch(1)'/>",
]


@pytest.fixture
def offline(monkeypatch):
    """Every look-up of a host and every connection is noted, and fails."""
    tried = []

    def refuse(*where, **_):
        tried.append(where)
        raise OSError("by the test")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


def test_a_picture_is_an_address_that_only_browsers_ask(town, organizer, offline):
    for address in INSIDE:
        made = organizer.asks("POST", "/events", event_form(images=address))
        assert made.status == 201, address
        path = f"/events/{made.body['id']}"
        assert organizer.asks("PATCH", path, {"images": address, "location": "KICC"}).status == 200
        for shown in (path, "/events", f"{path}/report.html", f"{path}/report.svg", "/search?q=wine"):
            assert organizer.asks("GET", shown).status == 200
    town.indexes()
    town.mends()

    assert offline == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "vbscript:x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://evil.test/x",
        "blob:https://evil.test/1",
        "data:text/html,<script>alert(1)</script>",
        "data:application/javascript,alert(1)",
        "//evil.test/x.png",
        "\\\\evil.test\\x.png",
        "/\\evil.test/x.png",
        "https:\n//evil.test",
        "view-source:https://evil.test",
    ],
)
def test_an_address_that_runs_or_leaves_by_another_scheme_is_no_picture(organizer, address):
    assert event_rules.wrong_image(address.strip())
    assert "images" in organizer.asks("POST", "/events", event_form(images=address)).body.get(
        "fields", {"images": 1}
    )


def test_no_form_takes_an_address_to_call():
    schemas = promises.description()["components"]["schemas"]
    forms = {route.takes.__name__ for route in ROUTES.values() if route.takes}
    names = {name for form in forms for name in schemas[form]["properties"]}

    assert not [
        name
        for name in names
        if any(word in name.lower() for word in ("url", "uri", "hook", "callback", "host"))
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"X-Forwarded-Host": "evil.test"},
        {"X-Forwarded-Proto": "http", "Forwarded": "host=evil.test"},
        {"Origin": "https://evil.test", "Referer": "https://evil.test/"},
        {"X-Original-URL": "//evil.test", "X-Rewrite-URL": "//evil.test"},
    ],
)
def test_no_header_says_where_our_addresses_lead(town, organizer, buyer, safaricom, headers):
    """Callback URLs and links in letters begin with PUBLIC_URL, whatever was asked for."""
    event = organizer.event()
    body = {"event_id": event["id"], "ticket_type": "regular", "quantity": 1, "phone": town.another_phone()}
    bought = buyer.asks("POST", "/payments", body, headers)
    assert bought.status == 202
    town.asks("POST", "/password-resets", {"email": "amina@example.com"}, headers)
    safaricom.calls_back(0)
    town.posts()

    assert safaricom.prompts[-1].callback_url.startswith("http://127.0.0.1:8000/lnmo/")
    letters = "".join(one.letter.text + one.letter.html for one in town.post.taken)
    assert "/password-resets/" in letters
    assert "evil.test" not in letters + bought.raw.decode() + str(bought.headers)
    link = resetting.new_link(buyer.id, town.clock())
    assert link
    assert link.startswith("http://127.0.0.1:8000/")
