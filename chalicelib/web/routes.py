"""The service itself: is it alive?"""

from os import environ

from chalice.app import Blueprint
from pydantic import BaseModel

from chalicelib.core.settings import settings
from chalicelib.web.endpoint import PUBLIC, endpoint
from chalicelib.web.ownership import ANYBODYS

service = Blueprint(__name__)


class Health(BaseModel):
    """Alive; `build` is the version that is running."""

    status: str = "ok"
    stage: str
    build: str


@endpoint(service, "GET /health", allow=PUBLIC, whose=ANYBODYS, gives=(200, Health))
def health() -> Health:
    """Liveness, without touching anything else."""
    return Health(stage=settings().stage, build=environ.get("BUILD", "development"))
