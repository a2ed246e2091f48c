"""What a buyer can be told no about."""

from typing import TYPE_CHECKING, Any, Final, Self

from chalicelib.core.problems import Busy, Conflict, Forbidden, NotFound, Problem, TooOften
from chalicelib.offers.problems import CodeUsedUp, LimitReached
from chalicelib.payments import states

if TYPE_CHECKING:
    from chalicelib.payments.models import Payment


class SoldOut(Problem):
    """Not enough seats; `available` says what is left by ticket type."""

    code = "sold_out"
    message = "There are not that many tickets left; choose fewer, or another type."


class SalesClosed(Problem):
    """The sale is not open: too late, cancelled, or early booking is over."""

    code = "sales_closed"
    message = "These tickets are not on sale now."


class IdempotencyMismatch(Problem):
    """The key was used for another order."""

    code = "idempotency_mismatch"
    message = "This Idempotency-Key was used for another order; use a new key for a new order."


class StillSending(Problem):
    """The first request with this key has not been answered yet."""

    code = "conflict"
    message = "This order is being sent to M-Pesa right now; ask again in a few seconds."


class PromptOpen(Problem):
    """A prompt is, or may be, open on that phone."""

    code = "prompt_open"
    message = "An M-Pesa request is open on this phone; answer it, or wait until it has gone."


class AlreadyPaid(Problem):
    """There is nothing left to pay."""

    code = "already_paid"
    message = "This payment is complete; GET /tickets shows the tickets."

    @classmethod
    def by(cls, payment: "Payment") -> Self:
        """The refusal in the words that fit the payment's state."""
        due_back = payment.status in (states.State.REFUND_DUE, states.State.REFUNDED)
        return cls(
            "Your money came and goes back to you; there is nothing left to pay." if due_back else None
        )


class PaymentRefused(Problem):
    """M-Pesa did not take the push; the seats are free again."""

    code = "payment_refused"
    message = "M-Pesa did not accept the payment request, and nothing was charged; check the phone number."


class PhoneBusy(PaymentRefused):
    """A prompt is open on that phone already."""

    message = "Another M-Pesa request is open on this phone; finish it, wait a minute, and try again."

    def __init__(self, **details: Any) -> None:
        super().__init__(retry_after=60, **details)


class MpesaUnreachable(PaymentRefused):
    """M-Pesa cannot be reached, or does not know us; not the buyer's fault."""

    message = "M-Pesa cannot take payments from us just now, and nothing was charged; please try again later."


class MpesaBusy(Busy):
    """M-Pesa takes no more just now; the seats are free again."""

    message = "M-Pesa is very busy just now and nothing was charged; please try again in a few seconds."


class NothingToCancel(Conflict):
    """The payment has ended already, without money."""

    message = (
        "This payment has ended already and holds no seats; should money still be taken, "
        "you will get your tickets or the money back."
    )


class NothingToRefund(Conflict):
    """No money came, or all of it has gone back, or is on its way."""

    message = "Nothing was paid here that could go back."


class NotWaiting(NothingToRefund):
    """There is nothing to agree to, or to turn down."""

    message = "This refund does not wait for anybody's approval."


class TicketsAdmitted(Problem):
    """People are inside by these tickets, and nobody has named them."""

    code = "already_admitted"
    message = (
        "Somebody was let in with a ticket of this payment; to give its money back all the same, "
        "name the tickets in `tickets`."
    )


class NotReversible(Conflict):
    """M-Pesa cannot reverse this; it has to go back some other way."""

    message = "M-Pesa cannot reverse this; pay it back yourself and record that with method manual."


class SecondPersonWanted(Forbidden):
    """Who asked for a refund does not approve it."""

    message = "You asked for this refund; another organizer of the event, or an Admin, has to approve it."


class CountedMeanwhile(Conflict):
    """Somebody else has cashed up this drawer since it was looked at."""

    message = "Somebody else has just counted this seller's cash; look again before you count it."


class MoreThanOwed(Conflict):
    """More would be paid out than is owed; `owed` says how much that is."""

    def __init__(self, *, owed: int) -> None:
        most = (
            f"KES {owed:,} is owed for this event; pay out no more"
            if owed > 0
            else "Nothing is owed for this event"
        )
        super().__init__(f"{most}. GET /events/{{id}}/payout shows why.", owed=owed)


class NotVerified(Conflict):
    """Nobody has seen who the organizer is."""

    message = "The organizer is not verified; PUT /users/{id}/verification once you know who they are."


class ReferenceUsed(Problem):
    """Another payout has this reference."""

    code = "already_exists"
    message = "Another payout has this reference; look at what is recorded before you pay again."


#: What a payout may be refused with.
NOT_PAID_OUT: Final = (MoreThanOwed, NotVerified, ReferenceUsed)

#: What a refund may be refused with.
NOT_REFUNDED: Final = (NotFound, NothingToRefund, TicketsAdmitted, NotReversible, IdempotencyMismatch)

#: What an order may be refused with, and a new attempt: it cannot be had, or the push was not sent.
NOT_SOLD: Final = (
    NotFound,
    SalesClosed,
    SoldOut,
    CodeUsedUp,
    LimitReached,
    PromptOpen,
    TooOften,
    StillSending,
    IdempotencyMismatch,
    PaymentRefused,
    PhoneBusy,
    MpesaUnreachable,
    MpesaBusy,
)
