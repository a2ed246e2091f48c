"""Turning results and refusals into HTTP: JSON bodies, error bodies, ETags."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from chalice.app import Response
from pydantic import BaseModel

from chalicelib.core import log
from chalicelib.core.problems import Problem

#: The HTTP status of each error code.
STATUS: Final = {
    "bad_request": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "already_exists": 409,
    "in_use": 409,
    "sold_out": 409,
    "sales_closed": 409,
    "prompt_open": 409,
    "already_paid": 409,
    "already_admitted": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "validation_error": 422,
    "idempotency_mismatch": 422,
    "not_valid": 422,
    "rate_limited": 429,
    "internal": 500,
    "payment_refused": 502,
    "busy": 503,
}


class Reply(NamedTuple):
    """An answer that needs more than a body: another status, headers, or text or bytes of some other type."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    content_type: str = "application/json"


def answer(result: Any, status: int) -> Response:
    """The response for what a handler returned.

    Args:
        result: a model, a list of models, plain JSON data, None (no body) or a `Reply`.
        status: the HTTP status, unless a `Reply` names its own.
    """
    reply = result if isinstance(result, Reply) else Reply(result)
    headers: dict[str, Any] = {"Content-Type": reply.content_type, **reply.headers}
    is_json = reply.content_type == "application/json" and not isinstance(reply.body, bytes)
    body = to_json(reply.body) if is_json else reply.body
    if reply.body is None:
        body = ""
    return Response(body, headers, reply.status or status)


def to_json(data: Any) -> str:
    """JSON text of a model, a list of models, or plain data."""
    if isinstance(data, BaseModel):
        return data.model_dump_json()
    if isinstance(data, Sequence) and not isinstance(data, str):
        return f"[{','.join(map(to_json, data))}]"
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def refusal(problem: Problem) -> Response:
    """The response for a refusal, in the one shape that all errors have; no cache keeps it.

    What one may not see, or is not there, another may see, or is there a second later.
    """
    body = {"code": problem.code, "message": problem.message}
    if problem.fields:
        body |= {"fields": problem.fields}  # type: ignore[dict-item]
    body |= problem.details | {"request_id": log.request_id.get()}
    always = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    headers: dict[str, Any] = always | problem.headers
    status = STATUS[problem.code]
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(to_json(body), headers, status)


def keep_private(response: Response) -> None:
    """Let nobody keep an answer that is for its caller only."""
    response.headers |= {"Cache-Control": "private, no-store", "Vary": "Origin, Authorization, Cookie"}


def with_etag(response: Response, cache: str, if_none_match: str, *, private: bool) -> Response:
    """Add a weak ETag and `Cache-Control`; answer 304 to somebody who has this very body.

    Args:
        response: a 200 whose body is text.
        cache: the directives, such as `max-age=1`.
        if_none_match: the request's header, "" if it has none.
        private: whether the answer depends on who asked.
    """
    tag = f'W/"{hashlib.sha256(response.body.encode()).hexdigest()[:20]}"'
    response.headers |= {
        "ETag": tag,
        "Cache-Control": f"{'private' if private else 'public'}, {cache}",
        "Vary": "Origin, Authorization, Cookie",
    }
    # RFC 9110 13.1.2: If-None-Match compares weakly, so W/ makes no difference.
    known = {candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")}
    if "*" in known or tag.removeprefix("W/") in known:
        response.status_code, response.body = 304, ""
    return response
