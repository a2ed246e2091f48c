"""The journeys whose costs are counted, step by step, over AWS in memory: each call of the application.

They use the actors of the tests. The clock stands still and each world is new, so the counts are the same at
each run. Each purchase leases its own turn to push, as in a quiet hour; in a rush one lease serves five.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bench.capacity import Meter, metered
from chalicelib.core import clock as real_clock
from chalicelib.core.settings import settings
from chalicelib.delivery import ways
from chalicelib.payments import till
from chalicelib.payments.pacing import Pacer
from chalicelib.payments.till import Till
from tests.actors import Clock, Organizer, Person, Town, event_form, sign_up_form
from tests.memory import aws_in_memory


@dataclass
class Walk:
    """One journey through a town that has an organizer, a buyer and an event; counts its steps."""

    town: Town
    steps: dict[str, Meter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.organizer: Organizer = self.town.organizer("otieno")
        self.buyer: Person = self.town.signs_up("amina")
        self.event: dict[str, Any] = self.organizer.event()
        self.town.indexes()
        self.buyer.buys(self.event)  # so that containers and clients are warm
        self.town.safaricom.calls_back(0, receipt="WARM000001")
        self.town.posts()
        till.open_with(self.opened_till())

    def opened_till(self) -> Callable[[], Till]:
        """A till whose pace has nothing leased."""
        pace = Pacer(settings().daraja_pushes_per_second, self.town.clock)
        return lambda: Till(self.town.safaricom, settings(), pace, self.town.clock)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what this step takes."""
        with metered() as meter:
            yield
        self.steps[name] = meter

    def asks(
        self, name: str, path: str, body: Any = None, who: Person | None = None, method: str = ""
    ) -> Any:
        """A step that is one request: `GET /events`."""
        with self.step(name):
            answer = (who or self.town).asks(method or name.split(" ")[0], path, body)
        assert answer.status < 300, answer.raw
        return answer.body if answer.raw else None

    def works_off(self, name: str, work: Callable[[], Any]) -> None:
        """A step that is a message or a tick of the schedule."""
        with self.step(name):
            work()

    def order(self, **more: Any) -> Any:
        """The order, and what comes before it where somebody is not signed in yet."""
        body = {
            "event_id": self.event["id"],
            "ticket_type": "regular",
            "quantity": 1,
            "phone": self.town.another_phone(),
        }
        return self.asks("POST /payments", "/payments", body | more, self.buyer)

    def is_called_back(self, code: int) -> None:
        """The callback, and its settlement."""
        with self.step("POST /lnmo/{payment_id}/{attempt}/{token}"):
            self.town.safaricom.calls_back(code, settle=False)
        self.works_off("settlement", self.town.settles)


def _pays(walk: Walk) -> None:
    walk.asks("GET /events", "/events")
    walk.asks("GET /events/{event_id}", f"/events/{walk.event['id']}")
    walk.asks("POST /login", "/login", {"email": "amina@example.com", "password": "Tiketi@123"})
    payment = walk.order()
    walk.is_called_back(0)
    walk.asks("GET /payments/{payment_id}", f"/payments/{payment['id']}", None, walk.buyer)
    walk.works_off("e-mail with the ticket", walk.town.posts)
    ticket = walk.asks("GET /tickets", "/tickets", None, walk.buyer)[0]["id"]
    walk.asks("GET /tickets/{ticket_id}", f"/tickets/{ticket}", None, walk.buyer)


def _is_let_in(walk: Walk) -> None:
    ticket = walk.buyer.tickets()[0]
    path = f"/events/{walk.event['id']}/checkins"
    body = {"code": ticket["code"], "device": "Gate A", "scanned_at": walk.town.clock().isoformat()}
    walk.asks("POST /events/{event_id}/checkins", path, body, walk.organizer)
    upload = {"scans": [body | {"device": "Gate B"}]}
    walk.asks("the same, a second gate's upload", path, upload, walk.organizer, method="POST")
    walk.asks("GET /events/{event_id}/gate", f"/events/{walk.event['id']}/gate", None, walk.organizer)
    walk.asks(
        "DELETE /events/{event_id}/checkins/{ticket_id}", f"{path}/{ticket['id']}", None, walk.organizer
    )


def _is_refused(walk: Walk) -> None:
    walk.order()
    walk.is_called_back(1032)


def _pays_less(walk: Walk) -> None:
    """By a code of which there are so many, and of an event with both limits."""
    walk.event = walk.organizer.event(max_per_customer=4, max_per_phone=4)
    form = {"code": "JAZZ-20", "percent_off": 20, "max_tickets": 100, "max_per_customer": 2}
    walk.organizer.asks("POST", f"/events/{walk.event['id']}/promo-codes", form)
    walk.buyer.buys(walk.event)  # so that the event is known
    walk.order(promo_code="JAZZ-20")
    walk.is_called_back(0)


def _tries_again(walk: Walk) -> None:
    payment = walk.buyer.buys(walk.event)
    walk.town.safaricom.calls_back(1032)
    body = {"payment_id": payment["id"], "phone": walk.town.another_phone()}
    walk.asks("POST /lnmo", "/lnmo", body, walk.buyer)
    walk.is_called_back(0)


def _hears_nothing(walk: Walk) -> None:
    walk.order()
    for name, seconds in (("prompt's end", 91), ("hold's end", 240)):
        walk.town.clock.passes(seconds=seconds)
        walk.works_off(f"reconciliation at the {name}", walk.town.reconciles)


def _refunds(walk: Walk) -> None:
    payment = walk.buyer.buys(walk.event)
    walk.town.safaricom.calls_back(0, receipt="WARM000002")
    path = f"/payments/{payment['id']}/refund"
    body = {"reason": "Rain.", "method": "reversal"}
    walk.asks("POST /payments/{payment_id}/refund", path, body, walk.organizer)
    walk.works_off("reversal", walk.town.refunds)
    with walk.step("POST /lnmo/{payment_id}/{attempt}/{token}/reversal"):
        walk.town.safaricom.tells(0, settle=False)
    walk.works_off("its result", walk.town.refunds)


def _sells_for_cash(walk: Walk) -> None:
    body = {"event_id": walk.event["id"], "ticket_type": "regular", "quantity": 1, "payment_type": "Cash"}
    walk.asks("POST /payments", "/payments", body, walk.organizer)
    counted = {"seller_id": walk.organizer.id, "amount": 2_000}
    path = f"/events/{walk.event['id']}/cash-ups"
    walk.asks("POST /events/{event_id}/cash-ups", path, counted, walk.organizer)


def _runs_on_empty(walk: Walk) -> None:
    walk.town.posts()
    walk.works_off("reconciliation, nothing due", walk.town.reconciles)
    walk.works_off("search and outbox, nothing due", walk.town.mends)


def _polls(walk: Walk) -> None:
    walk.asks("GET /events/{event_id}/availability", f"/events/{walk.event['id']}/availability")


def _searches(walk: Walk) -> None:
    walk.asks("GET /search", "/search?q=wine")


def _signs_up(walk: Walk) -> None:
    walk.asks("POST /signup", "/signup", sign_up_form("zuhura"))


def _puts_on_sale(walk: Walk) -> None:
    walk.asks("POST /events", "/events", event_form(event_name="Koroga"), walk.organizer)
    walk.works_off("indexing", walk.town.indexes)


def _edits(walk: Walk) -> None:
    path = f"/events/{walk.event['id']}"
    walk.asks("PATCH /events/{event_id}", path, {"location": "KICC, Nairobi"}, walk.organizer)
    walk.works_off("indexing", walk.town.indexes)


def _cancels(walk: Walk) -> None:
    walk.asks("POST /events/{event_id}/cancel", f"/events/{walk.event['id']}/cancel", None, walk.organizer)
    walk.works_off("giving back, one payment", walk.town.unwinds)
    walk.works_off("indexing", walk.town.indexes)


JOURNEYS: Final[dict[str, Callable[[Walk], None]]] = {
    "a ticket is bought": _pays,
    "a ticket is checked in": _is_let_in,
    "a payment fails": _is_refused,
    "a second attempt pays": _tries_again,
    "a hold expires": _hears_nothing,
    "availability is polled": _polls,
    "a search": _searches,
    "a sign-up": _signs_up,
    "an event is put on sale": _puts_on_sale,
    "an event is edited": _edits,
    "an event is cancelled": _cancels,
    "a payment is refunded": _refunds,
    "a ticket is sold for cash": _sells_for_cash,
    "a run of the schedule": _runs_on_empty,
    "a ticket is bought by a promo code, of an event with limits": _pays_less,
}


@contextmanager
def a_town() -> Iterator[Town]:
    """The application over AWS in memory, and a clock that stands still."""
    clock = Clock()
    with ExitStack() as ends:
        real_clock.set_clock(clock)
        ends.callback(real_clock.set_clock, None)
        ends.enter_context(aws_in_memory())
        town = Town(clock)
        till.open_with(town.till)
        ends.callback(till.open_with, None)
        ways.open_with(town.post.ways)
        ends.callback(ways.open_with, None)
        yield town


def walked(journey: Callable[[Walk], None]) -> dict[str, Meter]:
    """What each step of a journey took."""
    with a_town() as town:
        walk = Walk(town)
        journey(walk)
    return walk.steps
