"""Whatever an Admin can do to somebody else's thing leaves a line of the trail: asked of each route there is.

A new route that changes something leaves one, or stands in `ELSEWHERE` with the reason why it needs none.
"""

import json

import pytest

from chalicelib.accounts import tokens
from chalicelib.accounts.models import AuditLine, User
from chalicelib.web.caller import SAFE_METHODS
from chalicelib.web.endpoint import ROUTES
from tests.callers import expected
from tests.personal import addresses_in
from tests.scenes import SCENES
from tests.stages import in_memory

OWN = "who calls does it for themself"
NOBODYS = "it needs no log-in, so nobody does it as an Admin"

#: Routes that leave no line, and why.
ELSEWHERE = {
    "POST /signup": OWN,
    "POST /login": OWN,
    "DELETE /logout": OWN,
    "POST /password-resets": NOBODYS,
    "PUT /password-resets/{token}": "whoever has the link is who it was sent to: the line is by them",
    "POST /events": OWN + "; for somebody else there is a line, see test_stepping_in.py",
    "POST /payments": OWN
    + "; a sale for cash and a gift keep who sold them: `sold_by`, which nothing changes",
    "POST /lnmo/{payment_id}/{attempt}/{token}": NOBODYS,
    "POST /lnmo/{payment_id}/{attempt}/{token}/reversal": NOBODYS,
}


@pytest.fixture
def world():
    with in_memory() as stage:
        yield stage.world


def lines():
    return {line.line: line for line in AuditLine.scan()}


def logs_in(person, at):
    """Afresh, since logging out is one of the routes."""
    person.token = tokens.issue(person.id, int(User.get(person.id).token_version), at)


def done_as_admin(world, what):
    """The lines that an Admin leaves who asks a route for something of other people's."""
    logs_in(world.admin, world.town.clock())
    world.somebody()  # a fresh owner: accounts are deleted, too
    wanted, before = SCENES[what](world), lines()
    answer = world.admin.asks(what.split()[0], wanted.path, wanted.body)
    if what not in ELSEWHERE:
        assert answer.status < 300, (what, answer.raw)
    new = [line for key, line in lines().items() if key not in before]
    return [line for line in new if line.by == world.admin.id]


def test_every_thing_that_an_admin_does_is_in_the_trail(world):
    may = [
        what
        for what in SCENES
        if what.split()[0] not in SAFE_METHODS
        and expected(ROUTES[tuple(what.split())], "an Admin") == 200  # the others refuse an Admin, too
    ]

    left = {what: done_as_admin(world, what) for what in may}

    assert {what for what in may if not left[what]} == set(ELSEWHERE)
    for what in set(may) - set(ELSEWHERE):
        assert len(left[what]) == 1, what
        assert not addresses_in(json.dumps([line.details for line in left[what]])), what
