"""How seats move between remaining, held and sold: one table, plain Python."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Move(NamedTuple):
    """What a move does to each column, in units of seats (revenue: of price × seats)."""

    columns: Mapping[str, int]
    only_on_sale: bool


#: A purchase begins.
HOLD: Final = Move({"remaining": -1, "held": +1}, only_on_sale=True)
#: The money came.
SELL: Final = Move({"held": -1, "sold": +1, "revenue": +1}, only_on_sale=True)
#: The hold ends without money.
GIVE_BACK: Final = Move({"held": -1, "remaining": +1}, only_on_sale=False)
#: The sale is undone: the tickets are revoked, and the money is due back.
TAKE_BACK: Final = Move({"sold": -1, "revenue": -1, "remaining": +1}, only_on_sale=False)
#: The money came after the hold had ended and there still are seats; or there is nothing to pay.
SELL_UNHELD: Final = Move({"remaining": -1, "sold": +1, "revenue": +1}, only_on_sale=True)
