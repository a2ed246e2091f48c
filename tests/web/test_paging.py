import re
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.problems import Invalid
from chalicelib.web.paging import Listing, Page, link, page_of, scope_of

REFUSED = {"cursor": "Does not belong to this list; start again without it."}
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
        assert refused.fields == REFUSED
    else:
        assert page.after == place  # the last base64 digit may hold bits that mean nothing


@given(st.one_of(st.text(min_size=1), st.from_regex(r"[A-Za-z0-9_-]{22,90}=?", fullmatch=True)))
def test_whatever_text_comes_as_a_cursor_is_refused(text):
    with pytest.raises(Invalid) as refused:
        page_of({"cursor": text}, "scope")

    assert refused.value.fields == REFUSED


@given(PLACES, PLACES, PLACES, st.data())
def test_cursors_that_are_cut_and_pasted_lead_only_where_ours_do(place, other, elsewhere, data):
    ours = [(place, "scope"), (other, "scope"), (elsewhere, "another scope")]
    cursors = [next_query(link(Listing([], to), Page(), {}, scope))["cursor"] for to, scope in ours]
    cuts = st.integers(0, max(map(len, cursors)))
    parts = st.one_of(
        st.text(max_size=5),
        st.builds(lambda cursor, *cut: cursor[slice(*cut)], st.sampled_from(cursors), cuts, cuts),
    )
    pasted = "".join(data.draw(st.lists(parts, min_size=1, max_size=3))) or "A"

    try:
        page = page_of({"cursor": pasted}, "scope")
    except Invalid as refused:
        assert refused.fields == REFUSED
    else:
        assert page.after in (place, other)


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
