"""The one place that knows Chalice's request: it parses, authorizes, calls the handler, and answers.

A handler is declared with what it is, who may call it, what goes in, what comes out, and what else may come:

    @endpoint(
        payments,
        "POST /payments",
        allow="tickets:buy",
        whose=ANYBODYS,
        takes=Purchase,
        gives=(202, PaymentView),
        raises=(SoldOut, PromptOpen),
    )
    def buy(order: Purchase, caller: Caller) -> PaymentView: ...

It is given, by the names of its parameters: path variables, `caller`, `at` (when the request came),
`source_address` (from which address), `page` (of a list), `query` (a model named by
`asks`), `request` (Chalice's own, for what has no model), and the body under any other name. `ROUTES` lists
what was declared. It is the authorization table (route, permission, whose): routes are guarded by it; its
tests, docs/authorization.md and `/openapi.json` are made from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FunctionType
from typing import Any, Final, NamedTuple, TypeVar, cast

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel

from chalicelib.core import clock, log
from chalicelib.core.dynamo import is_throttled
from chalicelib.core.problems import Busy, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from chalicelib.web import answers, fields, paging, viewer
from chalicelib.web.caller import (
    Caller,
    Credentials,
    Identity,
    credentials,
    idempotency_key,
    is_trusted,
    refuse_forgeable,
)
from chalicelib.web.ownership import Whose

#: Anyone may call. A token is looked at only where the handler asks for its caller.
PUBLIC: Final = "public"
#: Anyone who is signed in may call; the use case decides what is theirs.
SIGNED_IN: Final = "signed in"
#: The same, or who has a signed link to this very thing, `?link=`; the use case checks it (`caller.link`).
SIGNED_IN_OR_LINK: Final = "signed in, or a link"

#: No id or token is longer; DynamoDB refuses keys above 2,048 bytes.
_LONGEST_VARIABLE: Final = 64

Handler = TypeVar("Handler", bound=Callable[..., Any])
#: What else is wrong with a body, by field; given the body as it came, the caller, and the path variables.
Besides = Callable[..., dict[str, str]]
Identify = Callable[[Credentials, Caller], Identity | None]


class Route(NamedTuple):
    """One declared route; `endpoint` says what its fields are. `parameters` are the handler's, by name."""

    method: str
    path: str
    allow: str
    whose: Whose
    takes: type[BaseModel] | None
    asks: type[BaseModel] | None
    gives: tuple[int, type[BaseModel] | str | None]
    raises: tuple[type[Problem], ...]
    cache: str
    handler: Callable[..., Any]
    parameters: tuple[str, ...]
    also: Besides | None = None
    sizes: paging.Sizes = paging.SIZES

    @property
    def takes_key(self) -> bool:
        """Whether an `Idempotency-Key` means something to it."""
        return any(kind.code == "idempotency_mismatch" for kind in self.raises)


#: Every declared route, by method and path.
ROUTES: Final[dict[tuple[str, str], Route]] = {}

_identify: Identify


def identify_with(identify: Identify) -> None:
    """Set how a token becomes an identity; `accounts` knows, and `web` must not import it."""
    global _identify
    _identify = identify


def endpoint(
    blueprint: Blueprint,
    what: str,
    *,
    allow: str,
    whose: Whose,
    takes: type[BaseModel] | None = None,
    asks: type[BaseModel] | None = None,
    gives: tuple[int, type[BaseModel] | str | None] = (200, None),
    raises: tuple[type[Problem], ...] = (),
    cache: str = "",
    also: Besides | None = None,
    sizes: paging.Sizes = paging.SIZES,
) -> Callable[[Handler], Handler]:
    """Declare a route.

    Args:
        blueprint: the capability's Blueprint.
        what: method and path, `GET /events/{event_id}`.
        allow: `PUBLIC`, `SIGNED_IN`, `SIGNED_IN_OR_LINK`, or the permission it needs.
        whose: whose things it is about, one of `web.ownership`; the use case asks the caller for it.
        takes: the model of the body.
        asks: the model of the query string.
        gives: the status on success, and the model of the answer (of an item, where the handler returns a
            list), the media type of what is not JSON, or None for no body.
        raises: what it may refuse with, besides what follows from the rest (see `web/refusals.py`). A test
            that meets a refusal which is not declared fails. Only with one whose code is
            `idempotency_mismatch` among them does the caller's Idempotency-Key count.
        cache: `Cache-Control` directives; with it the answer gets an ETag and If-None-Match is honoured.
        also: what only the database knows to be wrong with a body. Asked where the form is wrong in itself,
            so that all wrong fields are told at once; with a right form the use case finds it out.
        sizes: how much a page of a list has, where that is not as usual.

    Raises:
        TypeError: at import, for a route on somebody's things whose handler does not ask who is calling.
    """
    method, path = what.split(" ")

    def declare(handler: Handler) -> Handler:
        code = cast(FunctionType, handler).__code__
        names = code.co_varnames[: code.co_argcount]
        route = Route(
            method, path, allow, whose, takes, asks, gives, raises, cache, handler, names, also, sizes
        )
        if whose.is_of_somebody and (allow == PUBLIC or "caller" not in route.parameters):
            raise TypeError(f"{what} is about {whose.words}: it must know its caller.")
        ROUTES[method, path] = route

        def view(**variables: str) -> Response:
            return _serve(route, blueprint.current_request, variables)

        view.__name__ = handler.__name__
        # No content types for Chalice: it would answer 415 in a shape of its own.
        blueprint.route(path, methods=[method], content_types=[], name=handler.__name__)(view)
        return handler

    return declare


def raw_body(request: Request) -> bytes:
    """The body's bytes, however API Gateway packed them."""
    body = request.raw_body
    return body if isinstance(body, bytes) else body.encode()


def _serve(route: Route, request: Request, variables: Mapping[str, str]) -> Response:
    try:
        return _call(route, request, variables)
    except Problem as problem:
        return answers.refusal(problem)
    except Exception as error:  # the last line of defence: nothing of it may reach the caller
        if is_throttled(error):
            log.event("request.throttled", route=f"{route.method} {route.path}")
            return answers.refusal(Busy())
        log.crash("request.crashed", route=f"{route.method} {route.path}")
        return answers.refusal(Problem())


def _call(route: Route, request: Request, variables: Mapping[str, str]) -> Response:
    if any(len(value) > _LONGEST_VARIABLE for value in variables.values()):
        raise NotFound
    caller = _caller(route, request)
    query: dict[str, str] = dict(request.query_params.items()) if request.query_params else {}
    scope = paging.scope_of(f"{route.path} {sorted(variables.items())}", query, _user_id(caller))
    page, asked = _asked(route, query, scope)
    given: dict[str, Any] = {"caller": caller, "page": page, "request": request, **variables}
    given |= {"at": caller.at, "source_address": caller.source_address}
    if route.asks:
        given["query"] = asked
    if route.takes:
        body = fields.parse_json(raw_body(request), request.headers.get("content-type", ""))
        given[_body_name(route, given)] = _form(route, route.takes, body, caller, variables)
    result = route.handler(**{name: given[name] for name in route.parameters})
    response = answers.answer(result.items if isinstance(result, paging.Listing) else result, route.gives[0])
    if isinstance(result, paging.Listing):
        response.headers |= paging.link(result, page, query, scope)
    if route.cache and response.status_code == 200:
        seen = request.headers.get("if-none-match", "")
        return answers.with_etag(response, route.cache, seen, private=caller.identity is not None)
    if caller.identity or "Set-Cookie" in response.headers:
        answers.keep_private(response)
    return response


def _asked(route: Route, query: Mapping[str, str], scope: str) -> tuple[paging.Page, BaseModel | None]:
    """The page and the query that were asked for; what is wrong with either is told together."""
    wrong: dict[str, str] = {}
    page, asked = paging.Page(), None
    try:
        page = paging.page_of(query, scope, route.sizes) if "page" in route.parameters else page
    except Invalid as error:
        wrong |= error.fields or {}
    try:
        asked = fields.read(route.asks, query) if route.asks else None
    except Invalid as error:
        wrong |= error.fields or {}
    if wrong:
        raise Invalid(fields=wrong)
    return page, asked


def _form(
    route: Route, takes: type[BaseModel], body: Any, caller: Caller, variables: Mapping[str, str]
) -> BaseModel:
    try:
        return fields.read(takes, body)
    except Invalid as wrong:
        if route.also is None:
            raise
        raise Invalid(fields={**route.also(body, caller, **variables), **(wrong.fields or {})}) from None


def _caller(route: Route, request: Request) -> Caller:
    caller = Caller(
        at=clock.now(),
        source_address=viewer.address_of(request),
        idempotency_key=idempotency_key(request.headers) if route.takes_key else None,
        link=_link(route, request),
    )
    if route.allow == PUBLIC and "caller" not in route.parameters:
        return caller
    given = credentials(request.method, request.headers)
    if route.allow == PUBLIC or caller.link:
        return _known(
            caller, None if given and given.forgeable and not is_trusted(request.headers) else given
        )
    if given is None:
        raise Unauthenticated
    refuse_forgeable(given)
    caller = _known(caller, given)
    if caller.identity is None:
        raise Unauthenticated("This log-in has ended; please log in again.")
    if route.allow not in (SIGNED_IN, SIGNED_IN_OR_LINK) and not caller.may(route.allow):
        raise Forbidden
    return caller


def _known(caller: Caller, given: Credentials | None) -> Caller:
    identity = _identify(given, caller) if given else None
    return replace(caller, identity=identity)


def _link(route: Route, request: Request) -> str | None:
    if route.allow != SIGNED_IN_OR_LINK or not request.query_params:
        return None
    return request.query_params.get("link") or None


def _user_id(caller: Caller) -> str:
    return caller.identity.user_id if caller.identity else ""


def _body_name(route: Route, given: Mapping[str, Any]) -> str:
    return next(name for name in route.parameters if name not in given)
