"""The stack's start page: what runs where, and what was sent, whatever lies in the folder."""

import base64
import contextlib
import hashlib
import http.client
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chalicelib.delivery import mime
from chalicelib.delivery.letter import Attachment, Letter
from devstack.demo_accounts import ACCOUNTS
from devstack.start_page import StartPage, from_environment

DOCS = Path(__file__).parents[2] / "docs"
HERE = {"host": "127.0.0.1:8000", "accept": "text/html"}
LETTER = Letter(
    email="amina@example.com",
    phone="254712345678",
    subject="Tiketi zako 2 za <script>alert(1)</script>",
    text="Habari Kĩmani <b>\n",
    html="<p>Habari <script>alert(2)</script></p>",
    attachments=(Attachment("tiketi.pdf", "application/pdf", b"%PDF-1.7"),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.eml").write_text("Subject: not for you\n\n")
    made = tmp_path / "mail"
    made.mkdir()
    return made


@pytest.fixture
def page(folder):
    places = [("API", "http://127.0.0.1:8000/events", "its events"), ("<Gate>", "/gate", "scan & let in")]
    return StartPage(folder, places)


def put(folder, name, content, age=0):
    file = folder / name
    file.write_bytes(content)
    os.utime(file, (1_795_000_000 - age, 1_795_000_000 - age))
    return file


def put_mail(folder, name="1.eml", letter=LETTER, **more):
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return put(folder, name, mime.raw(letter, "Tiketi <t@example.com>", name, at), **more)


def opens(page, path, **headers):
    answer = page.answer("GET", path, HERE | headers)
    return None if answer is None else (answer["statusCode"], answer["headers"], answer["body"])


def text(page, path="/_stack"):
    status, _, body = opens(page, path)
    assert status == 200
    return body.decode()


def test_it_says_what_runs_where_and_who_may_log_in(page):
    shown = text(page)

    assert '<a href="http://127.0.0.1:8000/events">API</a>' in shown
    assert "&lt;Gate&gt;" in shown
    assert all(email in shown for email in ACCOUNTS.values())
    assert "Nothing has been sent yet" in shown


def test_it_needs_no_folder_yet(tmp_path):
    assert "Nothing has been sent yet" in text(StartPage(tmp_path / "none", []))


def test_mails_and_sms_are_listed_newest_first(page, folder):
    put_mail(folder, age=60)
    put(folder, "2.sms.txt", b"To: 254712345678\n\nTiketi yako: http://x\n", age=30)
    put(folder, "3.eml", b"To: zuhura@example.com\r\nSubject: Newest\r\n\r\nHello\r\n")
    put(folder, "notes.txt", b"not a message")

    shown = text(page)

    titles = re.findall(r'<li><a href="/_stack/mail/[^"]+">([^<]+)</a>', shown)
    assert titles == [
        "Newest",
        "Tiketi yako: http://x",
        "Tiketi zako 2 za &lt;script&gt;alert(1)&lt;/script&gt;",
    ]
    assert "<b>SMS</b> to 254712345678" in shown
    assert "<b>E-mail</b> to amina@example.com" in shown
    assert "1 attached" in shown
    assert "notes" not in shown
    assert "<script" not in shown


def test_a_mail_is_shown_as_html_and_as_text_with_its_files(page, folder):
    put_mail(folder)

    shown = text(page, "/_stack/mail/1.eml")

    assert 'src="/_stack/mail/1.eml/html"' in shown
    assert "Habari Kĩmani &lt;b&gt;" in shown
    assert '<a href="/_stack/mail/1.eml/files/0">tiketi.pdf</a>' in shown
    _, headers, body = opens(page, "/_stack/mail/1.eml/files/0")
    assert body == b"%PDF-1.7"
    assert headers["Content-Disposition"] == 'attachment; filename="tiketi.pdf"'
    _, headers, body = opens(page, "/_stack/mail/1.eml/raw")
    assert body == (folder / "1.eml").read_bytes()
    assert headers["Content-Type"] == "application/octet-stream"


def test_the_html_of_a_mail_can_run_nothing_and_reach_nobody(page, folder):
    put_mail(folder)

    frame = re.search(r"<iframe [^>]*>", text(page, "/_stack/mail/1.eml"))[0]
    _, headers, body = opens(page, "/_stack/mail/1.eml/html")

    assert b"<script>alert(2)" in body  # it is there, and dead:
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    policy = headers["Content-Security-Policy"]
    assert "sandbox allow-popups allow-popups-to-escape-sandbox;" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in frame + policy
    assert "allow-same-origin" not in frame + policy


def test_the_page_itself_runs_nothing_either(page, folder):
    put_mail(folder)
    for path in ("/_stack", "/_stack/mail/1.eml", "/_stack/mail/none"):
        _, headers, body = opens(page, path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert b"<script" not in body


def test_what_moves_on_it_is_one_script_that_may_ask_here_and_open_one_socket(folder):
    page = StartPage(folder, [], "ws://127.0.0.1:8002/live")
    put_mail(folder)

    _, headers, body = opens(page, "/_stack")

    [script] = re.findall(r"<script type=\"module\">(.*?)</script>", body.decode(), re.DOTALL)
    assert script.startswith((DOCS / "live.js").read_text())
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = headers["Content-Security-Policy"]
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.endswith("connect-src 'self' ws://127.0.0.1:8002/live")
    assert 'data-socket="ws://127.0.0.1:8002/live"' in body.decode()
    _, headers, body = opens(page, "/_stack/mail/1.eml")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert b"<script" not in body


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.eml", "..%2Fsecret.eml", "%2e%2e%2fsecret.eml", "..", ".", "", "%00.eml"),
        *("/etc/passwd", "%2Fetc%2Fpasswd", "link.eml", "dir.eml", "notes.txt", "x" * 5000),
        *("1.eml/files/1", "1.eml/files/-1", "1.eml/files/²", "1.eml/files", "1.eml/x", "1.eml/html/x"),
        "2.sms.txt/html",
    ],
)
def test_nothing_else_is_ever_read(page, folder, path):
    put_mail(folder)
    put(folder, "2.sms.txt", b"To: 1\n\nx")
    put(folder, "notes.txt", b"private")
    (folder / "link.eml").symlink_to(folder.parent / "secret.eml")
    (folder / "dir.eml").mkdir()

    status, _, body = opens(page, f"/_stack/mail/{path}")

    assert status == 404
    assert b"not for you" not in body
    assert b"private" not in body


@pytest.mark.parametrize("name", ['"><img src=x>.eml', "a b?#%.eml", "ĩ🎉.eml", "..x.eml"])
def test_whatever_a_file_is_called_its_message_opens(page, folder, name):
    put_mail(folder, name)

    shown = text(page)
    [link] = re.findall(r'href="(/_stack/mail/[^"]+)"', shown)

    assert "<img" not in shown
    assert "Habari" in text(page, link)
    _, headers, _ = opens(page, f"{link}/raw")
    assert re.fullmatch(
        r'attachment; filename="[A-Za-z0-9_-][A-Za-z0-9._-]*"', headers["Content-Disposition"]
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Content-Type: text/html; charset=nonsense\r\n\r\n<p>\xff",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Subject: =?utf-8?q?a=0D=0Ab?=\r\nTo: <<<\r\n\r\nx",
    ],
)
def test_a_broken_mail_hides_no_other(page, folder, content):
    put_mail(folder, "1.eml", age=5)
    put(folder, "2.eml", content)

    assert len(re.findall('href="/_stack/mail/', text(page))) == 2
    assert text(page, "/_stack/mail/2.eml")


def test_a_file_of_a_mail_is_downloaded_under_a_harmless_name(page, folder):
    evil = Attachment('../..\\"evil;.html', "text/html", b"<script>")
    put_mail(folder, letter=Letter("a@example.com", "2547", "s", "t", "<p>", None, (evil,)))

    _, headers, _ = opens(page, "/_stack/mail/1.eml/files/0")

    assert headers["Content-Type"] == "application/octet-stream"
    assert re.fullmatch(
        r'attachment; filename="[A-Za-z0-9_-][A-Za-z0-9._-]*"', headers["Content-Disposition"]
    )


@pytest.mark.parametrize("path", ["/_stack", "/_stack/mail/1.eml", "/_stack/mail/1.eml/html", "/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "tiketi.ngrok.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": ""},
        {"host": "[bad"},
        {"x-forwarded-for": "1.2.3.4"},
        {"forwarded": "for=1.2.3.4"},
    ],
)
def test_who_comes_through_a_tunnel_or_by_another_name_sees_nothing(page, folder, path, headers):
    put_mail(folder)

    assert page.answer("GET", path, HERE | headers, root=True) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machines_own_names_count(page, host):
    assert opens(page, "/_stack", host=host)


def test_only_reading_is_answered_and_only_its_own_addresses(page):
    assert page.answer("POST", "/_stack", HERE) is None
    assert page.answer("DELETE", "/_stack/mail/1.eml", HERE) is None
    assert page.answer("GET", "/_stacks", HERE) is None
    assert page.answer("GET", "/events", HERE) is None


def test_the_places_are_the_stacks(monkeypatch, folder):
    monkeypatch.setenv("MAIL_FOLDER", str(folder))
    monkeypatch.setenv("DARAJA_BASE_URL", "http://127.0.0.1:8001")
    monkeypatch.setenv("LIVE_URL", "ws://127.0.0.1:8002/live")
    shown = text(from_environment(8000))
    assert "ws://127.0.0.1:8002/live" in shown
    for address in ("8000/events", "8000/docs", "8000/gate", "8001/simulator/log"):
        assert f'href="http://127.0.0.1:{address}"' in shown

    monkeypatch.setenv("DARAJA_BASE_URL", "https://sandbox.safaricom.co.ke")
    assert "simulator" not in text(from_environment(8000))
    monkeypatch.delenv("MAIL_FOLDER")
    assert from_environment(8000) is None


def asks(url, path, **headers):
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as line:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.getheader("Location"), answer.read()


@pytest.mark.stack
def test_a_browser_at_the_root_is_led_there_and_others_get_the_applications_answer(app, serve, page):
    url = serve(app, None, page)

    assert asks(url, "/", Accept="text/html,*/*")[:2] == (302, "/_stack")
    assert asks(url, "/_stack", Accept="text/html")[0] == 200
    without = serve(app)
    for accept in ("application/json", "*/*", ""):
        status, location, body = asks(url, "/", Accept=accept)
        there = asks(without, "/", Accept=accept)
        assert (status, location, len(body)) == (there[0], None, len(there[2]))
    assert asks(without, "/_stack", Accept="text/html")[0] == 404


@pytest.mark.stack
def test_a_front_end_keeps_the_root(app, serve, page, tmp_path):
    (tmp_path / "index.html").write_text("<html>front end")
    url = serve(app, tmp_path, page)

    assert asks(url, "/", Accept="text/html")[2] == b"<html>front end"
    assert b"The local stack" in asks(url, "/_stack", Accept="text/html")[2]
