"""How words are compared, and the terms they are found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.words import all_words, term_for, terms_of, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blankets & Wine", ["blankets", "wine"]),
        ("Ngũgĩ wa Thiong'o", ["ngugi", "wa", "thiongo"]),
        ("MŨRANG’A", ["muranga"]),
        ("ng´ombe ngʼombe", ["ngombe", "ngombe"]),
        ("afro-pop, 2026!", ["afro", "pop", "2026"]),
        ("Straße ＣＡＦÉ ﬁlm", ["strasse", "cafe", "film"]),
        ("", []),
        ("... ’", []),
    ],
)
def test_accents_case_signs_and_apostrophes_make_no_difference(text, expected):
    assert words(text) == expected


def test_the_sides_of_an_apostrophe_are_found_too():
    assert all_words("Women's rugby in Murang'a") == {
        "womens", "women", "s", "rugby", "in", "muranga", "murang", "a",
    }  # fmt: skip


def test_a_word_is_found_by_its_first_two_to_six_letters():
    assert terms_of(["mashemeji", "jazz", "ya", "a"]) == {
        "ma", "mas", "mash", "mashe", "mashem", "ja", "jaz", "jazz", "ya",
    }  # fmt: skip


@given(st.text())
def test_every_word_of_a_text_is_found_in_it(text):
    assert set(words(text)) <= all_words(text)


@given(st.text())
def test_words_of_words_are_themselves(text):
    assert words(" ".join(words(text))) == words(text)


@given(st.text(min_size=1), st.integers(min_value=1, max_value=30))
def test_whatever_begins_a_word_has_a_term_that_the_word_is_found_by(text, letters):
    for word in words(text):
        term = term_for(word[:letters])
        assert term in terms_of([word]) if term else letters == 1 or len(word) == 1
