"""M-Pesa with a truth of its own: customers who pay or do not, and money that was really taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from chalicelib.payments.daraja.answers import Accepted, Prompt, Push
from chalicelib.payments.daraja.callbacks import Result
from tests.actors import Answer, Town, callback_body
from tests.faults.crashing import Outside

Fate = Literal["pays", "pays another amount", "refuses", "ignores"]


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

    def __post_init__(self) -> None:
        self.amount = self.prompt.amount

    @property
    def payment_id(self) -> str:
        return self.prompt.callback_url.split("/")[-3]

    @property
    def attempt(self) -> int:
        return int(self.prompt.callback_url.split("/")[-2])


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
