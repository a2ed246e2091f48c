"""What was told to buyers, and sending it again."""

from chalice.app import Blueprint

from chalicelib.delivery import again, showing
from chalicelib.delivery.problems import AskedTooOften, NoTickets, NotInTrouble
from chalicelib.delivery.schemas import MessageView, TroubledMessage, TroubleQuery
from chalicelib.payments import following
from chalicelib.web.caller import Caller
from chalicelib.web.endpoint import SIGNED_IN, endpoint
from chalicelib.web.ownership import ANYBODYS, BUYERS_OR_ORGANIZERS
from chalicelib.web.paging import Listing, Page

delivery = Blueprint(__name__)


@endpoint(
    delivery,
    "GET /payments/{payment_id}/messages",
    allow=SIGNED_IN,
    whose=BUYERS_OR_ORGANIZERS,
    gives=(200, MessageView),
)
def list_messages_of_payment(payment_id: str, caller: Caller) -> list[MessageView]:
    """What the buyer was told of a payment by e-mail and SMS, newest first."""
    payment = following.find(payment_id, caller)
    return [MessageView.of(message) for message in showing.of_payment(payment.id)]


@endpoint(
    delivery,
    "POST /payments/{payment_id}/messages",
    allow=SIGNED_IN,
    whose=BUYERS_OR_ORGANIZERS,
    gives=(202, MessageView),
    raises=(NoTickets, AskedTooOften),
)
def send_tickets_again(payment_id: str, caller: Caller) -> MessageView:
    """Send the tickets to the buyer once more; once a minute, and five times a day."""
    return MessageView.of(again.send_tickets(payment_id, caller))


@endpoint(
    delivery,
    "GET /messages",
    allow="messages:resend",
    whose=ANYBODYS,
    asks=TroubleQuery,
    gives=(200, TroubledMessage),
)
def list_messages_in_trouble(query: TroubleQuery, page: Page) -> Listing:
    """Messages that need a person, latest first: those that may have been sent, or those that failed."""
    found = showing.in_trouble(query.status, page)
    return Listing([TroubledMessage.of(message) for message in found.items], found.after)


@endpoint(
    delivery,
    "POST /messages/{message_id}/resend",
    allow="messages:resend",
    whose=ANYBODYS,
    gives=(202, TroubledMessage),
    raises=(NotInTrouble,),
)
def resend_message(message_id: str, caller: Caller) -> TroubledMessage:
    """Send a message that failed or is unknown once more; whoever got it the first time gets it twice."""
    return TroubledMessage.of(again.resend(message_id, caller))
