"""What organizers see of their sales."""

from typing import Final

from chalice.app import Blueprint

from chalicelib.catalog import revising
from chalicelib.reports import attendees, curve, pages, sales, sheets
from chalicelib.reports.schemas import ReportView
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import endpoint
from chalicelib.web.ownership import ORGANIZERS
from chalicelib.web.paging import Listing, Page, Sizes

reports = Blueprint(__name__)

#: Rows of a CSV: some 200 bytes each, and Lambda answers with 6 MB at most.
_ROWS: Final = Sizes(usual=5_000, most=5_000)


@endpoint(
    reports, "GET /events/{event_id}/report", allow="reports:read", whose=ORGANIZERS, gives=(200, ReportView)
)
def get_report(event_id: str, caller: Caller) -> ReportView:
    """What is sold, held, left and taken back, by ticket type and by day."""
    return sales.of_event(event_id, caller)


@endpoint(
    reports,
    "GET /events/{event_id}/report.csv",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, "text/csv"),
    sizes=_ROWS,
)
def get_attendees(event_id: str, caller: Caller, page: Page) -> Listing:
    """Payments and attendees, a row for each ticket; the header is on the first page only."""
    revising.find_own(event_id, caller)
    rows = attendees.page(event_id, page)
    return Listing(Reply(sheets.csv_of(rows.items), content_type="text/csv; charset=utf-8"), rows.after)


@endpoint(
    reports,
    "GET /events/{event_id}/report.html",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, "text/html"),
)
def show_report(event_id: str, caller: Caller) -> Reply:
    """The report as a page with the sales curve."""
    shown = pages.html(sales.of_event(event_id, caller))
    return Reply(shown, headers=pages.HEADERS, content_type="text/html; charset=utf-8")


@endpoint(
    reports,
    "GET /events/{event_id}/report.svg",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, "image/svg+xml"),
)
def draw_curve(event_id: str, caller: Caller) -> Reply:
    """The sales curve as a picture."""
    report = sales.of_event(event_id, caller)
    drawn = curve.svg(report.event_name, report.days)
    return Reply(drawn, headers=pages.HEADERS, content_type="image/svg+xml; charset=utf-8")
