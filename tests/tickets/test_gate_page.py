"""The gate page as it is served; tests/browser/test_scanning.py uses it."""

import base64
import hashlib
import re

import pytest

from chalicelib.tickets import gate_page

#: The bytes of the npm packages jsqr 1.4.0 (dist/jsQR.js) and @noble/ed25519 3.2.0 (index.js).
PINNED = {
    "jsqr.js": "bc40c8a15196236b2314db0856f72ca0b49980cd5413b8c852a7349f5fee0859",
    "noble-ed25519.js": "a4f631d1876b5d9e43a86cd71194ca27b5e1451edf4ba4db9a418f40a475569a",
}


def test_the_page_runs_its_own_scripts_only(town):
    answer = town.asks("GET", "/gate")
    policy = answer.header("Content-Security-Policy")
    page = answer.raw.decode()

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|\sstyle=", page)
    assert answer.header("Permissions-Policy").startswith("camera=(self)")


def test_every_script_that_the_page_or_another_script_wants_is_served(town):
    page = town.asks("GET", "/gate").raw.decode()
    wanted = set(re.findall(r'src="gate/([^"]+)"', page)) | {"sw.js"}
    checked = set()
    while left := wanted - checked:
        name = left.pop()
        answer = town.asks("GET", f"/gate/{name}")
        assert (answer.status, answer.header("Content-Type")) == (200, "text/javascript; charset=utf-8"), name
        checked.add(name)
        wanted |= set(re.findall(r'from "\./([\w.-]+)"', answer.raw.decode()))

    assert checked == {*gate_page._FILES, "sw.js"}


def test_the_worker_keeps_all_of_it_and_changes_with_each_file(town, monkeypatch):
    answer = town.asks("GET", "/gate/sw.js")
    worker = answer.raw.decode()

    assert answer.header("Service-Worker-Allowed") == "/"
    assert all(f'"{name}"' in worker for name in [*gate_page._FILES, "../gate"])
    assert "{" + "version}" not in worker
    text = gate_page._text.__wrapped__
    monkeypatch.setattr(gate_page, "_text", lambda file: text(file) + ("\n" if file == "store.js" else ""))
    assert gate_page._worker() != worker


@pytest.mark.parametrize("name", ["../gate.html", "gate.html", "passwd", "vendor", "jsqr-1.4.0.js"])
def test_nothing_else_is_served(town, name):
    assert town.asks("GET", f"/gate/{name}").status == 404


@pytest.mark.parametrize(("name", "digest"), PINNED.items())
def test_what_others_wrote_is_what_they_published(name, digest):
    file = gate_page._FOLDER / gate_page._FILES[name]

    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    (licence,) = file.parent.glob(f"{name.removesuffix('.js')}-LICENSE.txt")
    assert re.search("MIT License|Apache License", licence.read_text())
