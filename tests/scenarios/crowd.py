"""A crowd of buyers in a process of its own, who press the button again when nothing comes back."""

import random
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

#: How often somebody presses the button again, and the seconds in between.
PRESSES, PAUSE_SECONDS = 12, 0.5


@dataclass(frozen=True)
class Crowd:
    """So many orders by people who are signed in, each from a phone of its own.

    `first_phone` is the number of the first; `events` are ids, `tokens` the people's.
    """

    url: str
    tokens: list[str]
    events: list[str]
    orders: int
    first_phone: int
    threads: int = 30

    def buys(self) -> Counter[int]:
        """Order; how many orders ended with which status (0: with no answer at all)."""
        with ThreadPoolExecutor(self.threads) as threads:
            return Counter(threads.map(self._order, range(self.orders)))

    def _order(self, number: int) -> int:
        chance = random.Random(self.first_phone + number)
        body = {
            "event_id": chance.choice(self.events),
            "ticket_type": "regular",
            "quantity": chance.randint(1, 2),
            "phone": f"25472{self.first_phone + number:07d}",
        }
        token = self.tokens[number % len(self.tokens)]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        status = 0
        for _ in range(PRESSES):
            status = self._press(body, headers)
            if status in (202, 409, 502):  # bought, or told why not
                return status
            time.sleep(PAUSE_SECONDS)
        return status

    def _press(self, body: dict[str, Any], headers: dict[str, str]) -> int:
        try:
            return requests.post(f"{self.url}/payments", json=body, headers=headers, timeout=40).status_code
        except requests.RequestException:  # the server has just been killed
            return 0
