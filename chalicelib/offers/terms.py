"""What an order is agreed under besides its seats: the code's price, and the counts that may not overflow."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from chalicelib.catalog import sharding
from chalicelib.catalog.models import Event
from chalicelib.catalog.sharding import Part
from chalicelib.catalog.stock import Seats
from chalicelib.offers import codes, counting, rules
from chalicelib.offers.models import PromoCode
from chalicelib.offers.problems import CodeUsedUp, LimitReached

#: The one pool of a code's shares.
_TICKETS: Final = "tickets"


class Terms(NamedTuple):
    """By which counts an order goes.

    `personal` are the keys of what this person and this phone have, `most` is what counts may come to, by
    key. `shares` say in which share of its `code` each cheaper ticket is counted.
    """

    personal: Sequence[str]
    most: dict[str, int]
    code: str | None = None
    shares: Sequence[Part] = ()

    def counted(self, seats: Iterable[Seats]) -> list[Seats]:
        """The seats, each with the share that counts it."""
        return spread(seats, self.shares)


def prices(event: Event, code: PromoCode | None) -> dict[str, int]:
    """What one ticket of each type costs now, in KES."""
    found = {kind: int(price) for kind, price in event.prices.items()}
    if code is None:
        return found
    amount_off = None if code.amount_off is None else int(code.amount_off)
    percent_off = None if code.percent_off is None else int(code.percent_off)
    cheaper = {
        kind: rules.price_after(price, amount_off, percent_off)
        for kind, price in found.items()
        if codes.is_for(code, kind)
    }
    return found | cheaper


def agree(event: Event, code: PromoCode | None, seats: Sequence[Seats], user_id: str, phone: str) -> Terms:
    """Whether these seats can be had under the code and the event's limits; what to count if so.

    One round trip where anything has a limit, else none.

    Args:
        event: as it was read.
        code: found for this order; None without one.
        seats: those that were chosen.
        user_id: who buys.
        phone: the one to be asked.

    Raises:
        CodeUsedUp: too few are left by the code, or for this person by it; says how many.
        LimitReached: this person, or this phone, would have more than the event allows.
    """
    customer, by_phone = counting.of_customer(event.id, user_id), counting.of_phone(event.id, phone)
    limits = {customer: event.max_per_customer}
    if any(some.price for some in seats):  # a phone that is asked for nothing may be a stranger's
        limits[by_phone] = event.max_per_phone
    if code:
        limits[counting.of_code_by(code.event_id, code.code, user_id)] = code.max_per_customer
    most = {key: int(limit) for key, limit in limits.items() if limit is not None}
    personal = list(most)
    shares = codes.keys_of(code) if code and code.max_tickets is not None else []
    used = counting.used([*personal, *shares])
    left = {key: max(0, limit - used[key]) for key, limit in most.items()}
    _check_limits(left.get(customer), left.get(by_phone), sum(some.n for some in seats), event)
    if code is None:
        return Terms(personal, most)
    by_code = [some for some in seats if codes.is_for(code, some.type)]
    _check_person(left.get(counting.of_code_by(code.event_id, code.code, user_id)), by_code)
    chosen = _choose(code, by_code, codes.left_of(code, used) if shares else None)
    if shares:
        most |= {shares[part.shard]: codes.part_of(code, part.shard) for part in chosen}
    return Terms(personal, most, code.code, chosen)


def spread(seats: Iterable[Seats], shares: Iterable[Part]) -> list[Seats]:
    """The seats, split so that each has the one share that counts it; those left over are in none."""
    rest = [(part.shard, part.type, part.n) for part in shares]
    found: list[Seats] = []
    for some in seats:
        missing = some.n
        for place, (share, kind, left) in enumerate(rest):
            n = min(missing, left) if kind == some.type else 0
            if n:
                found.append(replace(some, n=n, share=share))
                missing, rest[place] = missing - n, (share, kind, left - n)
        if missing:
            found.append(replace(some, n=missing, share=None))
    return found


def _choose(code: PromoCode, seats: Sequence[Seats], left: Sequence[int] | None) -> list[Part]:
    """The shares that count these seats: that of the first seats' shard, else the fewest that have enough.

    `left` is by share; None where as many as people like may be had.
    """
    first = seats[0].shard % int(code.shares)
    wanted: dict[str, int] = {}
    for some in seats:
        wanted[some.type] = wanted.get(some.type, 0) + some.n
    if left is None:
        return [Part(first, kind, n, _TICKETS) for kind, n in wanted.items()]
    order = sorted(range(len(left)), key=lambda share: share != first)
    in_shares = [(share, {_TICKETS: left[share]}) for share in order]
    found = sharding.choose(in_shares, wanted, lambda _: [_TICKETS])
    if found is None:
        raise CodeUsedUp(_used_up(sum(left), "are left by this code"), sum(left))
    return found


def _check_person(left: int | None, seats: Sequence[Seats]) -> None:
    if left is not None and sum(some.n for some in seats) > left:
        raise CodeUsedUp(_used_up(left, "more can you have by this code"), left)


def _used_up(left: int, what: str) -> str:
    said = f"Only {left} tickets" if left else "No tickets"
    return f"{said} {what}; choose fewer, or order without it."


def _check_limits(customer: int | None, phone: int | None, wanted: int, event: Event) -> None:
    """Tell a person how many are left for them; of a phone, which may be a stranger's, only that too few."""
    wrong: dict[str, str] = {}
    if customer is not None and wanted > customer:
        wrong["quantity"] = (
            f"One person may have {event.max_per_customer} tickets of this event; "
            f"you can have {customer} more."
        )
    if phone is not None and wanted > phone:
        wrong["phone"] = (
            f"One phone may pay for {event.max_per_phone} tickets of this event; "
            "choose fewer, or another phone."
        )
    if wrong:
        raise LimitReached(" ".join(wrong.values()), fields=wrong)
