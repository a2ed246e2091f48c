"""Promo codes of an event: making, listing and ending them."""

from chalice.app import Blueprint

from chalicelib.offers import managing
from chalicelib.offers.problems import CodeExists, TooManyCodes
from chalicelib.offers.schemas import PromoCodeForm, PromoCodeView
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import endpoint
from chalicelib.web.ownership import ORGANIZERS

offers = Blueprint(__name__)


@endpoint(
    offers,
    "POST /events/{event_id}/promo-codes",
    allow="events:write",
    whose=ORGANIZERS,
    takes=PromoCodeForm,
    gives=(201, PromoCodeView),
    raises=(CodeExists, TooManyCodes),
)
def create_promo_code(event_id: str, form: PromoCodeForm, caller: Caller) -> PromoCodeView:
    """Make a code that takes an amount or a per cent off tickets of the event."""
    return PromoCodeView.of(managing.create(event_id, form, caller))


@endpoint(
    offers,
    "GET /events/{event_id}/promo-codes",
    allow="events:write",
    whose=ORGANIZERS,
    gives=(200, PromoCodeView),
)
def list_promo_codes(event_id: str, caller: Caller) -> list[PromoCodeView]:
    """The event's codes by name, all of them, with how many tickets are held or sold by each."""
    return [PromoCodeView.of(one) for one in managing.of_event(event_id, caller)]


@endpoint(
    offers,
    "DELETE /events/{event_id}/promo-codes/{code}",
    allow="events:write",
    whose=ORGANIZERS,
    gives=(204, None),
)
def end_promo_code(event_id: str, code: str, caller: Caller) -> None:
    """End a code; orders that were made with it stay as they are."""
    managing.end(event_id, code, caller)
