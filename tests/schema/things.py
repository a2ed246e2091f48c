"""What is in the shop, for requests that are about something."""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

from chalicelib.core.settings import settings
from chalicelib.payments.callback_urls import RESULT, STK, token_of
from tests.scenarios.shop import a_phone_that_pays


@dataclass
class Things:
    """Ids that there are, and the token of the buyer whose payments and tickets they are."""

    token: str
    users: list[str]
    events: list[str]
    payments: list[str]
    tickets: list[str]

    def in_path(self, path: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Path variables of which two in three are exchanged for some that mean something.

        A callback's three belong together: Safaricom's address holds a secret that is made from the others.
        """
        if not variables or not _wanted(variables):
            return variables
        if path.startswith("/lnmo/"):
            payment = _one_of(self.payments, variables)
            purpose, number = (RESULT, 101) if path.endswith("/reversal") else (STK, 1)
            token = token_of(settings(), purpose, payment, number)  # with the key of local development
            return variables | {"payment_id": payment, "attempt": str(number), "token": token}
        return {name: self._one(name, value) for name, value in variables.items()}

    def in_body(self, body: Any) -> Any:
        """A body of which two in three name an event or payment that there is, and a phone that is free."""
        if not isinstance(body, dict) or not _wanted(body):
            return body
        changed = {name: self._one(name, value) for name, value in body.items()}
        return changed | ({"phone": a_phone_that_pays()} if "phone" in body else {})

    def _one(self, name: str, value: Any) -> Any:
        known = {
            "event_id": self.events,
            "payment_id": self.payments,
            "refund_id": [1, 2],
            "ticket_id": self.tickets,
            "user_id": self.users,
            "seller_id": self.users,
            "role_id": [1, 2, 3],
            "category_id": [1, 2],
        }
        return _one_of(known[name], value) if name in known else value


def _wanted(values: dict[str, Any]) -> bool:
    return crc32(repr(sorted(values.items(), key=repr)).encode()) % 3 > 0


def _one_of(choices: list[Any], value: Any) -> Any:
    return choices[crc32(repr(value).encode()) % len(choices)]
