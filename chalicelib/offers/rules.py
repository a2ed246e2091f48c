"""What a promo code looks like, what it takes off, and in how many shares it is counted: plain rules."""

import re
from math import ceil
from typing import Final

#: Codes of one event, those that have ended too: the list of them is one answer.
MOST_CODES: Final = 50
#: A share takes one write an order, so five take the 2,500 orders a second that may read one code. And the
#: largest order of 50 tickets from 32 shards has so much room left in a transaction (100 items).
MOST_SHARES: Final = 5
#: A count lies in no more shares than leave so many of its tickets in each: an order of the largest size
#: should not have to be gathered while there are many.
TICKETS_A_SHARE: Final = 50

_CODE: Final = re.compile(r"[A-Za-z0-9-]{3,32}")


def normal(text: str) -> str | None:
    """A code as it is kept, whatever its case; None for what cannot be one."""
    return text.upper() if _CODE.fullmatch(text) else None


def price_after(price: int, amount_off: int | None, percent_off: int | None) -> int:
    """What a ticket of that price costs with a code, in whole KES; never below 0.

    Of a part of a shilling nothing is taken off: 15 % of KES 99 are 14.
    """
    off = price * percent_off // 100 if percent_off is not None else amount_off or 0
    return max(0, price - off)


def shares_for(most: int | None, shards: int) -> int:
    """In how many shares the tickets of a code are counted, for an event of so many shards."""
    suits = MOST_SHARES if most is None else ceil(most / TICKETS_A_SHARE)
    return min(MOST_SHARES, shards, suits)


def part_of(most: int, shares: int, share: int) -> int:
    """How many of a code's tickets one of its shares has; all of them together have `most`."""
    return most // shares + (share < most % shares)
