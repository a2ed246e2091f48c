import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.listing import matches, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("blankets", True),
        ("BLANK", True),
        ("wine nairobi", True),
        ("outdoor", True),
        ("lankets", False),
        ("blankets mombasa", False),
        ("", True),
        ("ngugi", False),
    ],
)
def test_every_word_must_begin_some_word(organizer, town, text, found):
    event = organizer.event()

    answer = town.asks("GET", f"/search?q={text.replace(' ', '%20')}")

    assert [hit["id"] for hit in answer.body] == ([event["id"]] if found else [])


def test_accents_make_no_difference():
    assert matches(words("ngugi murang'a"), "Ngũgĩ wa Thiong'o, Mũrang'a")
    assert matches(words("MŨRANG'A"), "murang'a")


def test_a_category_is_searched_too(organizer, town, clock):
    from chalicelib.catalog import categories

    event = organizer.event(category_id=categories.create("Muziki", clock()).id)

    assert [hit["id"] for hit in town.asks("GET", "/search?q=muz").body] == [event["id"]]


def test_search_is_walked_page_by_page(organizer, town):
    made = {organizer.event(event_name=f"Jazz {n}")["id"] for n in range(3)}
    organizer.event(event_name="Rock")

    first = town.asks("GET", "/search?q=jazz&limit=2")
    link = first.header("Link")
    second = town.asks("GET", "/search" + link[link.index("<") + 1 : link.index(">")])

    assert {hit["id"] for hit in first.body + second.body} == made


@given(st.text())
def test_a_text_matches_itself(text):
    assert matches(words(text), text)
