"""What organizers see of their sales."""

from typing import Final

from chalice.app import Blueprint

from chalicelib.catalog import revising
from chalicelib.payments.problems import NOT_PAID_OUT
from chalicelib.reports import attendees, curve, pages, payout_pages, payouts, sales, sheets
from chalicelib.reports.schemas import PayoutForm, PayoutView, ReportView, StatementView
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import endpoint
from chalicelib.web.ownership import ANYBODYS, ORGANIZERS
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


@endpoint(
    reports,
    "GET /events/{event_id}/payout",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, StatementView),
)
def get_statement(event_id: str, caller: Caller) -> StatementView:
    """What is owed for an event, and what was paid out."""
    return payouts.statement(event_id, caller)


@endpoint(
    reports,
    "GET /events/{event_id}/payout.csv",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, "text/csv"),
)
def get_statement_rows(event_id: str, caller: Caller) -> Reply:
    """The same, a row for each thing that adds up to what is owed."""
    rows = payout_pages.rows(payouts.statement(event_id, caller))
    return Reply(sheets.csv_of(rows), content_type="text/csv; charset=utf-8")


@endpoint(
    reports,
    "GET /events/{event_id}/payout.html",
    allow="reports:read",
    whose=ORGANIZERS,
    gives=(200, "text/html"),
)
def show_statement(event_id: str, caller: Caller) -> Reply:
    """The same as a page."""
    shown = payout_pages.html(payouts.statement(event_id, caller))
    return Reply(shown, headers=pages.HEADERS, content_type="text/html; charset=utf-8")


@endpoint(
    reports,
    "POST /events/{event_id}/payouts",
    allow="payouts:write",
    whose=ANYBODYS,
    takes=PayoutForm,
    gives=(201, PayoutView),
    raises=NOT_PAID_OUT,
)
def record_payout(event_id: str, form: PayoutForm, caller: Caller) -> PayoutView:
    """Record what was paid out to an event's organizer, by its reference once."""
    return PayoutView.of(payouts.record(event_id, form, caller))
