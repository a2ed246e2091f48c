import re
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.problems import Invalid
from chalicelib.web.paging import Listing, Page, link, page_of, scope_of

PLACES = st.dictionaries(st.text(max_size=10), st.fixed_dictionaries({"S": st.text(max_size=20)}), min_size=1)


def next_query(header: dict[str, str]) -> dict[str, str]:
    query = re.fullmatch(r'<\?(.*)>; rel="next"', header["Link"])
    assert query
    return {name: values[0] for name, values in parse_qs(query[1]).items()}


@given(PLACES, st.integers(1, 100))
def test_a_link_leads_to_the_place_it_was_made_for(place, limit):
    scope = scope_of("/events", {"q": "jazz"}, "me")

    following = next_query(link(Listing([], place), Page(limit), {"q": "jazz"}, scope))

    assert following["q"] == "jazz"
    assert page_of(following, scope) == Page(limit, place)


def test_the_last_page_has_no_link():
    assert link(Listing([]), Page(), {}, "scope") == {}


@given(PLACES, st.data())
def test_a_changed_cursor_is_refused(place, data):
    cursor = next_query(link(Listing([], place), Page(), {}, "scope"))["cursor"]
    spot = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:spot] + ("A" if cursor[spot] != "A" else "B") + cursor[spot + 1 :]

    try:
        page = page_of({"cursor": changed}, "scope")
    except Invalid as refused:
        assert refused.fields == {"cursor": "Does not belong to this list; start again without it."}
    else:
        assert page.after == place  # the last base64 digit may hold bits that mean nothing


@pytest.mark.parametrize(
    "other",
    [
        scope_of("/events", {"q": "rock"}, "me"),
        scope_of("/events", {"q": "jazz"}, "you"),
        scope_of("/search", {"q": "jazz"}, "me"),
    ],
)
def test_a_cursor_fits_only_the_list_it_came_from(other):
    scope = scope_of("/events", {"q": "jazz"}, "me")
    cursor = next_query(link(Listing([], {"id": {"S": "1"}}), Page(), {}, scope))["cursor"]

    with pytest.raises(Invalid):
        page_of({"cursor": cursor}, other)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "٣", "9" * 5000, "0001", "0001000000"])
def test_a_limit_out_of_range_is_refused(limit):
    with pytest.raises(Invalid) as refused:
        page_of({"limit": limit, "cursor": "nonsense"}, "scope")

    assert set(refused.value.fields) == {"limit", "cursor"}


def test_page_numbers_are_ignored():
    assert scope_of("/events", {"page": "3"}, "") == scope_of("/events", {}, "")
    assert page_of({"page": "3"}, "scope") == Page()
