"""From an order to a payment: which seats at what price, or why not. Reads and writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.catalog import sales, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.schemas import label_of
from chalicelib.catalog.stock import Seats
from chalicelib.core.problems import Invalid
from chalicelib.offers import terms
from chalicelib.offers.models import PromoCode
from chalicelib.offers.terms import Terms
from chalicelib.payments import watching
from chalicelib.payments.buckets import bucket_of
from chalicelib.payments.models import Attempt, Item, Payment
from chalicelib.payments.problems import SalesClosed, SoldOut
from chalicelib.payments.seating import holds_of
from chalicelib.payments.states import State


def check_sale(event: Event, shards: Iterable[Stock], wanted: Mapping[str, int], at: datetime) -> None:
    """Refuse what is not on sale.

    Raises:
        Invalid: a ticket type that this event does not have.
        SalesClosed: a type whose sale is over, or a cancelled event.
    """
    prices = event.prices
    if unknown := [kind for kind in wanted if kind not in prices]:
        raise Invalid(fields={"ticket_type": f"This event has no {' or '.join(unknown)} tickets."})
    if not all(shard.on_sale for shard in shards):
        raise SalesClosed("This event is cancelled.")
    if closed := [kind for kind in wanted if not sales.is_on_sale(event, kind, at)]:
        labels = " and ".join(label_of(event, kind) for kind in closed)
        raise SalesClosed(f"{labels} tickets are not on sale now; choose another type.")


def choose_seats(
    event: Event, shards: Sequence[Stock], wanted: Mapping[str, int], code: PromoCode | None
) -> list[Seats]:
    """Seats for all that is wanted, at today's prices with the code, from as few shards as it takes.

    Raises:
        SoldOut: carrying what is left of each wanted type.
    """
    chosen = stock.choose(event, shards, wanted, terms.prices(event, code))
    if chosen is None:
        raise sold_out(event, shards, wanted)
    return chosen


def sold_out(event: Event, shards: Sequence[Stock], wanted: Mapping[str, int]) -> SoldOut:
    """That there are too few seats; carries what is left of each wanted type."""
    return SoldOut(available={kind: stock.available(event, shards, kind) for kind in wanted})


def wanted_again(payment: Payment) -> dict[str, int]:
    """How many of each type a payment is for."""
    return {str(item.ticket_type): int(item.quantity) for item in payment.items}


def seats_anew(payment: Payment, event: Event, shards: Sequence[Stock]) -> list[Seats] | None:
    """Seats like those that a payment once held, at the prices of then; None if there are too few.

    Wherever they are: others may have taken the very seats, and still there may be as many elsewhere.
    """
    prices = {str(item.ticket_type): int(item.price) for item in payment.items}
    return stock.choose(event, shards, wanted_again(payment), prices)


def open_payment(
    payment_id: str,
    event: Event,
    seats: list[Seats],
    agreed: Terms,
    *,
    phone: str,
    buyer: str,
    at: datetime,
    pushed_at: datetime | None,
    expires_at: datetime,
    due_at: datetime,
) -> Payment:
    """A payment that has just been opened, with its first attempt not yet sent; complete if it is free.

    It costs what the seats are priced at. `pushed_at` is None if the push has to wait for its turn.
    """
    totals: dict[str, int] = {}
    for some in seats:
        totals[some.type] = totals.get(some.type, 0) + some.n
    prices = {some.type: some.price for some in seats}
    amount = sum(some.n * some.price for some in seats)
    payment = Payment(
        id=payment_id,
        status=State.PENDING,
        user_id=buyer,
        seller=bucket_of(event.user_id, payment_id),
        sale=bucket_of(event.id, payment_id),
        month=bucket_of(f"{at:%Y-%m}", payment_id),
        event_id=event.id,
        event_name=event.name,
        amount=amount,
        items=[
            Item(ticket_type=kind, label=label_of(event, kind), quantity=n, price=prices[kind])
            for kind, n in totals.items()
        ],
        holds=holds_of(agreed.counted(seats)),
        counted=list(agreed.personal) or None,
        attempts=[Attempt(number=1, phone=phone, asked_at=at, pushed_at=pushed_at)],
        attempt_count=1,
        version=1,
        payer_phone=phone,
        created_at=at,
        expires_at=expires_at,
        pending=watching.bucket(payment_id),
        due_at=due_at,
    )
    if agreed.code:
        payment.promo_code = agreed.code
        payment.discount = sum(int(event.prices[kind]) * n for kind, n in totals.items()) - amount
    if payment.amount == 0:  # nothing to ask for: it is complete, and nobody waits for it
        complete(payment, at)
    return payment


def complete(payment: Payment, at: datetime) -> None:
    """Make a payment that was just opened complete, without any attempt."""
    payment.status, payment.settled_at = State.COMPLETED, at
    payment.attempts, payment.attempt_count = [], 0
    payment.pending = payment.due_at = None
