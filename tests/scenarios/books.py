"""The simulator's books and the mail folder of a running stack, as the promises want to see the outside."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import requests

from tests.scenarios.shop import Shop


@dataclass(frozen=True)
class Paid:
    """A prompt, and what was paid on it: `amount` in KES and the receipt, if it was."""

    payment_id: str
    attempt: int
    amount: int = 0
    receipt: str | None = None


@dataclass(frozen=True)
class Delivered:
    """A letter that lies in the folder."""

    message_id: str
    claim: str
    refused: bool = False


class Books:
    """What M-Pesa and the post know, read once, when all has come to rest."""

    def __init__(self, shop: Shop) -> None:
        books = requests.get(f"{shop.stack.simulator_url}/simulator/books", timeout=60).json()
        prompts = {}
        for push in shop.log("push"):
            if push["checkout_request_id"]:
                payment_id, attempt = push["callback_url"].split("/")[-3:-1]
                prompts[push["checkout_request_id"]] = Paid(payment_id, int(attempt))
        self.total: int = books["total"]
        self.prompts = list(prompts.values())
        self.given_back = {one["receipt"] for one in books["payments"] if one["reversed_at"]}
        self._money: dict[str, list[Paid]] = defaultdict(list)
        for one in books["payments"]:
            shown = prompts[one["checkout_request_id"]]
            paid = Paid(shown.payment_id, shown.attempt, one["amount"], one["receipt"])
            self._money[shown.payment_id].append(paid)
        letters = [path.name.split("-") for path in Path(shop.stack.folder, "mail").glob("*.*")]
        taken = [Delivered(name[-2], name[-1]) for name in letters]
        self.town = SimpleNamespace(post=SimpleNamespace(taken=taken))

    def money(self, payment_id: str) -> list[Paid]:
        """What was paid for a payment, also what went back since."""
        return self._money[payment_id]

    def held(self, payment_id: str) -> int:
        """What M-Pesa holds for a payment now, in KES."""
        return sum(one.amount for one in self.money(payment_id) if one.receipt not in self.given_back)
