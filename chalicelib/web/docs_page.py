"""The page that shows the description of the API: Swagger UI draws it in the browser.

Locally its two files come from a package of ours, deployed from a public CDN. Either way the browser checks
that they are these very files, and the page may load nothing else.
"""

import base64
import hashlib
from typing import Final
from urllib.parse import urlsplit

#: Where Swagger UI comes from when `DOCS_ASSETS` says nothing.
SWAGGER_UI: Final = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5.34.0"
#: What the browser checks its files by.
INTEGRITY: Final = {
    "swagger-ui.css": ("sha384-4c3vsE5f+trhFyHrFrLM1fFGUn531NIaC7dcqEWIJdoRQJ5CkJbSuSCwXLpaS1KF"),
    "swagger-ui-bundle.js": ("sha384-9Td7MKiIr2S83E1kZyyVi8KdJw/S8CpAvu0llLyMeg0xq/hDGiZJfVn0fV4llCmK"),
}

# No validatorUrl: it would send the description to somebody else.
_START: Final = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#api", deepLinking: true, displayRequestDuration: true,
  docExpansion: "list", defaultModelsExpandDepth: 0, validatorUrl: null
});"""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tiketi Tamasha: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/swagger-ui.css" integrity="{css}" crossorigin="anonymous">
</head>
<body>
<div id="api"></div>
<noscript>This page needs JavaScript; the same is in <a href="openapi.json">openapi.json</a>.</noscript>
<script src="{assets}/swagger-ui-bundle.js" integrity="{js}" crossorigin="anonymous"></script>
<script>{start}</script>
</body>
</html>
"""


def page(assets: str) -> str:
    """The page, with Swagger UI from a folder or an address (by default `SWAGGER_UI`)."""
    return _PAGE.format(
        assets=assets or SWAGGER_UI,
        css=INTEGRITY["swagger-ui.css"],
        js=INTEGRITY["swagger-ui-bundle.js"],
        start=_START,
    )


def headers(assets: str, url: str) -> dict[str, str]:
    """The page's security headers.

    Args:
        assets: as for `page`.
        url: where the API is; "Try it out" may call there.
    """
    source = f"{assets or SWAGGER_UI}/" if urlsplit(assets or SWAGGER_UI).scheme else "'self'"
    start = base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()
    policy = {
        "default-src": "'none'",
        "script-src": f"{source} 'sha256-{start}'",
        "style-src": f"{source} 'unsafe-inline'",  # Swagger UI writes style attributes
        "img-src": "'self' data:",
        "connect-src": f"'self' {url}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
