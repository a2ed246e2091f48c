"""The local stack's start page, `/_stack`: what runs where, and what the service has sent.

It shows links that set passwords, so it answers only who asks this machine by its own name: not through a
tunnel, and not a page elsewhere whose name leads here.
"""

import base64
import hashlib
import os
import re
import textwrap
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from devstack import start_page_live
from devstack.demo_accounts import ACCOUNTS, PASSWORD
from devstack.mailbox import Mailbox, Sent
from devstack.start_page_style import STYLE

#: Where it is.
PATH: Final = "/_stack"
_MAILS: Final = f"{PATH}/mail"
#: So many messages are listed.
_MOST: Final = 50
_OWN_NAMES: Final = ("127.0.0.1", "localhost", "::1")
#: What a proxy or a tunnel adds.
_FORWARDED: Final = ("x-forwarded-for", "x-forwarded-host", "forwarded")
_SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
#: Only this style and frames of our own; no script, but on the page itself where it shows what is live.
_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; frame-src 'self'; "
    f"img-src data:; style-src 'sha256-{_DIGEST}'"
)
#: A mail's own page: its styles and pictures that it brings along; it runs nothing and loads nothing.
_MAIL_POLICY: Final = (
    f"sandbox {_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'"
)

Answer = dict[str, Any]


class StartPage:
    """The page of one stack.

    Args:
        mails: the folder in which e-mails and SMS lie.
        places: what runs where, as (name, address, what it is).
        socket: the address of the WebSockets; without it nothing on the page moves.
    """

    def __init__(self, mails: Path, places: list[tuple[str, str, str]], socket: str = "") -> None:
        self._mailbox = Mailbox(mails)
        self._places = places
        self._socket = socket

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], *, root: bool = False
    ) -> Answer | None:
        """The answer to a request, or None where it is for somebody else.

        Args:
            method: as sent.
            url: path and query.
            headers: one value a name, lower-case.
            root: whether nobody else has `/`, so that a browser that comes there is sent here.
        """
        path = url.partition("?")[0]
        if method not in ("GET", "HEAD") or not _is_from_here(headers):
            return None
        if root and path == "/" and "text/html" in headers.get("accept", ""):
            return _redirect()
        if path == PATH:
            return self._whole()
        if not path.startswith(f"{_MAILS}/"):
            return None
        parts = [unquote(part, errors="replace") for part in path.removeprefix(f"{_MAILS}/").split("/")]
        return self._message(parts) or _html(_page("Not found", "<p>There is no such message.</p>"), 404)

    def _whole(self) -> Answer:
        page = _page("The local stack", self._overview())
        if not self._socket:
            return _html(page)
        return _html(page, policy=f"{_POLICY}; {start_page_live.policy(self._socket)}")

    def _overview(self) -> str:
        places = "".join(
            f'<li><a href="{escape(url)}">{escape(name)}</a><span>{escape(what)}</span></li>'
            for name, url, what in self._places
        )
        accounts = "".join(
            f"<tr><td>{escape(name.capitalize())}</td><td><code>{escape(email)}</code></td></tr>"
            for name, email in ACCOUNTS.items()
        )
        return (
            f'<section><h2>Where things are</h2><ul class="places">{places}</ul></section>\n'
            f"{start_page_live.section(self._socket) if self._socket else ''}"
            f"<section><h2>Demo accounts</h2><table>{accounts}</table>"
            f"<p>The password of all three is <code>{escape(PASSWORD)}</code>.</p></section>\n"
            f"<section><h2>E-mails and SMS</h2>{self._messages()}</section>"
        )

    def _messages(self) -> str:
        rows = "".join(_row(sent) for sent in self._mailbox.newest(_MOST))
        if not rows:
            return "<p>Nothing has been sent yet. Buy a ticket, then load this page again.</p>"
        more = len(self._mailbox.names()) - _MOST
        return f'<ol class="mails">{rows}</ol>' + (
            f"<p>{more} older ones lie in the folder.</p>" * (more > 0)
        )

    def _message(self, parts: list[str]) -> Answer | None:
        name, *rest = parts
        sent = self._mailbox.read(name)
        if sent is None:
            return None
        match rest:
            case []:
                return _html(_page(sent.subject or f"{sent.kind} to {sent.to}", _shown(sent)))
            case ["html"] if sent.html is not None:
                return _answer(sent.html.encode(errors="replace"), "text/html; charset=utf-8", _MAIL_POLICY)
            case ["raw"]:
                return _download(self._mailbox.raw(name) or b"", name)
            case ["files", number] if re.fullmatch(r"\d{1,3}", number) and int(number) < len(sent.files):
                file = sent.files[int(number)]
                return _download(file.content, file.name)
        return None


def from_environment(port: int) -> StartPage | None:
    """The page of the stack whose settings these are; None where there is no folder for mails."""
    folder = os.environ.get("MAIL_FOLDER")
    if not folder:
        return None
    api, simulator = f"http://127.0.0.1:{port}", os.environ.get("DARAJA_BASE_URL", "")
    places = [
        ("API", f"{api}/events", "its events as JSON; everything else is in the documentation"),
        ("Documentation", f"{api}/docs", "every route, to read and to try"),
        ("Gate page", f"{api}/gate", "scan tickets with a phone, also without a network"),
    ]
    if urlsplit(simulator).hostname in _OWN_NAMES:
        log = f"{simulator}/simulator/log"
        places.append(("M-Pesa simulator", log, "what M-Pesa was asked, and what it answered"))
    return StartPage(Path(folder), places, os.environ.get("LIVE_URL", ""))


def _is_from_here(headers: Mapping[str, str]) -> bool:
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return host in _OWN_NAMES and not any(name in headers for name in _FORWARDED)


def _address(sent: Sent, *more: str) -> str:
    return "/".join([_MAILS, quote(sent.name, safe=""), *more])


def _row(sent: Sent) -> str:
    files = f"<span>{len(sent.files)} attached</span>" if sent.files else ""
    return (
        f'<li><a href="{_address(sent)}">{escape(sent.subject or _beginning(sent.text))}</a>'
        f"<small><b>{sent.kind}</b> to {escape(sent.to)} · {sent.at:%d %b %H:%M:%S} UTC{files}</small></li>"
    )


def _beginning(text: str) -> str:
    return textwrap.shorten(text, 80, placeholder=" …")


def _shown(sent: Sent) -> str:
    files = "".join(
        f'<li><a href="{_address(sent, "files", str(number))}">{escape(file.name)}</a>'
        f"<span>{max(1, len(file.content) // 1024):,} KB</span></li>"
        for number, file in enumerate(sent.files)
    )
    html = ""
    if sent.html is not None:
        frame = f'<iframe sandbox="{_SANDBOX}" src="{_address(sent, "html")}" title="The e-mail"></iframe>'
        html = f"<section><h2>As HTML</h2>{frame}</section>"
    return (
        f'<p><a href="{PATH}">← All messages</a></p>'
        f"<section><p><b>{sent.kind}</b> to {escape(sent.to)}, {sent.at:%d %b %Y %H:%M:%S} UTC, "
        f'<a href="{_address(sent, "raw")}">as it was sent</a></p>'
        f"{f'<ul class=files>{files}</ul>' if files else ''}</section>"
        f"{html}<section><h2>As plain text</h2><pre>{escape(sent.text)}</pre></section>"
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<header><div>TIKETI TAMASHA</div><h1>{escape(title)}</h1></header>
<main>
{body}
</main>
</body>
</html>
"""


def _html(page: str, status: int = 200, policy: str = _POLICY) -> Answer:
    return _answer(page.encode(errors="replace"), "text/html; charset=utf-8", policy, status)


def _download(content: bytes, name: str) -> Answer:
    """A file to keep: shown by nobody here, whatever it says it is."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip(".") or "file"
    answer = _answer(content, "application/octet-stream", "sandbox; default-src 'none'")
    answer["headers"]["Content-Disposition"] = f'attachment; filename="{plain}"'
    return answer


def _answer(body: bytes, kind: str, policy: str, status: int = 200) -> Answer:
    headers = {
        "Content-Type": kind,
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": status, "headers": headers, "multiValueHeaders": {}, "body": body}


def _redirect() -> Answer:
    """To the page."""
    answer = _answer(b"", "text/html; charset=utf-8", _POLICY, 302)
    answer["headers"]["Location"] = PATH
    return answer
