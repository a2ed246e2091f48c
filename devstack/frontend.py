"""Serve a build of the front end on the API's own origin.

Files go out by name, and `index.html` answers a browser's navigation, since the front end draws its own
pages; every other request is the API's.
"""

import mimetypes
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

#: Pages of the API itself that a browser navigates to.
API_PAGES = ("/docs", "/gate")
#: And what the link to one begins with that an e-mail brings.
API_LINKS = "/password-resets/"

# A table of our own: the machine's may say something else of .js.
_TYPES = mimetypes.MimeTypes()
for _type, _ending in (
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("application/json", ".map"),
    ("application/manifest+json", ".webmanifest"),
    ("font/woff", ".woff"),
    ("font/woff2", ".woff2"),
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("image/x-icon", ".ico"),
    ("image/svg+xml", ".svg"),
):
    _TYPES.add_type(_type, _ending)


class Page(NamedTuple):
    """What to send: the bytes and their media type."""

    body: bytes
    content_type: str


class Frontend:
    """A folder with a build of the front end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        if not (self._folder / "index.html").is_file():
            raise FileNotFoundError(f"FRONTEND={folder} has no index.html: name the folder of a build.")

    def page(self, method: str, url: str, accept: str) -> Page | None:
        """The front end's answer, or None where the API is to answer."""
        if method not in ("GET", "HEAD"):
            return None
        path = unquote(url.partition("?")[0].partition("#")[0], errors="replace")
        file = self._file(path)
        if file is None and "text/html" in accept and _is_navigation(path):
            file = self._folder / "index.html"
        return Page(file.read_bytes(), _content_type(file)) if file else None

    def _file(self, path: str) -> Path | None:
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            inside = file.is_relative_to(self._folder) and file.is_file()
        except (OSError, ValueError):  # a name too long, or with a NUL in it, is no file's
            return None
        return file if inside else None


def _is_navigation(path: str) -> bool:
    # A last part with an ending (ticket.png, report.csv, openapi.json) is a file, not a page of the front
    # end.
    is_ours = path in API_PAGES or path.startswith(API_LINKS)
    return not is_ours and "." not in path.rpartition("/")[2]


def _content_type(file: Path) -> str:
    guessed = _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    textual = guessed.startswith("text/") or guessed.endswith(("json", "xml"))
    return f"{guessed}; charset=utf-8" if textual else guessed
