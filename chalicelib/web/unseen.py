"""Letters that nobody sees: with them two names look the same, or a name reads as what it is not."""

import unicodedata
from itertools import pairwise
from typing import Final

#: They join letters of some scripts, and the parts of an emoji; next to ASCII they only hide.
_JOINERS: Final = "\u200c\u200d"
#: Letters and signs by their category, but blank (Unicode, Default_Ignorable_Code_Point; U+2800 is braille
#: without a dot).
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LINE_ENDS: Final = "\t\n\r"


def is_seen(text: str) -> bool:
    """Whether all of a text can be seen, and stands where it seems to; line ends and tabs may be there."""
    if text.isascii() and text.isprintable():
        return True
    return all(_is_seen(letter) for letter in text) and all(
        one not in _JOINERS or (before > "\x7f" and after > "\x7f")
        for before, one, after in _threes(f" {text} ")
    )


def _is_seen(letter: str) -> bool:
    if letter in _LINE_ENDS or letter in _JOINERS:
        return True
    if letter in _BLANK or ord(letter) & 0xFFFE == 0xFFFE:  # the last two of a plane are no characters
        return False
    # Controls; marks such as U+202E, zero width, tags; halves; line and paragraph separators; private use.
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def _threes(text: str) -> list[tuple[str, str, str]]:
    return [(before, one, after) for (before, one), (_, after) in pairwise(pairwise(text))]
