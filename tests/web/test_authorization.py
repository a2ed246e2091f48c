"""Every route, asked as everybody, answers as the authorization table says: in memory, and over HTTP.

The table is `ROUTES`: what each route was declared with. `tests/scenes.py` says for each how to ask it for a
thing that is there, `tests/callers.py` who asks; a route that has no scene fails.
"""

from collections.abc import Iterator

import pytest

from chalicelib.accounts.permissions import USER
from chalicelib.web.endpoint import PUBLIC, ROUTES, SIGNED_IN_OR_LINK
from tests.callers import CALLERS, Stage, expected
from tests.scenes import LINKED, SCENES
from tests.stages import in_memory, over_http


@pytest.fixture(
    scope="module",
    params=[in_memory, pytest.param(over_http, marks=[pytest.mark.stack, pytest.mark.slow])],
    ids=["in memory", "over HTTP"],
)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One town for all routes: each scene makes a thing of its own."""
    with request.param() as stage:
        yield stage


def test_every_route_has_a_scene_and_every_scene_a_route(town):
    assert set(SCENES) == {f"{method} {path}" for method, path in ROUTES}


@pytest.mark.parametrize("what", SCENES)
def test_a_route_answers_everybody_as_the_table_says(stage, what):
    route = ROUTES[tuple(what.split(" "))]

    assert stage.answers(route) == {name: expected(route, name) for name in CALLERS}


def test_every_route_that_takes_a_link_has_a_scene_with_one():
    taking = {what for what in SCENES if ROUTES[tuple(what.split(" "))].allow == SIGNED_IN_OR_LINK}

    assert taking == set(LINKED)


@pytest.mark.parametrize("what", LINKED)
def test_a_signed_link_opens_to_everybody_what_it_was_signed_for(stage, what):
    route = ROUTES[tuple(what.split(" "))]

    assert set(stage.answers(route, LINKED).values()) == {200}


def test_the_table_tells_people_apart():
    """The control: with every route open to all, what is asked above would say so."""
    signed_in = list(CALLERS)[4:]
    told_apart = {
        tuple(expected(route, name) for name in signed_in)
        for route in ROUTES.values()
        if route.allow != PUBLIC
    }

    # A user, another organizer, all but this; the organizer, owner and gate; only this, Admin.
    assert (403, 403, 403, 403, 403, 403, 200, 200) in told_apart  # by a permission of Admin's only
    assert (
        404,
        404,
        404,
        200,
        200,
        404,
        404,
        200,
    ) in told_apart  # a payment: its buyer, the organizer, Admin
    assert (404, 404, 404, 404, 200, 404, 404, 404) in told_apart  # a ticket: its owner
    assert (404, 404, 404, 403, 200, 404, 404, 403) in told_apart  # cancelling a payment
    assert (403, 403, 403, 200, 403, 200, 403, 200) in told_apart  # check-in: organizers and the gate


def test_a_thing_that_is_not_there_is_a_404_to_whoever_may(stage):
    for path in ("/users/nobody", "/roles/99", "/roles/x", "/categories/99", "/categories/x"):
        method = "GET" if path.startswith("/users") else "DELETE"
        assert stage.world.admin.asks(method, path).status == 404, path


def test_who_gets_a_further_role_gets_what_it_permits(stage):
    world = stage.world
    role = world.admin.asks("POST", "/roles", {"name": "Curator", "permissions": ["categories:write"]}).body
    person = world.town.signs_up("curator")
    before = person.asks("POST", "/categories", {"name": "Dance"}).status

    given = world.admin.asks("PATCH", f"/users/{person.id}", {"role_ids": [USER, role["id"]]})

    assert (before, given.status) == (403, 200)
    assert person.asks("POST", "/categories", {"name": "Dance"}).status == 201
