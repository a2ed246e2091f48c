"""An event with promo codes, as the tests of offers make it."""

from typing import Any

from chalicelib.offers.models import Count
from tests.actors import Answer, Organizer

CODE = "JAZZ-20"


def makes(organizer: Organizer, event: Any, code: str = CODE, **more: Any) -> Answer:
    form = {"code": code} | ({} if {"amount_off", "percent_off"} & more.keys() else {"amount_off": 500})
    return organizer.asks("POST", f"/events/{event['id']}/promo-codes", form | more)


def made(organizer: Organizer, event: Any, code: str = CODE, **more: Any) -> dict[str, Any]:
    answer = makes(organizer, event, code, **more)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def seen(organizer: Organizer, event: Any, code: str = CODE) -> tuple[int, int | None]:
    """How many tickets a code has used, and how many are left."""
    (one,) = [one for one in listed(organizer, event) if one["code"] == code]
    return one["used"], one["left"]


def listed(organizer: Organizer, event: Any) -> list[dict[str, Any]]:
    answer = organizer.asks("GET", f"/events/{event['id']}/promo-codes")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.body
    return found


def counts() -> dict[str, int]:
    """What is counted of tickets, by the kind of count, where it is not nothing: shares of codes together."""
    found: dict[str, int] = {}
    for one in Count.scan():
        kind = one.key.split("#")[1]
        if kind != "codes" and one.used:
            kind = f"{kind} by" if "#by#" in one.key else kind
            found[kind] = found.get(kind, 0) + int(one.used)
    return found
