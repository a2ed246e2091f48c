"""Events: creating, finding and reading them, always together with what is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import people, trail
from chalicelib.catalog import categories, changes, sales, sharding, stepping_in, stock
from chalicelib.catalog.models import CATEGORY, LISTED, Category, Event, Stock
from chalicelib.catalog.schemas import NewEvent
from chalicelib.catalog.times import Instant
from chalicelib.core.dynamo import ConditionFailed, read_together, transact
from chalicelib.core.ids import new_id
from chalicelib.core.problems import Conflict, Invalid, NotFound
from chalicelib.web.caller import Caller
from chalicelib.web.fields import MaybeNumber

_PAST: Final = "Is in the past."


@dataclass(frozen=True)
class OnShow:
    """An event and its stock, read at one moment."""

    event: Event
    shards: list[Stock]

    @property
    def left(self) -> int:
        """How many seats can be had, of all types together."""
        return stock.left(self.shards)


def create(form: NewEvent, caller: Caller) -> OnShow:
    """Create an event with its stock, published at once unless it is a draft.

    Raises:
        Invalid: the event would be over already, or there is no such category or organizer.
    """
    organizer = form.user_id if form.user_id and caller.is_admin else caller.user_id
    _check(form, organizer, caller)
    event = Event(
        id=new_id(caller.at),
        user_id=organizer,
        organizer_ids=[organizer],
        name=form.event_name,
        description=form.description,
        tags=form.tags,
        location=form.location,
        images=form.images,
        starts_at=form.start_time,
        ends_at=form.end_time,
        early_booking_ends_at=form.early_booking_ends or form.start_time - sales.EARLY_BOOKING_MARGIN,
        timezone=form.timezone,
        prices=form.prices,
        labels=dict(form.labels),
        quotas=dict(form.quotas),
        capacity=form.seats,
        shards=sharding.shards_for(form.seats),
        max_per_customer=form.max_per_customer,
        max_per_phone=form.max_per_phone,
        category_id=form.category_id,
        status=form.status,
        listing=LISTED if form.status == sales.PUBLISHED else None,
        created_at=caller.at,
    )
    shards = stock.first_stock(event)
    is_own = organizer == caller.user_id
    line = None if is_own else stepping_in.line(event, caller, "event.created", user_id=organizer)

    def fill(writing: TransactWrite) -> None:
        writing.save(event, condition=Event.id.does_not_exist())
        people.takes_on_event(writing, organizer)
        if form.category_id is not None:
            categories.takes_in(writing, form.category_id)
        for shard in shards:
            writing.save(shard, condition=Stock.key.does_not_exist())
        changes.note(writing, event.id, caller.at)
        trail.write(writing, line)

    try:
        transact(fill)
    except ConditionFailed:
        _explain(event, form, caller)
    changes.announce(event.id)
    return OnShow(event, shards)


def find(event_id: str, caller: Caller) -> OnShow:
    """An event and what is left of it, as of now; one round trip if this container knows its shards.

    Raises:
        NotFound: there is none, or it is a draft of somebody else's.
    """
    found = stock.read_with_event(event_id)
    if found is None or not is_visible(found[0], caller):
        raise NotFound("There is no such event; it may have been taken down.")
    return OnShow(*found)


def is_visible(event: Event, caller: Caller) -> bool:
    """Whether the caller may know of the event: a draft is for its staff and Admin."""
    return event.status != sales.DRAFT or is_staff(event, caller)


def is_organizer(event: Event, caller: Caller) -> bool:
    """Whether the event is the caller's to run."""
    return caller.is_admin or stepping_in.runs(event, caller)


def may_run(event: Event, caller: Caller) -> bool:
    """The same, of whoever has the permission for it still: for routes that ask for a lesser one."""
    return is_organizer(event, caller) and caller.may("events:write")


def is_staff(event: Event, caller: Caller) -> bool:
    """Whether the caller runs the event or works at its gate; asks no permission of gate staff."""
    return is_organizer(event, caller) or any(caller.is_user(person) for person in event.gate_ids)


def wrong_besides(sent: Mapping[str, Any], caller: Caller) -> dict[str, str]:
    """What only the clock and the database know to be wrong with an event as it was sent, by field.

    For a form that is wrong in itself, so that all of it is told at once: what cannot be read is passed over.
    """
    end = _read(Instant, sent.get("end_time"))
    wrong = {"end_time": _PAST} if end and end <= caller.at else {}
    category_id, user_id = _read(MaybeNumber, sent.get("category_id")), sent.get("user_id")
    named = user_id if caller.is_admin and isinstance(user_id, str) and len(user_id) <= 64 else None
    return wrong | wrong_references(category_id, named, caller)


def wrong_references(category_id: int | None, organizer: str | None, caller: Caller) -> dict[str, str]:
    """What is wrong with the category and the organizer that an event names, by field; None names none."""
    wrong: dict[str, str] = {}
    if category_id is not None and not _category_exists(category_id):
        wrong["category_id"] = "There is no such category; GET /categories lists them."
    if organizer and not caller.is_user(organizer) and not people.may(organizer, "events:write", caller.at):
        wrong["user_id"] = "Is not an organizer."
    return wrong


def _check(form: NewEvent, organizer: str, caller: Caller) -> None:
    wrong = {"end_time": _PAST} if form.end_time <= caller.at else {}
    wrong |= wrong_references(form.category_id, organizer, caller)
    if wrong:
        raise Invalid(fields=wrong)


def _explain(event: Event, form: NewEvent, caller: Caller) -> None:
    """Say why it was not written; nothing, if it is there: an earlier try had succeeded."""
    if (Event, event.id) not in read_together([(Event, event.id)]):
        _check(form, event.user_id, caller)  # the category, or the organizer, went at the same moment
        raise Conflict


def _read(kind: Any, value: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


def _category_exists(number: int) -> bool:
    return Category.count(CATEGORY, Category.id == number) > 0
