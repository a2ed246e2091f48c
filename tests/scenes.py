"""A town in which there is one of everything, and how to ask each route for something that is there.

`SCENES` has a scene for each route: it makes a thing, and says how to ask for it. A new route without one
fails `tests/web/test_authorization.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from chalicelib.accounts.models import User
from chalicelib.core.settings import settings
from chalicelib.delivery.outcomes import Unknown
from chalicelib.payments import refunding
from chalicelib.payments.daraja.answers import Unknown as NoWord
from chalicelib.payments.models import Refund
from tests.actors import Organizer, Person, Town, event_form, sign_up_form


@dataclass
class World:
    """The town and the people whose things are asked for."""

    town: Town
    people: dict[str, Person] = field(default_factory=dict)
    count: int = 0
    #: Fields of every event, over those of `event_form`.
    events: Mapping[str, Any] = field(default_factory=dict)

    @property
    def organizer(self) -> Organizer:
        someone = self.people["the event's organizer"]
        assert isinstance(someone, Organizer)
        return someone

    @property
    def owner(self) -> Person:
        return self.people["the owner"]

    @property
    def admin(self) -> Person:
        return self.people["an Admin"]

    def name(self) -> str:
        self.count += 1
        return f"thing{self.count}"

    def event(self, **more: Any) -> dict[str, Any]:
        return self.organizer.event(**self.events, **more)

    def promo_code(self) -> str:
        path, code = f"/events/{self.event()['id']}/promo-codes", self.name()
        assert self.organizer.asks("POST", path, {"code": code, "percent_off": 20}).status == 201
        return f"{path}/{code}"

    def payment(self) -> dict[str, Any]:
        return self.owner.buys(self.event())

    def paid(self) -> dict[str, Any]:
        payment = self.payment()
        self.town.safaricom.calls_back(0, receipt=f"AUT{len(self.town.safaricom.prompts):07d}")
        return payment

    def owed(self) -> dict[str, Any]:
        """A payment whose organizer may be paid out."""
        self._verify(self.organizer)
        return self.paid()

    def waiting_refund(self) -> str:
        """The id of a payment with a refund that waits for approval."""
        payment = self.paid()
        with patch.object(refunding, "settings", lambda: replace(settings(), refund_approval=1)):
            asked = self.organizer.asks(
                "POST", f"/payments/{payment['id']}/refund", {"reason": "Rain.", "method": "manual"}
            )
        assert asked.status == 202
        # Somebody else than those who are asked here has asked for it.
        Refund(payment["id"], 1).update(actions=[Refund.asked_by.set("somebody")])
        return str(payment["id"])

    def reversal(self) -> str:
        """Where the result of a reversal goes."""
        path = f"/payments/{self.paid()['id']}/refund"
        asked = self.organizer.asks("POST", path, {"reason": "Rain.", "method": "reversal"})
        assert asked.status == 202
        self.town.refunds()
        return urlsplit(self.town.safaricom.reversals[-1].result_url).path

    def unknown_refund(self) -> str:
        """The id of a payment with a refund of which nobody has told."""
        self.town.safaricom.next_reversals = [NoWord("by the test")]
        return self.reversal().split("/")[2]

    def cancelled_payment(self) -> dict[str, Any]:
        payment = self.payment()
        assert self.owner.asks("DELETE", f"/payments/{payment['id']}").status == 200
        return payment

    def ticket(self) -> str:
        return str(self.ticket_of(self.event(regular_price=0))["id"])

    def ticket_of(self, free: dict[str, Any]) -> dict[str, Any]:
        payment = self.owner.payment(self.owner.buys(free))
        found: dict[str, Any] = payment["tickets"][0]
        return found

    def gate(self) -> dict[str, Any]:
        """A free event with somebody at its gate."""
        event = self.event(regular_price=0)
        path = f"/events/{event['id']}/staff/{self.people['the gate'].id}"
        assert self.organizer.asks("PUT", path, {"role": "gate"}).status == 200
        return event

    def scan(self) -> "Asked":
        event = self.gate()
        code = self.owner.asks("GET", f"/tickets/{self.ticket_of(event)['id']}").body["code"]
        return Asked(f"/events/{event['id']}/checkins", {"code": code, "device": "Gate A"})

    def admission(self) -> "Asked":
        scan = self.scan()
        ticket = self.organizer.asks("POST", scan.path, scan.body).body["ticket_id"]
        return Asked(f"{scan.path}/{ticket}")

    def cash(self) -> "Asked":
        """What somebody has in hand who sold for cash."""
        event = self.gate()
        sold = self.people["the gate"].orders(event, payment_type="Cash")
        assert sold.status == 202
        path = f"/events/{event['id']}/cash-ups"
        return Asked(path, {"seller_id": self.people["the gate"].id, "amount": 0})

    def link(self, form: str) -> str:
        from chalicelib.tickets import links
        from chalicelib.tickets.models import Ticket

        address = urlsplit(links.url_of(Ticket.get(self.ticket()), self.town.clock(), form))
        return f"{address.path}?{address.query}"

    def message_in_trouble(self) -> str:
        """An e-mail of which nobody knows whether it was sent."""
        self.town.posts()
        self.town.post.next_outcomes.append(Unknown("ReadTimeoutError"))
        payment = self.owner.buys(self.event(regular_price=0))
        self.town.posts()
        return str(self.owner.asks("GET", f"/payments/{payment['id']}/messages").body[0]["id"])

    def callback(self) -> str:
        self.payment()
        return urlsplit(self.town.safaricom.prompts[-1].callback_url).path

    def erasure(self) -> str:
        return str(self.admin.asks("POST", "/erasures", {"phone": "0733 000 009"}).body["id"])

    def role(self) -> int:
        return int(self.admin.asks("POST", "/roles", {"name": self.name()}).body["id"])

    def category(self) -> int:
        return int(self.admin.asks("POST", "/categories", {"name": self.name()}).body["id"])

    def reset_link(self) -> str:
        from chalicelib.accounts import resetting

        link = resetting.new_link(self.town.signs_up(self.name()).id, self.town.clock())
        assert link
        return urlsplit(link).path

    def somebody(self) -> Person:
        """A fresh account, which is the owner's for one request."""
        self.people["the owner"] = self.town.signs_up(self.name())
        return self.owner

    def verified(self) -> Person:
        """The same, of whom an Admin has seen who they are."""
        self._verify(self.somebody())
        return self.owner

    def _verify(self, person: Person) -> None:
        User(person.id).update(actions=[User.verified_at.set(self.town.clock())])


@dataclass(frozen=True)
class Asked:
    """One request for a thing that is there."""

    path: str
    body: Any = None


Scene = Callable[[World], Asked]


def plain(path: str, body: Any = None) -> Scene:
    return lambda world: Asked(path, body)


NEW_PASSWORD = {"password": "Tiketi@124"}

SCENES: dict[str, Scene] = {
    "GET /health": plain("/health"),
    "GET /openapi.json": plain("/openapi.json"),
    "GET /docs": plain("/docs"),
    "POST /signup": lambda world: Asked("/signup", sign_up_form(world.name())),
    "POST /login": plain("/login", {"email": "owner@example.com", "password": "Tiketi@123"}),
    "DELETE /logout": plain("/logout"),
    "POST /password-resets": plain("/password-resets", {"email": "owner@example.com"}),
    "GET /password-resets/{token}": plain("/password-resets/0123"),
    "PUT /password-resets/{token}": lambda world: Asked(world.reset_link(), NEW_PASSWORD),
    "GET /users": plain("/users"),
    "POST /users": lambda world: Asked("/users", sign_up_form(world.name())),
    "GET /users/{user_id}": lambda world: Asked(f"/users/{world.somebody().id}"),
    "PUT /users/{user_id}": lambda world: Asked(f"/users/{world.somebody().id}", {"username": world.name()}),
    "PATCH /users/{user_id}": lambda world: Asked(f"/users/{world.somebody().id}", NEW_PASSWORD),
    "DELETE /users/{user_id}": lambda world: Asked(f"/users/{world.somebody().id}"),
    "GET /users/{user_id}/data": lambda world: Asked(f"/users/{world.somebody().id}/data"),
    "POST /erasures": plain("/erasures", {"phone": "0733 000 009"}),
    "GET /erasures/{erasure_id}": lambda world: Asked(f"/erasures/{world.erasure()}"),
    "GET /roles": plain("/roles"),
    "POST /roles": lambda world: Asked("/roles", {"name": world.name()}),
    "PUT /roles/{role_id}": lambda world: Asked(f"/roles/{world.role()}", {"name": world.name()}),
    "DELETE /roles/{role_id}": lambda world: Asked(f"/roles/{world.role()}"),
    "GET /categories": plain("/categories"),
    "POST /categories": lambda world: Asked("/categories", {"name": world.name()}),
    "PUT /categories/{category_id}": lambda world: Asked(
        f"/categories/{world.category()}", {"name": world.name()}
    ),
    "DELETE /categories/{category_id}": lambda world: Asked(f"/categories/{world.category()}"),
    "GET /events": plain("/events"),
    "POST /events": lambda world: Asked("/events", event_form(**world.events)),
    "GET /events/{event_id}": lambda world: Asked(f"/events/{world.event()['id']}"),
    "GET /events/{event_id}/availability": lambda world: Asked(f"/events/{world.event()['id']}/availability"),
    "PATCH /events/{event_id}": lambda world: Asked(f"/events/{world.event()['id']}", {"location": "KICC"}),
    "PUT /events/{event_id}": lambda world: Asked(f"/events/{world.event()['id']}", {"location": "KICC"}),
    "DELETE /events/{event_id}": lambda world: Asked(f"/events/{world.event()['id']}"),
    "POST /events/{event_id}/cancel": lambda world: Asked(f"/events/{world.event()['id']}/cancel"),
    "PUT /events/{event_id}/staff/{user_id}": lambda world: Asked(
        f"/events/{world.event()['id']}/staff/{world.people['a user'].id}", {"role": "gate"}
    ),
    "DELETE /events/{event_id}/staff/{user_id}": lambda world: Asked(
        f"/events/{world.gate()['id']}/staff/{world.people['the gate'].id}"
    ),
    "POST /events/{event_id}/promo-codes": lambda world: Asked(
        f"/events/{world.event()['id']}/promo-codes", {"code": world.name(), "percent_off": 20}
    ),
    "GET /events/{event_id}/promo-codes": lambda world: Asked(f"/events/{world.event()['id']}/promo-codes"),
    "DELETE /events/{event_id}/promo-codes/{code}": lambda world: Asked(world.promo_code()),
    "POST /events/{event_id}/checkins": lambda world: world.scan(),
    "DELETE /events/{event_id}/checkins/{ticket_id}": lambda world: world.admission(),
    "GET /events/{event_id}/gate": lambda world: Asked(f"/events/{world.gate()['id']}/gate"),
    "GET /gate": plain("/gate"),
    "GET /gate/{file}": plain("/gate/app.js"),
    "GET /search": plain("/search?q=wine"),
    "GET /payments": plain("/payments"),
    "POST /payments": lambda world: Asked(
        "/payments",
        {
            "event_id": world.event()["id"],
            "ticket_type": "regular",
            "quantity": 1,
            "phone": world.town.another_phone(),
        },
    ),
    "GET /payments/{payment_id}": lambda world: Asked(f"/payments/{world.payment()['id']}"),
    "DELETE /payments/{payment_id}": lambda world: Asked(f"/payments/{world.payment()['id']}"),
    "POST /payments/{payment_id}/refund": lambda world: Asked(
        f"/payments/{world.paid()['id']}/refund", {"reason": "Rain.", "method": "manual"}
    ),
    "POST /payments/{payment_id}/refund/{refund_id}/approve": lambda world: Asked(
        f"/payments/{world.waiting_refund()}/refund/1/approve"
    ),
    "POST /payments/{payment_id}/refund/{refund_id}/decline": lambda world: Asked(
        f"/payments/{world.waiting_refund()}/refund/1/decline"
    ),
    "POST /payments/{payment_id}/refund/{refund_id}/statement": lambda world: Asked(
        f"/payments/{world.unknown_refund()}/refund/1/statement", {"reversed": True}
    ),
    "POST /events/{event_id}/refunds": lambda world: Asked(
        f"/events/{world.event()['id']}/refunds", {"reason": "Rain."}
    ),
    "GET /events/{event_id}/cash": lambda world: Asked(f"/events/{world.gate()['id']}/cash"),
    "POST /events/{event_id}/cash-ups": lambda world: world.cash(),
    "GET /events/{event_id}/cash-ups": lambda world: Asked(world.cash().path),
    "GET /events/{event_id}/refunds": lambda world: Asked(f"/events/{world.event()['id']}/refunds"),
    "POST /lnmo/{payment_id}/{attempt}/{token}/reversal": lambda world: Asked(
        world.reversal(), {"Result": {}}
    ),
    "GET /lnmo": plain("/lnmo"),
    "POST /lnmo": lambda world: Asked(
        "/lnmo", {"payment_id": world.cancelled_payment()["id"], "phone": world.town.another_phone()}
    ),
    "POST /lnmo/{payment_id}/{attempt}/{token}": lambda world: Asked(world.callback(), {"Body": {}}),
    "GET /payments/{payment_id}/messages": lambda world: Asked(f"/payments/{world.payment()['id']}/messages"),
    "POST /payments/{payment_id}/messages": lambda world: Asked(
        f"/payments/{world.owner.buys(world.event(regular_price=0))['id']}/messages"
    ),
    "GET /messages": plain("/messages"),
    "POST /messages/{message_id}/resend": lambda world: Asked(
        f"/messages/{world.message_in_trouble()}/resend"
    ),
    "GET /events/{event_id}/report": lambda world: Asked(f"/events/{world.event()['id']}/report"),
    "GET /events/{event_id}/report.csv": lambda world: Asked(f"/events/{world.event()['id']}/report.csv"),
    "GET /events/{event_id}/report.html": lambda world: Asked(f"/events/{world.event()['id']}/report.html"),
    "GET /events/{event_id}/report.svg": lambda world: Asked(f"/events/{world.event()['id']}/report.svg"),
    **{
        f"GET /events/{{event_id}}/{name}": lambda world, name=name: Asked(
            f"/events/{world.event()['id']}/{name}"
        )
        for name in ("payout", "payout.csv", "payout.html")
    },
    "POST /events/{event_id}/payouts": lambda world: Asked(
        f"/events/{world.owed()['event_id']}/payouts", {"amount": 1_000, "reference": world.name()}
    ),
    "PUT /users/{user_id}/verification": lambda world: Asked(f"/users/{world.somebody().id}/verification"),
    "DELETE /users/{user_id}/verification": lambda world: Asked(f"/users/{world.verified().id}/verification"),
    "GET /tickets": plain("/tickets"),
    "GET /tickets/{ticket_id}": lambda world: Asked(f"/tickets/{world.ticket()}"),
    **{
        f"GET /tickets/{{ticket_id}}/ticket.{form}": lambda world, form=form: Asked(
            f"/tickets/{world.ticket()}/ticket.{form}"
        )
        for form in ("svg", "png", "pdf")
    },
}

#: The same with a signed link in it, for the routes that take one.
LINKED: dict[str, Scene] = {
    f"GET /tickets/{{ticket_id}}/ticket.{form}": lambda world, form=form: Asked(world.link(form))
    for form in ("svg", "png", "pdf")
}
