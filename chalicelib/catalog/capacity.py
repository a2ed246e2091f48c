"""Changing how many seats there are, and how many are kept for a type: plain rules, no AWS.

Seats move between pools; those that are held or sold stay what they are. So a capacity has a lowest possible
number, and so has a quota.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.catalog.problems import BelowTaken
from chalicelib.catalog.ticket_types import LABELS

SHARED: Final = "shared"


@dataclass(frozen=True)
class Seating:
    """How many seats there are, and how many of them each type with a quota has for itself."""

    capacity: int
    quotas: Mapping[str, int]


def moves_between(
    before: Seating,
    after: Seating,
    remaining: Mapping[str, int],
    taken: Mapping[str, int],
    names: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """How many seats each pool gets (or gives, below zero) so that one seating becomes the other.

    A quota is the most that there may be of a type, with what of it is held or sold already.

    Args:
        before: what the event says now.
        after: what it is to say.
        remaining: the seats that are left, by pool.
        taken: the seats that are held or sold, by ticket type.
        names: further fields to name with their lowest number: what to add to the lowest capacity.

    Raises:
        BelowTaken: more seats are held or sold than that.
    """
    kept, lowest, sentences = {}, {}, {}
    for kind, quota in after.quotas.items():
        if before.quotas.get(kind) == quota:
            kept[kind] = remaining.get(kind, 0)
            continue
        kept[kind] = quota - taken.get(kind, 0)
        if kept[kind] < 0:
            lowest[f"quotas.{kind}"] = taken[kind]
            sentences[f"quotas.{kind}"] = (
                f"The lowest possible quota of {LABELS[kind]} is {taken[kind]}: so many are held or sold."
            )
    needed = sum(taken.values()) + sum(kept.values())
    if not lowest and after.capacity < needed:
        lowest["capacity"] = needed
        sentences["capacity"] = _too_few(needed, sum(taken.values()), sum(kept.values()))
        for field, difference in (names or {}).items():
            lowest[field] = needed + difference
            sentences[field] = f"In {field} that is {needed + difference}."
    if lowest:
        raise BelowTaken(lowest, sentences)
    wanted = {**{pool: 0 for pool in remaining if pool != SHARED}, **kept}
    changes = {pool: n - remaining.get(pool, 0) for pool, n in wanted.items()}
    changes[SHARED] = after.capacity - before.capacity - sum(changes.values())
    return {pool: n for pool, n in changes.items() if n}


def quotas_after(
    now: Mapping[str, int], given: Mapping[Any, int], read: Mapping[Any, int] | None
) -> dict[str, int]:
    """The quotas that an edit asks for.

    Args:
        now: as they are.
        given: as they were sent.
        read: as the sender had read them, if that was sent too: then only what differs from it is meant, so
            that an old page which is sent back changes nothing.
    """
    if read is None:
        return dict(given)
    meant = {kind for kind in {*given, *read} if given.get(kind) != read.get(kind)}
    kept = {kind: n for kind, n in now.items() if kind not in meant}
    return kept | {kind: n for kind, n in given.items() if kind in meant}


def _too_few(needed: int, taken: int, kept: int) -> str:
    quotas = f" and {kept} are kept for types with a quota" if kept else ""
    return f"The lowest possible capacity is {needed}: {taken} seats are held or sold{quotas}."
