"""The gate: admitting people, undoing it, and what a scanner needs offline."""

from chalice.app import Blueprint

from chalicelib.core.problems import NotFound
from chalicelib.tickets import answering, gate, gate_page, undoing
from chalicelib.tickets.gate_schemas import CheckInForm, CheckInView, GatePart, GateView
from chalicelib.tickets.problems import AlreadyAdmitted, NotValid, TicketRevoked
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, endpoint
from chalicelib.web.ownership import ANYBODYS, ORGANIZERS, ORGANIZERS_OR_GATES

gates = Blueprint(__name__)


@endpoint(
    gates,
    "POST /events/{event_id}/checkins",
    allow=SIGNED_IN,
    whose=ORGANIZERS_OR_GATES,
    takes=CheckInForm,
    gives=(200, CheckInView),
    raises=(AlreadyAdmitted, NotValid),
)
def check_in(event_id: str, form: CheckInForm, caller: Caller) -> CheckInView:
    """Admit whoever shows a code, or tell of those who were admitted offline; either is safe to repeat."""
    if form.scans is None:
        return CheckInView(answering.to_one(event_id, form, caller))
    return CheckInView(answering.to_all(event_id, form, caller))


@endpoint(
    gates,
    "DELETE /events/{event_id}/checkins/{ticket_id}",
    allow="tickets:checkin",
    whose=ORGANIZERS,
    gives=(204, None),
    raises=(TicketRevoked,),
)
def undo_check_in(event_id: str, ticket_id: str, caller: Caller) -> None:
    """Undo an admission: the ticket is valid again."""
    undoing.undo(event_id, ticket_id, caller)


@endpoint(
    gates,
    "GET /events/{event_id}/gate",
    allow=SIGNED_IN,
    whose=ORGANIZERS_OR_GATES,
    asks=GatePart,
    gives=(200, GateView),
    cache="no-cache",
)
def get_gate(event_id: str, query: GatePart, caller: Caller) -> GateView:
    """What a scanner of this event needs while there is no network."""
    known = gate.offline_list(event_id, query.place, caller)
    return GateView(keys=known.keys, admitted=known.admitted, revoked=known.revoked, next=known.following)


@endpoint(gates, "GET /gate", allow=PUBLIC, whose=ANYBODYS, gives=(200, "text/html"), cache="no-cache")
def show_gate() -> Reply:
    """The page that scans tickets, with or without a network (docs/gate.md)."""
    headers = gate_page.page_headers()
    return Reply(gate_page.page(), headers=headers, content_type="text/html; charset=utf-8")


@endpoint(
    gates,
    "GET /gate/{file}",
    allow=PUBLIC,
    whose=ANYBODYS,
    gives=(200, "text/javascript"),
    cache="no-cache",
)
def get_gate_script(file: str) -> Reply:
    """A script of that page."""
    script = gate_page.script(file)
    if script is None:
        raise NotFound
    headers = gate_page.script_headers(file)
    return Reply(script, headers=headers, content_type="text/javascript; charset=utf-8")
