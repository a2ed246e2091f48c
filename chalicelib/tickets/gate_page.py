"""The gate page: one HTML page, its scripts, and the worker that keeps them on the phone.

They lie in `page/`. Two are other people's, pinned, with their licences beside them: jsQR reads QR codes
where the browser cannot, noble-ed25519 checks signatures where it cannot.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).with_name("page")

#: Where each script lies, by the name under which `/gate/…` has it. Those of others say their version.
_FILES: Final = {
    "app.js": "app.js",
    "api.js": "api.js",
    "codes.js": "codes.js",
    "reader.js": "reader.js",
    "scanning.js": "scanning.js",
    "store.js": "store.js",
    "jsqr.js": "vendor/jsqr-1.4.0.js",
    "noble-ed25519.js": "vendor/noble-ed25519-3.2.0.js",
}
WORKER: Final = "sw.js"


@cache
def page() -> str:
    """The page, its style within it."""
    return _text("gate.html").replace("{style}", _text("gate.css"))


@cache
def script(name: str) -> str | None:
    """A script of the page, or its worker; None if there is none of that name."""
    if name == WORKER:
        return _worker()
    return _text(_FILES[name]) if name in _FILES else None


def page_headers() -> dict[str, str]:
    """Nothing but the page's own scripts and its own service; the camera, and no other sensor."""
    style = base64.b64encode(hashlib.sha256(_text("gate.css").encode()).digest()).decode()
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": f"'sha256-{style}'",
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def script_headers(name: str) -> dict[str, str]:
    """The worker may keep the page too, which is above its own path."""
    allowed = {"Service-Worker-Allowed": "/"} if name == WORKER else {}
    return {"X-Content-Type-Options": "nosniff", **allowed}


def _worker() -> str:
    text = _text(WORKER)
    names = ", ".join(f'"{name}"' for name in _FILES)
    whole = "".join([text, page(), *(_text(file) for file in _FILES.values())])
    version = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return text.replace("{files}", names).replace("{version}", version)


@cache
def _text(file: str) -> str:
    return (_FOLDER / file).read_text()
