"""The service itself: is it alive, and how does one talk to it?"""

from functools import cache
from os import environ
from typing import Any

from chalice.app import Blueprint

from chalicelib.core.settings import settings
from chalicelib.web import docs_page
from chalicelib.web.answers import Reply
from chalicelib.web.endpoint import PUBLIC, ROUTES, endpoint
from chalicelib.web.fields import Schema
from chalicelib.web.ownership import ANYBODYS

service = Blueprint(__name__)


class Health(Schema):
    """Alive; `build` is the version that is running."""

    status: str = "ok"
    stage: str
    build: str


@endpoint(service, "GET /health", allow=PUBLIC, whose=ANYBODYS, gives=(200, Health))
def health() -> Health:
    """Liveness, without touching anything else."""
    return Health(stage=settings().stage, build=_build())


@endpoint(
    service,
    "GET /openapi.json",
    allow=PUBLIC,
    whose=ANYBODYS,
    gives=(200, "application/json"),
    cache="max-age=60",
)
def describe_api() -> Reply:
    """This description, OpenAPI 3.1, made from the routes."""
    return Reply(_description())


@endpoint(service, "GET /docs", allow=PUBLIC, whose=ANYBODYS, gives=(200, "text/html"), cache="max-age=60")
def show_docs() -> Reply:
    """This description as a page on which one can try things out."""
    assets = settings().docs_assets
    headers = docs_page.headers(assets, settings().public_url)
    return Reply(docs_page.page(assets), headers=headers, content_type="text/html; charset=utf-8")


@cache
def _description() -> dict[str, Any]:
    from chalicelib.web.openapi import document  # here: only who asks for it waits for it

    return document(ROUTES.values(), settings().public_url, _build())


def _build() -> str:
    return environ.get("BUILD", "development")
