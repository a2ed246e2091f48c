"""What many operations of the description share: the error's shape, headers, parameters, ways to log in."""

from typing import Any, Final

from chalicelib.core.problems import Problem
from chalicelib.web.answers import STATUS
from chalicelib.web.caller import COOKIE
from chalicelib.web.paging import SIZES, Sizes

Json = dict[str, Any]

ERROR: Final[Json] = {
    "type": "object",
    "description": "Every refusal. Some carry more, as said with them.",
    "required": ["code", "message", "request_id"],
    "properties": {
        "code": {"type": "string", "enum": list(STATUS), "description": "For programs."},
        "message": {"type": "string", "description": "For people: one sentence that says what to do."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "What is wrong, by field; all of them at once.",
        },
        "request_id": {"type": "string", "description": "The same as X-Request-Id: name it if you ask us."},
    },
}

HEADERS: Final[Json] = {
    "X-Request-Id": {
        "description": "Names the request in our logs.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Link": {
        "description": 'The next page, relative to this one: `<?cursor=…>; rel="next"`. Absent on the last.',
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Send it as If-None-Match: while nothing has changed, the answer is 304.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "How long the answer may be kept.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds after which trying again makes sense.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Allow": {"description": "The methods that there are.", "required": True, "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "`Bearer`. API Gateway renames it: do not rely on it.",
        "schema": {"type": "string"},
    },
}

#: The headers of a refusal, besides its request's id.
HEADERS_OF_STATUS: Final = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    429: ("Retry-After",),
    502: ("Retry-After",),
    503: ("Retry-After",),
}


def limit(sizes: Sizes) -> Json:
    """The parameter `limit` of a list whose pages have these sizes."""
    return {
        "name": "limit",
        "in": "query",
        "description": "How many to send at most.",
        "schema": {"type": "integer", "minimum": 1, "maximum": sizes.most, "default": sizes.usual},
    }


PARAMETERS: Final[Json] = {
    "limit": limit(SIZES),
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "Where to go on, from the Link of the page before; it fits this list and caller only.",
        "schema": {"type": "string"},
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and body get the same answer, and nothing is done twice. Kept for 24 h.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of the answer that you have.",
        "schema": {"type": "string"},
    },
}

SECURITY_SCHEMES: Final[Json] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `token` that POST /login and POST /signup answer with. It wins over the cookie.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set by the same two. To change something it counts on our own origin only.",
    },
    "link": {
        "type": "apiKey",
        "in": "query",
        "name": "link",
        "description": "As we send it by e-mail or SMS: signed for one ticket, and not for ever.",
    },
}


def example_of(kind: type[Problem]) -> Json:
    """What a refusal of this kind looks like."""
    body: Json = {"code": kind.code, "message": kind.message}
    if kind.code == "validation_error":
        body["fields"] = {"phone": "Must be a Kenyan mobile number such as 0712 345 678 or +254 712 345 678."}
    return body | {"request_id": "5f0c3b1e-8f0e-4c39-9d0e-2f1f6c1c9a51"}
