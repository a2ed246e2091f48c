"""The simulated M-Pesa as a whole: its state, its log, and the callbacks it sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from . import callbacks, names, records, reversals, statuses
from .bank import TOKEN_SECONDS, Bank, Prompt
from .callbacks import Letter
from .checks import check_push, check_query, check_reversal
from .config import Config
from .delivery import Delivery
from .journal import Entry, Journal, callback_entry, request_entry
from .refusals import WRONG_BASIC, WRONG_GRANT, Refused
from .results import CANCELLED, PAID, description
from .settings import Settings

_ACCEPTED: Final = "Success. Request accepted for processing"


@dataclass(frozen=True)
class Accepted:
    """The answer to a push that was taken; `hang_seconds` is None unless the answer never comes."""

    body: dict[str, str]
    hang_seconds: float | None


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class Simulator:
    """Everything behind the HTTP routes. Safe for threads: one lock guards the state and the log.

    Attributes:
        config: the merchant.
        url: where it listens, once it does.
    """

    def __init__(self, config: Config, clock: Callable[[], datetime] = utc_now) -> None:
        self.config = config
        self.url = ""
        self._clock = clock
        self._settings = Settings.starting(config)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._bank = Bank()
        self._pulls = config.pulls
        self._reversals: dict[str, reversals.Request] = {}
        self._chance = Random()  # noqa: S311 - disorder, not secrecy
        self._journal = Journal()
        self._delivery: Delivery[Entry] = Delivery(self, clock, trusted=config.trusted)

    # What Daraja offers

    def token(self, user: str | None, password: str | None, grant_type: str | None) -> dict[str, str]:
        """A new OAuth token, in Daraja's answer; raises `Refused`."""
        if (user, password) != (self.config.consumer_key, self.config.consumer_secret):
            raise Refused(WRONG_BASIC)
        if grant_type != "client_credentials":
            raise Refused(WRONG_GRANT)
        with self._lock:
            return {"access_token": self._bank.new_token(self._clock()), "expires_in": str(TOKEN_SECONDS)}

    def authorize(self, authorization: str | None) -> None:
        """Check an Authorization header; raises `Refused`."""
        with self._lock:
            self._bank.authorize(authorization, self._clock())

    def push(self, body: object) -> Accepted:
        """An STK push, in Daraja's answer; raises `Refused`."""
        push = check_push(body, self.config, self._clock())
        with self._lock:
            settings = self._settings
            prompt = self._bank.prompt(push, settings, self._clock())
            if not prompt.script.callback_first:
                # Under the lock, so that a reset finds either both the prompt and its callbacks or neither.
                self._delivery.schedule(callbacks.plan(prompt, settings))
        if prompt.script.callback_first:
            self._delivery.deliver(callbacks.truthful(prompt))
        return Accepted(_accepted(prompt), settings.hang if prompt.script.answer_hangs else None)

    def reverse(self, body: object) -> Accepted:
        """A request for a reversal, in Daraja's answer; raises `Refused`."""
        asked = check_reversal(body, self.config)
        with self._lock:
            settings = self._settings
            request = reversals.reverse(self._bank, asked, settings, self._clock())
            self._reversals[request.originator] = request
            if not request.undoing.result_first:
                self._delivery.schedule(reversals.plan(request, settings))
        if request.undoing.result_first:
            self._delivery.deliver(reversals.letters(request))
        taken = _taken(request.originator, request.conversation)
        return Accepted(taken, settings.hang if request.undoing.answer_hangs else None)

    def status(self, body: object) -> dict[str, str]:
        """A question what became of a reversal, in Daraja's answer; raises `Refused`."""
        asked = statuses.check(body, self.config)
        with self._lock:
            known = self._reversals.get(asked.conversation)
            self._delivery.schedule(statuses.plan(asked, known, self._settings, self._clock()))
        return _taken(names.request_id(), f"AG_{names.receipt(self._clock())}")

    def query(self, body: object) -> dict[str, str]:
        """An STK query, in Daraja's answer; raises `Refused`."""
        checkout_request_id = check_query(body, self.config, self._clock())
        with self._lock:
            prompt, result = self._bank.result(checkout_request_id, self._clock())
            if result == PAID and self._chance.random() < self._settings.lie:
                result = CANCELLED
        return {
            "ResponseCode": "0",
            "ResponseDescription": "The service request has been accepted successfully",
            "MerchantRequestID": prompt.merchant_request_id,
            "CheckoutRequestID": prompt.checkout_request_id,
            "ResultCode": result,
            "ResultDesc": description(result),
        }

    def register_pulling(self, body: object) -> dict[str, str]:
        """Let transactions be pulled from now on, in Daraja's answer; raises `Refused`."""
        records.check_registration(body, self.config)
        with self._lock:
            known, self._pulls = self._pulls, True
        return {
            "ResponseRefID": names.request_id(),
            "ResponseStatus": "1001" if known else "1000",
            "ShortCode": self.config.shortcode,
            "ResponseDescription": "ShortCode already Registered" if known else "Registered Successfully",
        }

    def pull(self, body: object) -> dict[str, Any]:
        """Money that came in a time, a page of it, in Daraja's answer; raises `Refused`."""
        asked = records.check_pull(body, self.config, registered=self._pulls)
        with self._lock:
            return records.pulled(self._bank.payments(self._clock()), asked, self._clock())

    def mishap(self) -> str | None:
        """What is to go wrong with one request: `slow`, `down`, `malformed`, or nothing."""
        with self._lock:
            drawn = self._chance.random()
        for name in ("slow", "down", "malformed"):
            drawn -= getattr(self._settings, name)
            if drawn < 0:
                return name
        return None

    # What only a simulator offers

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    def change(self, changes: Mapping[str, Any]) -> Settings:
        """Change some settings, for the pushes that follow; raises `WrongSettings`."""
        with self._lock:
            self._settings = self._settings.changed(changes)
            return self._settings

    def log(self, kind: str | None = None, phone: str | None = None) -> list[dict[str, Any]]:
        """Every request and callback, in the order in which they began."""
        with self._lock:
            return [entry.to_json() for entry in self._journal.entries(kind, phone)]

    def books(self) -> dict[str, Any]:
        """What M-Pesa holds for the merchant: the payments, and the total in KES of those not reversed."""
        with self._lock:
            payments = self._bank.payments(self._clock())
        return {
            "payments": [payment.to_json() for payment in payments],
            "total": sum(payment.amount for payment in payments if payment.reversed_at is None),
        }

    def statement(self, day: str | None = None) -> str:
        """What the portal's CSV says, of all days or of one."""
        with self._lock:
            return records.statement(self._bank.payments(self._clock()), self.config, self._clock(), day)

    @property
    def pending_callbacks(self) -> int:
        """How many callbacks are waiting or on their way."""
        return self._delivery.pending

    def reset(self) -> None:
        """Clear the log and the books, and cancel callbacks; settings and token stay."""
        with self._lock:
            self._bank.clear()
            self._reversals.clear()
            self._journal.clear()
            self._delivery.cancel()

    def stop(self) -> None:
        """Send nothing more and let hanging answers go."""
        self._stopped.set()
        self._delivery.stop()

    def hang(self, seconds: float) -> None:
        """Wait, or until the simulator stops."""
        self._stopped.wait(seconds)

    # The log

    def opened(self, kind: str, path: str, body: object) -> Entry:
        """A request has come."""
        entry = request_entry(self._clock(), kind, path, body)
        with self._lock:
            prompt = self._bank.find(entry.checkout_request_id or "")
            if prompt is not None:
                entry.phone, entry.amount = prompt.push.phone, prompt.push.amount
            self._journal.add(entry)
        return entry

    def closed(self, entry: Entry, status: int | None, outcome: str, answer: object = None) -> None:
        """A request is about to be answered."""
        with self._lock:
            entry.answered_at, entry.status, entry.outcome = self._clock(), status, outcome
            if isinstance(answer, dict):
                entry.response = {name: answer[name] for name in answer if name != "access_token"}
                entry.checkout_request_id = answer.get("CheckoutRequestID", entry.checkout_request_id)

    def sending(self, letter: Letter) -> Entry | None:
        """A callback is about to be sent, unless its push has been forgotten by a reset."""
        with self._lock:
            if letter.checkout_request_id and self._bank.find(letter.checkout_request_id) is None:
                return None
            entry = callback_entry(self._clock(), letter)
            self._journal.add(entry)
            return entry

    def sent(self, ticket: Entry, status: int | None, outcome: str) -> None:
        """A callback was answered, or lost, or failed."""
        with self._lock:
            ticket.answered_at, ticket.status, ticket.outcome = self._clock(), status, outcome


def _taken(originator: str, conversation: str) -> dict[str, str]:
    return {
        "OriginatorConversationID": originator,
        "ConversationID": conversation,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }


def _accepted(prompt: Prompt) -> dict[str, str]:
    return {
        "MerchantRequestID": prompt.merchant_request_id,
        "CheckoutRequestID": prompt.checkout_request_id,
        "ResponseCode": "0",
        "ResponseDescription": _ACCEPTED,
        "CustomerMessage": _ACCEPTED,
    }
