"""Swagger UI's files for `/docs`, from a package, so that the page needs no network here."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from devstack.frontend import Page

#: The path under which the local server has them.
DOCS_ASSETS: Final = "/docs/assets"

_TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def folder() -> Path:
    """Where the package keeps the files. It is not imported: that would bring all of Flask."""
    found = find_spec("flask_swagger_ui")
    if found is None or found.origin is None:
        raise FileNotFoundError("The package flask-swagger-ui is missing: run make install.")
    return Path(found.origin).parent / "dist"


def page(method: str, url: str) -> Page | None:
    """One of the files, or None if the address is no file's."""
    path, _, name = url.partition("?")[0].rpartition("/")
    kind = _TYPES.get(Path(name).suffix)
    if method not in ("GET", "HEAD") or path != DOCS_ASSETS or kind is None:
        return None
    file = folder() / name
    return Page(file.read_bytes(), kind) if file.is_file() else None
