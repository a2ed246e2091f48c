"""What people may ask of us: to see what we hold of them, to leave, and to be forgotten."""

from typing import Final

from chalice.app import Blueprint

from chalicelib.accounts.problems import LastAdmin, RunsEvents, StillOpen
from chalicelib.accounts.schemas import ErasureView, HeldRecord, Leaving, PhoneToForget
from chalicelib.core.problems import Conflict
from chalicelib.privacy import departing, erasing, gathering, records
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import SIGNED_IN, endpoint
from chalicelib.web.ownership import ANYBODYS, ONESELF
from chalicelib.web.paging import Listing, Page, Sizes

privacy = Blueprint(__name__)

#: Records on a page: a payment takes three round trips.
_RECORDS: Final = Sizes(usual=25, most=50)


@endpoint(
    privacy,
    "GET /users/{user_id}/data",
    allow=SIGNED_IN,
    whose=ONESELF,
    gives=(200, HeldRecord),
    sizes=_RECORDS,
)
def get_data(user_id: str, caller: Caller, page: Page) -> Listing:
    """All that we hold of a person; follow `Link` until there is none."""
    return gathering.page(user_id, caller, page)


@endpoint(
    privacy,
    "DELETE /users/{user_id}",
    allow=SIGNED_IN,
    whose=ONESELF,
    asks=Leaving,
    gives=(204, None),
    raises=(RunsEvents, StillOpen, LastAdmin, Conflict),
)
def delete_user(user_id: str, query: Leaving, caller: Caller) -> None:
    """Make a person anonymous and end every token; their payments forget them, and stay."""
    departing.depart(user_id, caller, give_up_tickets=query.give_up_tickets)


@endpoint(
    privacy,
    "POST /erasures",
    allow="users:write",
    whose=ANYBODYS,
    takes=PhoneToForget,
    gives=(202, ErasureView),
)
def forget_phone(form: PhoneToForget, caller: Caller) -> ErasureView:
    """Let a phone of somebody without an account be forgotten, wherever a payment has it."""
    return records.erasure(erasing.ask(form.phone, caller))


@endpoint(
    privacy, "GET /erasures/{erasure_id}", allow="users:write", whose=ANYBODYS, gives=(200, ErasureView)
)
def get_erasure(erasure_id: str) -> ErasureView:
    """How far an erasure is, of a phone or, by the id of who has left, of a person."""
    return records.erasure(erasing.find(erasure_id))
