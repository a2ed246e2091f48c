"""A gate with one ticket, and the people at it."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from tests.scenarios.shop import Person, Shop


class Gate:
    """An event with an organizer, who sells tickets and stands at the gate."""

    def __init__(self, shop: Shop, tickets: int = 1) -> None:
        self.organizer = Person(shop, role_id=2, name="kamau")
        form = {
            "event_name": "Koroga",
            "location": "Nairobi",
            "start_time": "2099-06-01T16:00:00Z",
            "end_time": "2099-06-01T22:00:00Z",
            "regular_price": 0,
            "available_tickets": 10,
        }
        self.event = self.organizer.calls("POST", "/events", 201, json=form)
        self.buyer = shop.person()
        self.buyer.buys(self.event, tickets)
        self.tickets = self.buyer.tickets()
        self.ticket = self.tickets[0]

    @property
    def path(self) -> str:
        return f"/events/{self.event['id']}/checkins"

    def scans_at_once(self, n: int) -> Counter[int]:
        """So many devices scan the ticket at the same moment; how many were told what."""
        start = threading.Barrier(n)

        def one(number: int) -> int:
            start.wait()
            body = {"code": self.ticket["code"], "device": f"Gate {number}", "scanned_at": now().isoformat()}
            return self.organizer.asks("POST", self.path, json=body).status_code

        with ThreadPoolExecutor(n) as threads:
            return Counter(threads.map(one, range(n)))

    def uploads(self, *scans: dict[str, Any], **more: str) -> list[dict[str, Any]]:
        body = {"scans": list(scans), **more}
        told: list[dict[str, Any]] = self.organizer.calls("POST", self.path, 200, json=body)
        return told

    def scan(self, device: str, at: datetime) -> dict[str, Any]:
        return {"code": self.ticket["code"], "device": device, "scanned_at": at.isoformat()}


def now() -> datetime:
    return datetime.now(UTC)
