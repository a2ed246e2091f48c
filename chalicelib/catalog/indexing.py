"""The indexer: makes what the search finds an event by follow the event, as it is now.

It may run twice, late, out of order, at once with itself, or die anywhere: one at a time has an event's
claim; what it is about to write is recorded before; and it is done only when nobody has changed the event
since it began. What was not done is due, and the schedule does it. An event that has ended is due too: it
leaves the index and the public list.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from chalicelib.catalog import postings, sales, touring
from chalicelib.catalog.changes import CATEGORY, announce, changed
from chalicelib.catalog.index_models import DUE, Entry
from chalicelib.catalog.matching import Profile
from chalicelib.catalog.models import CATEGORY as CATEGORIES
from chalicelib.catalog.models import LISTED, Category, Event
from chalicelib.core import clock, log
from chalicelib.core.dynamo import ConditionFailed, update
from chalicelib.core.ids import new_id

#: Longer than the function may take (28 s), shorter than a failed message stays hidden (60 s).
_CLAIM: Final = timedelta(seconds=45)
#: One run of the schedule looks at so many, and ends in time before the function does (60 s).
_MOST: Final = 500
_RUN: Final = timedelta(seconds=45)
#: DynamoDB may delete an entry so long after there was nothing left to index.
_FORGET: Final = timedelta(days=30)

#: Places, with the terms posted there.
Posted = dict[str, list[str]]
#: Terms with the months that a rebuild has told them of.
Noted = set[tuple[str, str]]


def index_message(body: str) -> None:
    """Work off one message of the queue."""
    index(json.loads(body)["subject"])


def index(subject: str, anew: Noted | None = None) -> None:
    """Bring the index up to date with an event, or send its events after a category that was renamed.

    Args:
        subject: an event's id, or `category#` and a number.
        anew: given by a rebuild: write also what seems to be right; tell no term twice of the same month.
    """
    entry = _claim(subject)
    if entry is None:
        # Somebody is at it, and may have read the event before this change: they will look again.
        Entry(subject).update(actions=changed(clock.now()))
        entry = _claim(subject)
    walked_to = None
    while entry is not None:
        if subject.startswith(CATEGORY):
            due_at, last = touring.send_on(entry)
        else:
            due_at, last = _follow(entry, anew)
        walked_to = entry.walked_to
        entry = _finish(entry, due_at, last)
    if walked_to:
        announce(subject)  # only now: while the claim was ours it would have looked like a change


def repair() -> int:
    """Look at what is due: changes whose message was lost, events that have ended. Returns how many."""
    began, looked_at = clock.now(), 0
    for key in Entry.by_due.query(DUE, Entry.due_at <= began, limit=_MOST):
        if clock.now() - began > _RUN:
            break  # the next run goes on
        try:
            index(key.subject)
            looked_at += 1
        except Exception:  # whatever it is: others are waiting behind it
            log.crash("search.postponed", subject=key.subject)
    return looked_at


def _claim(subject: str) -> Entry | None:
    at = clock.now()
    until = (at + _CLAIM).timestamp()
    entry = Entry(subject)
    free = Entry.claimed_until.does_not_exist() | (Entry.claimed_until < at.timestamp())
    actions = [
        Entry.claim.set(new_id()),
        Entry.claimed_until.set(until),
        Entry.changes.add(0),
        Entry.due.set(DUE),  # should this process die
        Entry.due_at.set(at + _CLAIM),
    ]
    try:
        update(entry, actions, free)
    except ConditionFailed:
        return None
    return entry


def _finish(entry: Entry, due_at: datetime | None, posted: Mapping[str, list[str]]) -> Entry | None:
    """Give the claim back, if nothing has changed meanwhile; else the entry to go on with, if it is ours."""
    actions = [Entry.claim.remove(), Entry.claimed_until.remove(), Entry.posted.set(dict(posted))]
    actions += [
        Entry.digest.set(entry.digest) if entry.digest else Entry.digest.remove(),
        Entry.walked_to.set(entry.walked_to) if entry.walked_to else Entry.walked_to.remove(),
    ]
    if due_at:
        actions += [Entry.due.set(DUE), Entry.due_at.set(due_at), Entry.lapses_at.remove()]
    else:
        forget_at = int((clock.now() + _FORGET).timestamp())
        actions += [Entry.due.remove(), Entry.due_at.remove(), Entry.lapses_at.set(forget_at)]
    try:
        update(entry, actions, (Entry.claim == entry.claim) & (Entry.changes == entry.changes))
    except ConditionFailed:
        now = Entry.get(entry.subject, consistent_read=True)
        return now if now.claim == entry.claim else None
    return None


def _follow(entry: Entry, anew: Noted | None) -> tuple[datetime | None, Posted]:
    """Make the postings what they should be; says when to look again, and what is posted."""
    event = _event(entry.subject)
    _list(event)
    profile = _profile(event)
    terms = sorted(profile.terms) if profile else []
    place = postings.place_of(profile.starts_at, entry.subject) if profile else ""
    wanted = {place: terms} if profile else {}
    digest = _digest(place, terms, profile) if profile else None
    before = posted_in(entry)
    if anew is not None:
        _tell_months(terms, postings.month_of(place), anew)
    if anew is not None or digest != entry.digest or before != wanted:
        _repost(entry, before, wanted, profile, tell=anew is None)
    entry.digest = digest
    return (profile.ends_at if profile else None), wanted


def _repost(entry: Entry, before: Posted, wanted: Posted, profile: Profile | None, *, tell: bool) -> None:
    unfinished = entry.digest is None  # somebody recorded this and died, or there was nothing yet
    # Recorded first, so that whoever goes on after a crash knows of every posting there may be.
    both = {place: sorted({*before.get(place, []), *wanted.get(place, [])}) for place in {*before, *wanted}}
    if both != before:
        # Not into `entry`, which must not learn of a change that came after the event was read.
        recording = [Entry.posted.set(both), Entry.digest.remove()]
        update(Entry(entry.subject), recording, Entry.claim == entry.claim)
    old = {term for terms in before.values() for term in terms}
    for place, terms in wanted.items():
        for term in terms:  # before its posting: a term is never thought to have fewer months than it has
            if tell and (unfinished or term not in before.get(place, [])):
                postings.count(term, 0 if term in old else 1, postings.month_of(place))
        if profile:
            postings.write(place, terms, profile)
    new = {term for terms in wanted.values() for term in terms}
    gone = {place: sorted({*terms} - {*wanted.get(place, [])}) for place, terms in before.items()}
    postings.erase(gone)
    for term in old - new:
        postings.count(term, -1)


def _tell_months(terms: list[str], month: str, told: Noted) -> None:
    for term in terms:
        if (term, month) not in told:
            postings.count(term, 0, month)
            told.add((term, month))


def posted_in(entry: Entry) -> Posted:
    """The postings that an entry knows of: places, with their terms."""
    return dict(entry.posted or {})


def _event(event_id: str) -> Event | None:
    try:
        return Event.get(event_id, consistent_read=True)
    except Event.DoesNotExist:
        return None


def _profile(event: Event | None) -> Profile | None:
    """What the search is to know of an event; None if it is not to be found."""
    if event is None or sales.status_of(event, clock.now()) != sales.PUBLISHED:
        return None
    return postings.profile_of(event, _category_name(event))


def _category_name(event: Event) -> str:
    if event.category_id is None:
        return ""
    try:
        return str(Category.get(CATEGORIES, event.category_id, consistent_read=True).name)
    except Category.DoesNotExist:
        return ""


def _list(event: Event | None) -> None:
    """Take an event that has ended off the public list, which stays as short as what is to come."""
    if event is None:
        return
    listing = LISTED if sales.status_of(event, clock.now()) == sales.PUBLISHED else None
    if event.listing == listing:
        return
    action = Event.listing.set(listing) if listing else Event.listing.remove()
    unchanged = (Event.status == event.status) & (Event.ends_at == event.ends_at)
    try:
        update(event, [action], unchanged)
    except ConditionFailed:
        log.event("search.changed_meanwhile", event_id=event.id)


def _digest(place: str, terms: list[str], profile: Profile) -> str:
    text = json.dumps([place, terms, postings.fields_of(profile)], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
