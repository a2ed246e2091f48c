"""What M-Pesa takes of each receipt, as the operator's contract with Safaricom says.

A tariff is the text of the setting `MPESA_TARIFF`: `100:0,500:5,250000:90` takes 5 KES of 101 to 500 KES.
"""

from functools import cache
from typing import Final, NamedTuple

#: M-Pesa's own limit for one transaction, in KES: no band is above it.
_MOST: Final = 250_000


class Band(NamedTuple):
    """Receipts of more than the band before, and at most `up_to` KES, cost `charge` KES each."""

    up_to: int
    charge: int


@cache
def read(text: str) -> tuple[Band, ...]:
    """The bands of a tariff; none for an empty text.

    Raises:
        ValueError: it is none, does not ascend, or takes more than a receipt is.
    """
    bands: list[Band] = []
    for part in text.split(",") if text.strip() else ():
        up_to, _, charged = part.partition(":")
        band = Band(_number(up_to.strip()), _number(charged.strip()))
        least = bands[-1].up_to + 1 if bands else 1
        if not least <= band.up_to <= _MOST or band.charge > band.up_to:
            raise ValueError
        bands.append(band)
    return tuple(bands)


def complaints(text: str, most: int) -> list[str]:
    """What is wrong with a tariff for receipts of up to `most` KES, in a sentence; nothing if it will do."""
    try:
        bands = read(text)
    except ValueError:
        bands = ()
    if bands and bands[-1].up_to >= most:
        return []
    return ["MPESA_TARIFF must be like 100:0,500:5,250000:90, ascending, up to MAX_AMOUNT_KES."]


def charge(text: str, amount: int) -> int:
    """What M-Pesa takes of a receipt of `amount` KES, in KES.

    Never more than came, and nothing without a tariff; of what is above the last band as much as in that one.
    """
    bands = read(text)
    if amount <= 0 or not bands:
        return 0
    return min(amount, next((band.charge for band in bands if amount <= band.up_to), bands[-1].charge))


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) <= 7):
        raise ValueError
    return int(word)
