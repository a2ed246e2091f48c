"""A fair with orders of every kind: by phone, with a code, by cash, as a gift; some are given back again."""

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.scenarios.shop import Person, Shop

SEATS, PRICE = 1_000, 100
THREADS = 24
#: How often somebody presses a button again, and the seconds in between.
PRESSES, PAUSE_SECONDS = 15, 0.4
#: Kinds of orders, and how many of a hundred.
KINDS = {"phone": 52, "code": 20, "changed mind": 6, "cash": 16, "gift": 6}
#: Phones whose customers, or callbacks, are special, and how many of a hundred orders by phone come from one.
SPECIAL = {
    "254700001032": 3,
    "254700002001": 3,
    "254700100002": 2,
    "254700100003": 2,
    "254700100004": 2,
    "254700100005": 2,
    "254700100011": 2,
    "254700200002": 2,
    "254700300001": 2,
}
CODES = [
    {"code": "NUSU", "percent_off": 50, "max_tickets": 120},
    {"code": "BURE", "percent_off": 100, "max_tickets": 20, "max_per_customer": 2},
    {"code": "KUMI", "amount_off": 10, "max_per_customer": 4},
]


@dataclass
class Fair:
    """Events with their organizers and gate staff, and buyers who come and go."""

    shop: Shop
    events: list[dict[str, Any]] = field(default_factory=list)
    organizers: list[Person] = field(default_factory=list)
    staff: list[Person] = field(default_factory=list)
    buyers: list[Person] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def opens(self, events: int, buyers: int) -> None:
        """Make events with codes, sellers and buyers; nothing fails yet."""
        self.buyers = [self.shop.person() for _ in range(buyers)]
        for _ in range(events):
            organizer, seller = Person(self.shop, role_id=2), self.shop.person()
            event = organizer.calls("POST", "/events", 201, json=_form())
            path = f"/events/{event['id']}"
            organizer.calls("PUT", f"{path}/staff/{seller.id}", 200, json={"role": "gate"})
            for code in CODES:
                organizer.calls("POST", f"{path}/promo-codes", 201, json=code)
            self.events.append(event)
            self.organizers.append(organizer)
            self.staff.append(seller)

    def runs(self, orders: int, cancelled: int) -> None:
        """So many visitors, several at once; the event of that number is cancelled in the middle."""
        with ThreadPoolExecutor(THREADS) as threads:
            visits = [threads.submit(self._visit, number) for number in range(orders // 2)]
            calling_off = threads.submit(self._calls_off, cancelled)
            visits += [threads.submit(self._visit, number) for number in range(orders // 2, orders)]
            for visit in [*visits, calling_off]:
                visit.result()

    def _visit(self, number: int) -> None:
        chance = random.Random(number)  # so that a visitor does the same in whatever order the threads come
        place = chance.randrange(len(self.events))
        (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
        quantity = chance.randint(1, 3)
        order = {"event_id": self.events[place]["id"], "ticket_type": "regular", "quantity": quantity}
        if kind in ("cash", "gift"):
            seller = self.staff[place] if kind == "cash" else self.organizers[place]
            order["payment_type"] = "Cash" if kind == "cash" else "Complimentary"
        else:
            seller = self.buyers[number % len(self.buyers)]
            order["phone"] = _phone(number, chance)
            if kind == "code":
                order["promo_code"] = chance.choice(CODES)["code"]
        made = self._presses(kind, seller, "POST", "/payments", order)
        if made is None:
            return
        if kind == "changed mind":
            self._presses("cancelled", seller, "DELETE", f"/payments/{made['id']}")
        if chance.random() < 0.3:
            self._goes_on(made["id"], seller, self.organizers[place], number, chance)

    def _goes_on(
        self, payment_id: str, buyer: Person, organizer: Person, number: int, chance: random.Random
    ) -> None:
        """What failed is tried again from another phone; of what is paid, some is given back."""
        payment = self._awaits(payment_id, buyer)
        if payment["status"] in ("Failed", "Cancelled"):
            again = {"payment_id": payment_id, "phone": f"25473{number:07d}"}
            self._presses("again", buyer, "POST", "/lnmo", again)
        elif payment["status"] == "Completed":
            form: dict[str, Any] = {
                "reason": "The buyer fell ill.",
                "method": "manual",
                "reference": "BANK-1",
            }
            if payment["receipt"] and chance.random() < 0.6:
                form = {"reason": "The buyer fell ill.", "method": "reversal"}
            elif chance.random() < 0.5:
                form["tickets"] = [payment["tickets"][0]["id"]]
            self._presses(
                f"refund by {form['method']}", organizer, "POST", f"/payments/{payment_id}/refund", form
            )

    def _awaits(self, payment_id: str, buyer: Person) -> dict[str, Any]:
        """The payment when it has left Pending, or after some seconds."""
        payment: dict[str, Any] = {"status": "Pending"}
        deadline = time.monotonic() + 6
        while payment["status"] == "Pending" and time.monotonic() < deadline:
            payment = self._presses("looked", buyer, "GET", f"/payments/{payment_id}") or payment
            time.sleep(0.2)
        return payment

    def _calls_off(self, number: int) -> None:
        organizer, path = self.organizers[number], f"/events/{self.events[number]['id']}"
        assert self._presses("called off", organizer, "POST", f"{path}/cancel")

    def gives_back(self, number: int) -> None:
        """Ask for all that an event owes to be reversed."""
        path = f"/events/{self.events[number]['id']}/refunds"
        reason = {"reason": "The event is cancelled."}
        assert self._presses("event refunded", self.organizers[number], "POST", path, reason)

    def _presses(
        self, what: str, person: Person, method: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Ask, and press again when nothing, or a failure of ours, comes back; None if it was refused."""
        headers = {"Idempotency-Key": uuid.uuid4().hex, **person.http.headers}
        status = 0
        for _ in range(PRESSES):
            try:
                answer = requests.request(
                    method, f"{self.shop.stack.url}{path}", json=body, headers=headers, timeout=40
                )
            except requests.RequestException:
                continue
            status = answer.status_code
            if status < 300:
                self.met[f"{what}: {status}"] += 1
                found: dict[str, Any] = answer.json()
                return found
            if status != 500 and status != 503:
                break
            time.sleep(PAUSE_SECONDS)
        self.met[f"{what}: {status}"] += 1
        return None


def _phone(number: int, chance: random.Random) -> str:
    special: Callable[[], list[str]] = lambda: chance.choices(list(SPECIAL), list(SPECIAL.values()))  # noqa: E731
    return special()[0] if chance.random() * 100 < sum(SPECIAL.values()) else f"25472{number:07d}"


def _form() -> dict[str, Any]:
    return {
        "event_name": "Maonyesho",
        "location": "Jamhuri Park, Nairobi",
        "start_time": "2099-06-01T16:00:00Z",
        "end_time": "2099-06-01T22:00:00Z",
        "regular_price": PRICE,
        "available_tickets": SEATS,
    }
