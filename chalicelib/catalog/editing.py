"""Editing an event: what was sent against what is there, and only the difference is written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.catalog import (
    capacity,
    categories,
    event_rules,
    events,
    organizing,
    restocking,
    sales,
    sharding,
)
from chalicelib.catalog.capacity import Seating
from chalicelib.catalog.editing_schemas import EventEdit
from chalicelib.catalog.events import OnShow
from chalicelib.catalog.known_events import MATTERS_TO_SALES
from chalicelib.catalog.models import LISTED, Event
from chalicelib.catalog.problems import IsOver, WasSold
from chalicelib.catalog.restocking import Restock
from chalicelib.catalog.revising import Revision, find_own, revise
from chalicelib.catalog.schemas import MOST_SEATS
from chalicelib.catalog.ticket_types import LABELS, TICKET_TYPES
from chalicelib.core.problems import Invalid, Problem
from chalicelib.web.caller import Caller

#: Attributes that are taken over as they were sent, by field.
_PLAIN: Final = {
    "event_name": "name",
    "description": "description",
    "tags": "tags",
    "location": "location",
    "images": "images",
    "timezone": "timezone",
    "category_id": "category_id",
    "max_per_customer": "max_per_customer",
    "max_per_phone": "max_per_phone",
    "start_time": "starts_at",
    "end_time": "ends_at",
}
#: Of those, what may be empty; null stands for "as it is" of the others.
_MAY_BE_EMPTY: Final = frozenset({"category_id", "max_per_customer", "max_per_phone"})
#: What is over can no longer be changed, by attribute, and the field to name. The rest is words.
_FIXED: Final = {
    "starts_at": "start_time",
    "ends_at": "end_time",
    "early_booking_ends_at": "early_booking_ends",
    "prices": "prices",
    "quotas": "quotas",
    "capacity": "capacity",
    "status": "status",
}


def edit(event_id: str, form: EventEdit, caller: Caller) -> OnShow:
    """Change an event of the caller's; what is sent as it was changes nothing.

    Raises:
        NotFound, NotYourEvent: it is not the caller's to change.
        Invalid: what it would be does not fit together; all that is wrong.
        BelowTaken: fewer seats than are held or sold; says the lowest possible number.
        IsOver, WasSold: it is too late for this.
        Busy: others were faster each time; nothing was changed.
    """
    return revise(event_id, caller, lambda seen: _revision(seen, form, caller))


def wrong_besides(sent: Mapping[str, Any], caller: Caller, event_id: str) -> dict[str, str]:
    """What only the database knows to be wrong with an edit, by field."""
    try:
        find_own(event_id, caller)
    except Problem:
        return {}  # not for this caller's eyes
    return events.wrong_besides(sent, caller)


def _revision(seen: OnShow, form: EventEdit, caller: Caller) -> Revision | None:
    event = seen.event
    wanted = _wanted(event, form, caller)
    changed = {name: value for name, value in wanted.items() if value != _now(event, name)}
    if not changed:
        return None
    _refuse_what_is_over(event, changed, caller.at)
    _check(event, wanted, changed, caller)
    return Revision(
        actions=_actions(changed),
        what="event.changed",
        details=_told(event, changed),
        stock=_restock(seen, wanted, changed, form),
        besides=_following(event, wanted, changed),
    )


def _wanted(event: Event, form: EventEdit, caller: Caller) -> dict[str, Any]:
    """What each attribute that was sent is to be."""
    sent = form.model_fields_set
    wanted = {name: getattr(form, field) for field, name in _PLAIN.items() if field in sent}
    wanted = {name: value for name, value in wanted.items() if value is not None or name in _MAY_BE_EMPTY}
    wanted["early_booking_ends_at"] = _early_booking_end(event, form, wanted)
    prices = dict(event.prices)
    prices |= {kind: getattr(form, f"{kind}_price") for kind in TICKET_TYPES if f"{kind}_price" in sent}
    wanted["prices"] = {kind: price for kind, price in prices.items() if price is not None}
    if form.labels is not None:
        labels = event.labels | form.labels
        wanted["labels"] = {kind: label for kind, label in labels.items() if label != LABELS[kind]}
    if form.quotas is not None:
        wanted["quotas"] = capacity.quotas_after(event.quotas, form.quotas, form.quotas_read)
    wanted["capacity"] = _capacity(event, form)
    if wanted["capacity"] > event.capacity:  # never fewer: seats may be held or sold in any of them
        wanted["shards"] = max(int(event.shards), sharding.shards_for(wanted["capacity"]))
    if form.status and form.status not in (sales.PAST, sales.status_of(event, caller.at)):
        wanted["status"] = form.status
    if form.user_id and caller.is_admin and form.user_id != event.user_id:
        wanted["user_id"] = form.user_id
        others = [person for person in event.organizer_ids if person != form.user_id]
        wanted["organizer_ids"] = [form.user_id, *others]
        organizing.refuse_many(wanted["organizer_ids"])
        wanted["gate_ids"] = [person for person in event.gate_ids if person != form.user_id]
    return wanted


def _now(event: Event, name: str) -> Any:
    value = getattr(event, name)
    if name == "labels":
        return {kind: label for kind, label in value.items() if label != LABELS[kind]}
    return list(value) if name in ("tags", "organizer_ids", "gate_ids") else value


def _early_booking_end(event: Event, form: EventEdit, wanted: Mapping[str, Any]) -> datetime:
    """As sent; else it follows the start, if it is where it is by default."""
    now: datetime = event.early_booking_ends_at
    start: datetime = wanted.get("starts_at", event.starts_at)
    by_default = start - sales.EARLY_BOOKING_MARGIN
    if "early_booking_ends" in form.model_fields_set and form.early_booking_ends != now:
        return form.early_booking_ends or by_default
    return by_default if now == event.starts_at - sales.EARLY_BOOKING_MARGIN else now


def _capacity(event: Event, form: EventEdit) -> int:
    now = int(event.capacity)
    if form.available_tickets_read is not None and form.available_tickets is not None:
        return now + form.available_tickets - form.available_tickets_read
    return form.capacity or now


def _refuse_what_is_over(event: Event, changed: Mapping[str, Any], at: datetime) -> None:
    status = sales.status_of(event, at)
    if status in (sales.PAST, sales.CANCELLED):
        if fixed := [field for name, field in _FIXED.items() if name in changed]:
            raise IsOver(status, fixed)
    elif changed.get("status") == sales.CANCELLED:
        raise Invalid(fields={"status": "POST /events/{id}/cancel cancels an event."})


def _check(event: Event, wanted: Mapping[str, Any], changed: Mapping[str, Any], caller: Caller) -> None:
    start, end = wanted.get("starts_at", event.starts_at), wanted.get("ends_at", event.ends_at)
    seats, prices = wanted["capacity"], wanted["prices"]
    quotas = wanted.get("quotas", event.quotas)
    wrong: dict[str, str | None] = {}
    if {"starts_at", "ends_at"} & changed.keys():
        wrong["end_time"] = event_rules.wrong_end(start, end)
    if end <= caller.at and ("ends_at" in changed or changed.get("status") == sales.PUBLISHED):
        wrong["end_time"] = "Is in the past."
    if {"ends_at", "early_booking_ends_at"} & changed.keys():
        early = wanted["early_booking_ends_at"]
        wrong["early_booking_ends"] = event_rules.wrong_early_booking_end(early, end)
    if "prices" in changed:
        wrong["MVP_price"] = event_rules.wrong_prices(prices)
    if "capacity" in changed and not 1 <= seats <= MOST_SEATS:
        wrong["capacity"] = f"Must be from 1 to {MOST_SEATS:,}; this would make it {seats:,}."
    elif {"capacity", "quotas", "prices"} & changed.keys() and prices:
        too_few = "quotas" not in changed and sum(quotas.values()) > seats  # told with the lowest capacity
        wrong["quotas"] = None if too_few else event_rules.wrong_quotas(quotas, prices, seats)
    category_id, user_id = changed.get("category_id"), changed.get("user_id")
    wrong |= events.wrong_references(category_id, user_id, caller)
    if told := {field: sentence for field, sentence in wrong.items() if sentence}:
        raise Invalid(fields=told)


def _actions(changed: Mapping[str, Any]) -> list[Action]:
    actions: list[Action] = []
    for name, value in changed.items():
        path: Any = getattr(Event, name)
        actions.append(path.remove() if value is None else path.set(value))
    if "status" in changed:
        is_listed = changed["status"] == sales.PUBLISHED
        actions.append(Event.listing.set(LISTED) if is_listed else Event.listing.remove())
    return actions


def _told(event: Event, changed: Mapping[str, Any]) -> dict[str, str]:
    """What the trail says: which fields, and of whom is paid from whom to whom."""
    told = {"fields": " ".join(changed)}
    if "user_id" in changed:
        told["user_id"] = f"{event.user_id} to {changed['user_id']}"
    return told


def _restock(
    seen: OnShow, wanted: Mapping[str, Any], changed: Mapping[str, Any], form: EventEdit
) -> Restock | None:
    if not MATTERS_TO_SALES & changed.keys():
        return None
    event, shards = seen.event, seen.shards
    to_draft = changed.get("status") == sales.DRAFT
    if to_draft and restocking.was_touched(shards):
        raise WasSold
    return Restock(
        pools=_moves(seen, wanted, form) if {"capacity", "quotas"} & changed.keys() else {},
        on_sale=changed["status"] == sales.PUBLISHED if "status" in changed else None,
        untouched=to_draft,
        # What is held or sold of a type counts for a new quota: so none of it may come or go meanwhile.
        unless_taken=frozenset(changed.get("quotas", {})) - frozenset(event.quotas),
        new_shards=wanted.get("shards", int(event.shards)) - int(event.shards),
    )


def _moves(seen: OnShow, wanted: Mapping[str, Any], form: EventEdit) -> dict[str, int]:
    """How many seats each pool gets, or gives."""
    now = Seating(int(seen.event.capacity), seen.event.quotas)
    names = {}
    if form.available_tickets_read is not None and form.available_tickets is not None:
        names["available_tickets"] = form.available_tickets_read - now.capacity
    return capacity.moves_between(
        now,
        Seating(wanted["capacity"], wanted.get("quotas", now.quotas)),
        restocking.totals(seen.shards, "remaining"),
        restocking.totals(seen.shards, "held", "sold"),
        names,
    )


def _following(event: Event, wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> Any:
    if not {"starts_at", "organizer_ids", "category_id"} & changed.keys():
        return None
    people = wanted.get("organizer_ids", list(event.organizer_ids))
    start = wanted.get("starts_at", event.starts_at)

    def besides(writing: TransactWrite) -> None:
        organizing.follow(writing, event, people, start)
        if "category_id" in changed and event.category_id is not None:
            categories.lets_go(writing, int(event.category_id))
        if changed.get("category_id") is not None:
            categories.takes_in(writing, changed["category_id"])

    return besides
