"""Deny by default: a route that does not say whose things it is about is none."""

import pytest
from chalice.app import Blueprint

from chalicelib.web.endpoint import PUBLIC, ROUTES, SIGNED_IN, endpoint
from chalicelib.web.ownership import ANYBODYS, ORGANIZERS, OWNERS


def test_a_route_that_does_not_say_whose_things_it_is_about_is_refused():
    with pytest.raises(TypeError, match="whose"):
        endpoint(Blueprint("stray"), "GET /stray", allow=SIGNED_IN)


@pytest.mark.parametrize("allow", [PUBLIC, SIGNED_IN])
def test_a_route_on_somebodys_things_must_ask_who_is_calling(allow):
    declare = endpoint(Blueprint("stray"), "GET /stray/{stray_id}", allow=allow, whose=OWNERS)

    with pytest.raises(TypeError, match="the owner's"):
        declare(lambda stray_id: stray_id)
    assert ("GET", "/stray/{stray_id}") not in ROUTES


def test_a_route_on_somebodys_things_is_never_public():
    declare = endpoint(Blueprint("stray"), "GET /stray/{stray_id}", allow=PUBLIC, whose=ORGANIZERS)

    with pytest.raises(TypeError, match="organizers'"):
        declare(lambda stray_id, caller: stray_id)


def test_a_route_on_nobodys_things_need_not_ask():
    """The control of the tests above."""
    declare = endpoint(Blueprint("stray"), "GET /stray", allow=SIGNED_IN, whose=ANYBODYS)

    declare(lambda: None)
    assert ROUTES.pop(("GET", "/stray"))
