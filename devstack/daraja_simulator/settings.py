"""What can be changed while the simulator runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from .config import Config

DAY_SECONDS: Final = 86400


@dataclass(frozen=True)
class Settings:
    """Delays and disorder; a change counts for the pushes that come after it.

    Attributes:
        delay: seconds until the customer answers the prompt.
        late: seconds until the customer answers on the phone whose callback comes late.
        hang: seconds for which the answer that never comes keeps the connection open.
        lose: probability that a callback is not sent.
        duplicate: probability that a callback is sent a second time.
        reorder: probability that a callback waits longer than the others.
        reorder_seconds: how much longer at most, in seconds.
        slow: probability that an answer takes `slow_seconds`.
        slow_seconds: how long a slow answer takes.
        down: probability that a request under /oauth and /mpesa is answered 503, with nothing done.
        malformed: probability that an answer cannot be read, though what was asked for is done.
        lie: probability that a query about a prompt that was paid says that it was cancelled.
        float_empty: the short code holds no money, so nothing can be reversed.
        outage: everything under /oauth and /mpesa answers 503.
        one_prompt_per_phone: refuse a push to a phone that still shows a prompt, as M-Pesa does.
        seed: makes what happens to callbacks repeatable; None for real chance.
    """

    delay: float = 1.0
    late: float = 310.0
    hang: float = 20.0
    lose: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_seconds: float = 5.0
    slow: float = 0.0
    slow_seconds: float = 5.0
    down: float = 0.0
    malformed: float = 0.0
    lie: float = 0.0
    float_empty: bool = False
    outage: bool = False
    one_prompt_per_phone: bool = True
    seed: int | None = None

    @classmethod
    def starting(cls, config: Config) -> Settings:
        """The settings that a fresh simulator has."""
        return cls(delay=config.delay, late=config.late, hang=config.hang)

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with some of them changed.

        Raises:
            WrongSettings: names every field that is unknown or has a wrong value; nothing is changed.
        """
        wrong = {name: problem for name, value in changes.items() if (problem := _problem(name, value))}
        if wrong:
            raise WrongSettings(wrong)
        return replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)


class WrongSettings(ValueError):
    """Settings that cannot be used.

    Attributes:
        fields: what is wrong, by the name of the setting.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in fields.items()))
        self.fields = fields


Rule = tuple[Callable[[Any], bool], str]


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _is_seed(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


_SECONDS: Final[Rule] = (
    lambda value: _is_number(value, DAY_SECONDS),
    f"must be a number of seconds from 0 to {DAY_SECONDS}",
)
_PROBABILITY: Final[Rule] = (lambda value: _is_number(value, 1), "must be a number from 0 to 1")
_SWITCH: Final[Rule] = (lambda value: isinstance(value, bool), "must be true or false")
_SEED: Final[Rule] = (_is_seed, "must be a whole number or null")

RULES: Final[dict[str, Rule]] = {
    "delay": _SECONDS,
    "late": _SECONDS,
    "hang": _SECONDS,
    "lose": _PROBABILITY,
    "duplicate": _PROBABILITY,
    "reorder": _PROBABILITY,
    "reorder_seconds": _SECONDS,
    "slow": _PROBABILITY,
    "slow_seconds": _SECONDS,
    "down": _PROBABILITY,
    "malformed": _PROBABILITY,
    "lie": _PROBABILITY,
    "float_empty": _SWITCH,
    "outage": _SWITCH,
    "one_prompt_per_phone": _SWITCH,
    "seed": _SEED,
}


def _problem(name: str, value: Any) -> str | None:
    if name not in RULES:
        return f"no such setting; there are {', '.join(field.name for field in fields(Settings))}"
    fits, wanted = RULES[name]
    return None if fits(value) else wanted
