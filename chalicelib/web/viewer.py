"""From which address somebody calls, also where CloudFront stands between (`.chalice/frontend.json`).

What a header says counts only with the key that CloudFront adds; a stranger who calls the API's own domain
may write anything into a header. `X-Forwarded-For` counts never.
"""

import hmac
from typing import Final

from chalice.app import Request

from chalicelib.core.settings import settings

#: CloudFront sets both, whatever the viewer sent under these names.
KEY_HEADER: Final = "x-site-key"
ADDRESS_HEADER: Final = "x-viewer-address"


def address_of(request: Request) -> str:
    """The caller's address; "" if nobody says."""
    key, given = settings().site_key, request.headers.get(KEY_HEADER, "")
    if key and hmac.compare_digest(given.encode(), key.encode()):
        return str(request.headers.get(ADDRESS_HEADER, ""))
    return str(request.context.get("identity", {}).get("sourceIp", ""))
