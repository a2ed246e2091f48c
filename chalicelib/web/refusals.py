"""What a route may refuse with: what it declares by `raises`, and what follows from how it is declared.

| a route | may be refused with |
| --- | --- |
| any | `internal` 500, `busy` 503, and by API Gateway `rate_limited` 429 |
| that not everybody may call | `unauthenticated` 401 |
| the same, with a permission or an unsafe method | `forbidden` 403 |
| on somebody's things, which others may see | `forbidden` 403 |
| on somebody's things, or with variables in its path | `not_found` 404 |
| that takes a body | 400, `too_large` 413, `unsupported_media_type` 415, `validation_error` 422 |
| that asks for a query, is a list, or takes an Idempotency-Key | `validation_error` 422 |
"""

from typing import Final

from chalicelib.core.problems import BadRequest, Busy, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from chalicelib.web.caller import SAFE_METHODS
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, SIGNED_IN_OR_LINK, Route
from chalicelib.web.fields import TooLarge, UnsupportedMediaType


class TooManyRequests(Problem):
    """API Gateway takes no more from this caller, or from all; it never comes from the application."""

    code = "rate_limited"
    message = "Too many requests; please try again in a few seconds."


#: Those that many routes have in the same words.
SHARED: Final = (
    BadRequest,
    Busy,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMediaType,
)


def refusals_of(route: Route) -> list[type[Problem]]:
    """Every kind of refusal, each once."""
    kinds: list[type[Problem]] = [*route.raises]
    if route.takes:
        kinds += [BadRequest, TooLarge, UnsupportedMediaType, Invalid]
    if route.asks or "page" in route.parameters or route.takes_key:
        kinds.append(Invalid)
    if route.allow != PUBLIC:
        kinds.append(Unauthenticated)
        if (
            route.allow not in (SIGNED_IN, SIGNED_IN_OR_LINK)
            or route.method not in SAFE_METHODS
            or route.whose.sees
        ):
            kinds.append(Forbidden)
    if route.whose.is_of_somebody or "{" in route.path:
        kinds.append(NotFound)
    return list(dict.fromkeys([*kinds, TooManyRequests, Problem, Busy]))
