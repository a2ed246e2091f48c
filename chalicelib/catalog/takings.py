"""What is taken in, day by day: counted in the transaction that sells, so that no report reads payments."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog.models import Takings
from chalicelib.catalog.times import DEFAULT_ZONE

_NAIROBI: Final = ZoneInfo(DEFAULT_ZONE)


class Paid(NamedTuple):
    """How an order is paid: in cash or not, and the KES that M-Pesa takes of its receipt."""

    in_cash: bool = False
    charge: int = 0


def count(
    writing: TransactWrite,
    shard_key: str,
    ticket_type: str,
    tickets: int,
    money: int,
    at: datetime,
    paid: Paid,
) -> None:
    """Count what is sold or, below zero, taken back, as part of the transaction that does it.

    No condition: what the rest of the transaction stands under keeps it from counting twice.

    Args:
        writing: the transaction.
        shard_key: a shard whose seats they are.
        ticket_type: of all of them.
        tickets: how many.
        money: in KES, below zero if it is due back.
        at: the sale's moment, which gives the day.
        paid: how; its charge is counted with the sale, and stays when money goes back, since M-Pesa keeps it.
    """
    counted = Takings.sold.add(tickets) if tickets > 0 else Takings.refunded.add(-tickets)
    actions: list[Action] = [counted, Takings.revenue.add(money)]
    if paid.in_cash:
        actions.append(Takings.cash.add(money))
    if paid.charge and tickets > 0:
        actions.append(Takings.charges.add(paid.charge))
    writing.update(Takings(shard_key, f"{day_of(at)}#{ticket_type}"), actions=actions)


def read(shard_keys: Iterable[str]) -> Iterator[Takings]:
    """All that these shards ever took, in one round trip for each of them."""
    for key in shard_keys:
        yield from Takings.query(key, consistent_read=True)


def day_of(at: datetime) -> str:
    """The day in Nairobi, `2026-12-24`."""
    return f"{at.astimezone(_NAIROBI):%Y-%m-%d}"
