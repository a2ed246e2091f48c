"""Events, what is left of them, search, and categories."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.catalog import categories, deleting, editing, events, listing, searching, staff
from chalicelib.catalog.category_schemas import CategoryForm, CategoryView
from chalicelib.catalog.editing_schemas import EventEdit, StaffForm, StaffView
from chalicelib.catalog.problems import (
    NOT_EDITED,
    CategoryExists,
    CategoryInUse,
    EventInUse,
    LastOrganizer,
    NotTakenOver,
    TooManyStaff,
)
from chalicelib.catalog.schemas import (
    AvailabilityView,
    EventFilter,
    EventView,
    NewEvent,
)
from chalicelib.catalog.search_query import SearchQuery
from chalicelib.core.problems import Conflict, Unauthenticated
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import PUBLIC, endpoint
from chalicelib.web.fields import number_in_path
from chalicelib.web.ownership import ANYBODYS, ORGANIZERS, WHAT_ONE_MAY_SEE
from chalicelib.web.paging import Listing, Page

if TYPE_CHECKING:
    from chalicelib.catalog.copies import Listed
    from chalicelib.catalog.events import OnShow

catalog = Blueprint(__name__)


@endpoint(
    catalog,
    "POST /events",
    allow="events:write",
    whose=ANYBODYS,
    takes=NewEvent,
    gives=(201, EventView),
    raises=(Conflict,),
    also=lambda sent, caller: events.wrong_besides(sent, caller),
)
def create_event(form: NewEvent, caller: Caller) -> EventView:
    """Create an event, on sale at once unless it is a draft."""
    return _view(events.create(form, caller), caller)


@endpoint(
    catalog,
    "GET /events",
    allow=PUBLIC,
    whose=WHAT_ONE_MAY_SEE,
    asks=EventFilter,
    gives=(200, EventView),
    raises=(Unauthenticated,),
    cache="no-cache",
)
def list_events(query: EventFilter, page: Page, caller: Caller) -> Listing:
    """Published, upcoming events by start; an organizer's own with drafts and past ones; those of a gate."""
    if query.at_gate:
        found = listing.at_gate_of(caller.user_id, page, caller.at)
    elif not query.user_id:
        found = listing.upcoming(page, caller.at, query.category_id)
    elif caller.is_user(query.user_id) or caller.is_admin:
        found = listing.of_organizer(query.user_id, page, caller.at, query.category_id)
    else:
        found = listing.upcoming_of_organizer(query.user_id, page, caller.at, query.category_id)
    return _views(found, caller)


@endpoint(
    catalog, "GET /events/{event_id}", allow=PUBLIC, whose=ANYBODYS, gives=(200, EventView), cache="no-cache"
)
def get_event(event_id: str, caller: Caller) -> EventView:
    """One event."""
    return _view(events.find(event_id, caller), caller)


@endpoint(
    catalog,
    "PATCH /events/{event_id}",
    allow="events:write",
    whose=ORGANIZERS,
    takes=EventEdit,
    gives=(200, EventView),
    raises=NOT_EDITED,
    also=lambda sent, caller, event_id: editing.wrong_besides(sent, caller, event_id),
)
def edit_event(event_id: str, form: EventEdit, caller: Caller) -> EventView:
    """Change parts of an event; what is sent back as it was read changes nothing."""
    return _view(editing.edit(event_id, form, caller), caller)


@endpoint(
    catalog,
    "PUT /events/{event_id}",
    allow="events:write",
    whose=ORGANIZERS,
    takes=EventEdit,
    gives=(200, EventView),
    raises=NOT_EDITED,
    also=lambda sent, caller, event_id: editing.wrong_besides(sent, caller, event_id),
)
def put_event(event_id: str, form: EventEdit, caller: Caller) -> EventView:
    """The same as PATCH: what is not sent stays."""
    return _view(editing.edit(event_id, form, caller), caller)


@endpoint(
    catalog,
    "DELETE /events/{event_id}",
    allow="events:write",
    whose=ORGANIZERS,
    gives=(204, None),
    raises=(EventInUse,),
)
def delete_event(event_id: str, caller: Caller) -> None:
    """Delete an event of which nothing was ever sold or held."""
    deleting.delete(event_id, caller)


@endpoint(
    catalog,
    "PUT /events/{event_id}/staff/{user_id}",
    allow="events:write",
    whose=ORGANIZERS,
    takes=StaffForm,
    gives=(200, StaffView),
    raises=(LastOrganizer, NotTakenOver, TooManyStaff),
)
def appoint_staff(event_id: str, user_id: str, form: StaffForm, caller: Caller) -> StaffView:
    """Make somebody an organizer of an event, or let them work at its gate."""
    return StaffView.of(staff.appoint(event_id, user_id, form.role, caller))


@endpoint(
    catalog,
    "DELETE /events/{event_id}/staff/{user_id}",
    allow="events:write",
    whose=ORGANIZERS,
    gives=(204, None),
    raises=(LastOrganizer, NotTakenOver),
)
def dismiss_staff(event_id: str, user_id: str, caller: Caller) -> None:
    """Take somebody off an event's staff; the last organizer stays."""
    staff.dismiss(event_id, user_id, caller)


@endpoint(
    catalog,
    "GET /events/{event_id}/availability",
    allow=PUBLIC,
    whose=ANYBODYS,
    gives=(200, AvailabilityView),
    cache="max-age=1",
)
def get_availability(event_id: str, caller: Caller) -> AvailabilityView:
    """What is left of an event, by ticket type."""
    shown = events.find(event_id, caller)
    return AvailabilityView.of(shown.event, shown.shards, caller.at)


@endpoint(catalog, "GET /search", allow=PUBLIC, whose=ANYBODYS, asks=SearchQuery, gives=(200, EventView))
def search_events(query: SearchQuery, page: Page, caller: Caller) -> Listing:
    """Published events to come that match every filter, by start; found at most 10 s after a change."""
    return _views(searching.search(query.wanted(caller.at), page, caller.at), caller)


@endpoint(catalog, "GET /categories", allow=PUBLIC, whose=ANYBODYS, gives=(200, CategoryView))
def list_categories() -> list[CategoryView]:
    """Every category."""
    return [CategoryView.of(category) for category in categories.all_categories()]


@endpoint(
    catalog,
    "POST /categories",
    allow="categories:write",
    whose=ANYBODYS,
    takes=CategoryForm,
    gives=(201, CategoryView),
    raises=(CategoryExists,),
)
def create_category(form: CategoryForm, caller: Caller) -> CategoryView:
    """Make a category."""
    return CategoryView.of(categories.create(form.name, caller.at, by=caller.user_id))


@endpoint(
    catalog,
    "PUT /categories/{category_id}",
    allow="categories:write",
    whose=ANYBODYS,
    takes=CategoryForm,
    gives=(200, CategoryView),
    raises=(
        CategoryExists,
        Conflict,
    ),
)
def rename_category(category_id: str, form: CategoryForm, caller: Caller) -> CategoryView:
    """Give a category another name."""
    return CategoryView.of(categories.rename(number_in_path(category_id), form.name, caller))


@endpoint(
    catalog,
    "DELETE /categories/{category_id}",
    allow="categories:write",
    whose=ANYBODYS,
    gives=(204, None),
    raises=(
        CategoryInUse,
        Conflict,
    ),
)
def delete_category(category_id: str, caller: Caller) -> None:
    """Delete a category that no event is in."""
    categories.remove(number_in_path(category_id), caller)


def _view(shown: "OnShow | Listed", caller: Caller) -> EventView:
    with_gate = events.is_organizer(shown.event, caller)
    return EventView.of(shown.event, shown.left, caller.at, with_gate=with_gate)


def _views(found: Listing, caller: Caller) -> Listing:
    return Listing([_view(shown, caller) for shown in found.items], found.after)
