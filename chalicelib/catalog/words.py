"""Words as the search sees them: no accents, no case, no apostrophes; and the terms they are found by.

Plain rules, the same for the words of an event and for those somebody looks for, in Swahili and English
alike: there is no list of words to leave out, and no grammar.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

#: The beginnings of a word that it can be found by, in letters. A longer word is found by its first six, and
#: the rest is compared.
SHORTEST: Final = 2
LONGEST: Final = 6

#: What people type for the apostrophe of ng'ombe.
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("’‘‛`´ʹʻʼʽ′＇", "'"))


def words(text: str) -> list[str]:
    """The words of a text in their order; an apostrophe joins: ng'ombe is one word, `ngombe`.

    Example:
        >>> words("Ngũgĩ wa Thiong’o")
        ['ngugi', 'wa', 'thiongo']
    """
    return _split(_plain(text).replace("'", ""))


def all_words(*texts: str) -> frozenset[str]:
    """Every word that texts can be found by: where there is an apostrophe, its two sides too."""
    plain = _plain(" ".join(texts))
    return frozenset(_split(plain.replace("'", ""))) | frozenset(_split(plain.replace("'", " ")))


def terms_of(present: Iterable[str]) -> frozenset[str]:
    """The terms that words are found by: their beginnings of 2 to 6 letters."""
    return frozenset(
        word[:letters] for word in present for letters in range(SHORTEST, min(len(word), LONGEST) + 1)
    )


def term_for(wanted: str) -> str | None:
    """The term by which to look for a word, or its beginning; None for one letter, which only narrows."""
    return wanted[:LONGEST] if len(wanted) >= SHORTEST else None


def _plain(text: str) -> str:
    """Letters without accents and case, every apostrophe the same."""
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    # Folding can bring accents, and decomposing apostrophes, so each is done again.
    decomposed = unicodedata.normalize("NFKD", folded).translate(_APOSTROPHES)
    return "".join(letter for letter in decomposed if not unicodedata.category(letter).startswith("M"))


def _split(plain: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()
