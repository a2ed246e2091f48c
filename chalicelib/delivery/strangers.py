"""Words that strangers chose, such as names of events and people, made fit for a letter.

They may hold line ends, marks that turn the writing direction, or an address of somebody else's page.
"""

import re
import unicodedata
from typing import Final

#: Joins letters and emoji, and nothing else.
_JOINERS: Final = "\u200c\u200d"
#: What makes programs take a word for an address and show it as a link; some count as what they look like.
_MARKS: Final = ".:/@．。․：／＠｡﹒﹕﹫∕⁄"
#: A mark within a word, also next to what is no letter. Numbers such as 2.0, 19:30 and 24/12/2026 keep
#: theirs, unless there are four, as in an address of the internet.
_LINKING: Final = re.compile(
    rf"(?P<number>(?<![\w{_MARKS}])\d+(?:[.:/]\d+){{1,2}}(?![.:/]?\d))"
    rf"|(?<=\S)[{_MARKS}]+(?=[^\s\w]*\w)|://"
)
#: Stand-ins for what has no plain form by Unicode.
_PLAIN: Final = str.maketrans("‘’ʼ`´“”«»–—‐‑−×[]{}", "'''''\"\"\"\"-----x()()")
#: ASCII that an SMS lacks, or that counts twice in it (3GPP TS 23.038, 6.2.1).
_NOT_IN_SMS: Final = frozenset("^{}[]~|\\`")


def one_line(text: str, most: int = 120) -> str:
    """The words in one line without what cannot be seen; shortened with `…` above so many letters."""
    kept = (
        " " if letter.isspace() or unicodedata.category(letter) == "Cc" else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter in _JOINERS or unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn")
    )
    return shortened(" ".join("".join(kept).split()), most, "…")


def unlinked(text: str) -> str:
    """The words so that no program takes one of them for an address.

    Comes last: what is dropped from a text may join an address.
    """
    return _LINKING.sub(lambda found: found["number"] or " ", text)


def harmless(text: str, most: int = 120) -> str:
    """The words in one line that holds no link, of at most so many letters."""
    return unlinked(one_line(text, most))


def for_sms(text: str, most: int) -> str:
    """The words in letters of which each is one of an SMS's 160: those of ASCII, as near as they come."""
    plain = unicodedata.normalize("NFKD", one_line(text).translate(_PLAIN)).replace("…", "...")
    kept = (letter for letter in plain if " " <= letter <= "~" and letter not in _NOT_IN_SMS)
    return shortened(" ".join(unlinked("".join(kept)).split()), most, "...")


def shortened(text: str, most: int, ending: str) -> str:
    """The text, if it is longer than `most` letters cut there, at a word's end if one is near."""
    if len(text) <= most:
        return text
    cut = text[: most - len(ending)]
    whole = cut.rpartition(" ")[0]
    return (whole if len(whole) > 0.7 * len(cut) else cut).rstrip(" ,;:-–") + ending
