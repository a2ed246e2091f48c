"""M-Pesa with a truth of its own: customers who pay or do not, and money that was really taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from chalicelib.payments.daraja.answers import (
    Accepted,
    NotSent,
    Prompt,
    Push,
    Requested,
    Reversal,
    Reversing,
    Unknown,
    Why,
)
from chalicelib.payments.daraja.callbacks import Result
from chalicelib.payments.daraja.transactions import NAIROBI, Page, Transaction
from tests.actors import Answer, Town, callback_body, reversal_body, status_body
from tests.faults.crashing import Outside

Fate = Literal["pays", "pays another amount", "refuses", "ignores"]

#: What becomes of a request for a reversal. The unknown ones get no answer; of the last nobody ever tells.
Undoing = Literal["done", "refused", "busy", "unknown, done", "unknown, not done", "done, nobody tells"]


@dataclass
class OnPhone:
    """A prompt that a customer has seen. `code` is how it ended, None while it is open."""

    prompt: Prompt
    checkout: str
    fate: Fate
    callback_lost: bool
    code: str | None = None
    receipt: str | None = None
    called_back: bool = False
    amount: int = 0
    paid_at: datetime | None = None

    def __post_init__(self) -> None:
        self.amount = self.prompt.amount

    @property
    def payment_id(self) -> str:
        return self.prompt.callback_url.split("/")[-3]

    @property
    def attempt(self) -> int:
        return int(self.prompt.callback_url.split("/")[-2])


@dataclass
class Undone:
    """A request for a reversal that M-Pesa took, and the code of its result."""

    asked: Reversal
    code: int | str
    lost: bool
    told: bool = False
    #: Where what became of it is to be told, if that was asked and is not told yet.
    asked_at: str | None = None


@dataclass
class Bank:
    """What the tests' M-Pesa knows. The next prompt meets the customer of `fate`."""

    town: Town
    outside: Outside
    fate: Fate = "pays"
    loses_callbacks: bool = False
    prompts: list[OnPhone] = field(default_factory=list)
    #: What the next push answers instead of accepting, and whether the prompt reaches the phone all the same.
    next_push: tuple[Push, bool] | None = None
    #: What happens to the next prompt that reaches a phone before the push has its answer.
    early: Callable[[OnPhone], None] | None = None

    #: What becomes of the next reversals, and all that were taken.
    undoing: Undoing = "done"
    reversals: list[Undone] = field(default_factory=list)
    #: The receipts whose money is back.
    given_back: set[str] = field(default_factory=set)

    def reverse(self, reversal: Reversal) -> Reversing:
        return self.outside.call("daraja reversal", lambda: self._undo(reversal))

    def _undo(self, reversal: Reversal) -> Reversing:
        undoing, self.undoing = self.undoing, "done"
        if undoing == "busy":
            return NotSent(Why.M_PESA_BUSY, "by the test")
        assert reversal.amount == self._paid_with(reversal.receipt).amount
        code: int | str = 1
        if undoing not in ("refused", "unknown, not done"):
            code = "R000001" if reversal.receipt in self.given_back else 0
            self.given_back.add(reversal.receipt)
        self.reversals.append(
            Undone(reversal, code, lost=undoing in ("done, nobody tells", "unknown, not done"))
        )
        if undoing.startswith("unknown"):
            return Unknown("by the test")
        return Requested(f"AG_{len(self.reversals)}")

    def _paid_with(self, receipt: str) -> OnPhone:
        (shown,) = [one for one in self.prompts if one.receipt == receipt]
        return shown

    def tells(self) -> int:
        """Send the result of each reversal, once; returns how many."""
        due = [one for one in self.reversals if not one.told and not one.lost]
        for undone in due:
            self.tells_of(undone)
        return len(due)

    def tells_of(self, undone: Undone, code: int | str | None = None) -> None:
        """Send the result of one reversal; `code` may lie."""
        undone.told = True
        body = reversal_body(undone.code if code is None else code, undone.asked, self._conversation(undone))
        assert self.town.asks("POST", urlsplit(undone.asked.result_url).path, body).status == 200

    def _conversation(self, undone: Undone) -> str:
        return f"AG_{self.reversals.index(undone) + 1}"

    def is_back(self, payment_id: str) -> bool:
        """What M-Pesa's statement says: whether any money of a payment went back."""
        return any(one.receipt in self.given_back for one in self.money(payment_id))

    def status(self, conversation: str, result_url: str) -> Reversing:
        return self.outside.call("daraja status", lambda: self._status(conversation, result_url))

    def _status(self, conversation: str, result_url: str) -> Reversing:
        self.reversals[int(conversation.removeprefix("AG_")) - 1].asked_at = result_url
        return Requested("AG_S")

    def tells_statuses(self) -> int:
        """Say what became of each request that was asked about; returns how many."""
        due = [one for one in self.reversals if one.asked_at]
        for undone in due:
            status = "Completed" if undone.code in (0, "R000001") else "Failed"
            body = status_body(status, 0, self._conversation(undone), Amount=float(undone.asked.amount))
            assert self.town.asks("POST", urlsplit(str(undone.asked_at)).path, body).status == 200
            undone.asked_at = None
        return len(due)

    def pull(self, since: datetime, until: datetime, offset: int) -> Page:
        return self.outside.call("daraja pull", lambda: self._came(since, until, offset))

    def _came(self, since: datetime, until: datetime, offset: int) -> Page:
        page = [
            Transaction(one.receipt, one.paid_at, Decimal(one.amount), one.prompt.reference)
            for one in self.prompts
            if one.receipt and one.paid_at and since <= one.paid_at <= until
        ][offset:]
        return Page(page, len(page))

    def statement(self) -> str:
        """All money that came and went, as the portal's CSV."""
        headings = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,"
        lines = [f"{headings}Linked Transaction ID,A/C No."]
        for one in self.prompts:
            if one.receipt and one.paid_at:
                at = f"{one.paid_at.astimezone(NAIROBI):%d-%m-%Y %H:%M:%S}"
                lines.append(f"{one.receipt},{at},Pay Bill,Completed,{one.amount},,,{one.prompt.reference}")
                if one.receipt in self.given_back:
                    lines.append(f"R{one.receipt},{at},Reversal,Completed,,-{one.amount},{one.receipt},")
        return "\n".join(lines)

    def push(self, prompt: Prompt) -> Push:
        return self.outside.call("daraja push", lambda: self._prompt(prompt))

    def query(self, checkout_request_id: str) -> Result | None:
        return self.outside.call("daraja query", lambda: self._state(checkout_request_id))

    def _prompt(self, prompt: Prompt) -> Push:
        shown = OnPhone(prompt, f"ws_CO_{len(self.prompts) + 1}", self.fate, self.loses_callbacks)
        answer: Push = Accepted(shown.checkout, f"merchant-{len(self.prompts)}")
        arrives = True
        if self.next_push:
            (answer, arrives), self.next_push = self.next_push, None
        if arrives:
            self.prompts.append(shown)
            early, self.early = self.early, None
            if early:
                early(shown)
        return answer

    def _state(self, checkout: str) -> Result | None:
        (shown,) = [one for one in self.prompts if one.checkout == checkout]
        return Result(shown.code, checkout, asked=True) if shown.code else None

    def customers_answer(self) -> None:
        """Everybody who will answer does so."""
        for shown in self.prompts:
            self.answers(shown)

    def answers(self, shown: OnPhone) -> None:
        """One customer does what they will do, if it is not done yet."""
        if shown.code is not None or shown.fate == "ignores":
            return
        if shown.fate == "refuses":
            shown.code = "1032"
            return
        shown.code, shown.receipt = "0", f"BNK{self.prompts.index(shown) + 1:07d}"
        shown.paid_at = self.town.clock()
        if shown.fate == "pays another amount":
            shown.amount -= 1

    def calls_back(self) -> None:
        """Send each callback that is due, once: Safaricom is not known to send it again."""
        for shown in self.due():
            self.calls_back_for(shown)

    def due(self) -> list[OnPhone]:
        """The prompts that were answered, and of which Safaricom has not told yet but will."""
        return [
            one
            for one in self.prompts
            if one.code is not None and not one.called_back and not one.callback_lost
        ]

    def calls_back_for(self, shown: OnPhone) -> None:
        """Send the callback of one prompt."""
        shown.called_back = True
        assert self.posts(shown).status == 200

    def posts(self, shown: OnPhone, **more: object) -> Answer:
        """Post what became of a prompt to its callback URL; `code` may lie."""
        told = {
            "code": int(shown.code or 1032),
            "amount": float(shown.amount),
            "receipt": shown.receipt or "",
            "checkout": shown.checkout,
        } | more
        path = urlsplit(shown.prompt.callback_url).path
        return self.town.asks("POST", path, callback_body(**told))

    def forged(self, shown: OnPhone, part: str) -> Answer:
        """Post a success to a URL of which one part is another's."""
        parts = urlsplit(shown.prompt.callback_url).path.split("/")
        wrong = {"payment": (2, "0" * 32), "attempt": (3, str(shown.attempt + 1)), "token": (4, "0" * 64)}
        number, value = wrong[part]
        parts[number] = value
        body = callback_body(0, float(shown.amount), "FRG0000001", shown.checkout)
        return self.town.asks("POST", "/".join(parts), body)

    def money(self, payment_id: str) -> list[OnPhone]:
        """The prompts of a payment that were paid."""
        return [one for one in self.prompts if one.payment_id == payment_id and one.code == "0"]
