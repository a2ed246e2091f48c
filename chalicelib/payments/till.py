"""What selling needs from outside, passed in so that a test can hold it: the time, M-Pesa, the settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.core import clock
from chalicelib.core.clock import Clock
from chalicelib.core.settings import Settings, settings

if TYPE_CHECKING:
    from chalicelib.payments.daraja.answers import Prompt, Push, Reversal, Reversing
    from chalicelib.payments.daraja.callbacks import Result
    from chalicelib.payments.daraja.transactions import Page


class MobileMoney(Protocol):
    """What we need of M-Pesa; see `daraja.client.Mpesa`."""

    def push(self, prompt: "Prompt") -> "Push":
        """Ask for a prompt on a phone."""

    def query(self, checkout_request_id: str) -> "Result | None":
        """What became of a prompt; None while it is open. Raises `NoAnswer` if M-Pesa does not say."""

    def reverse(self, reversal: "Reversal") -> "Reversing":
        """Ask for a payment to be given back."""

    def status(self, conversation: str, result_url: str) -> "Reversing":
        """Ask what became of a request for a reversal."""

    def pull(self, since: datetime, until: datetime, offset: int) -> "Page":
        """Money that came in a time, by pages. Raises `NoAnswer` if M-Pesa does not say."""


class Pace(Protocol):
    """How fast we may push; see `pacing.Pacer`."""

    def take(self, *, waited: bool = False) -> bool:
        """Take a turn; False if the push must wait. `waited`: it comes from the queue, and goes first."""

    def put_back(self) -> None:
        """Give a turn back that was not needed."""


class Till(NamedTuple):
    """A counter where tickets are sold."""

    mpesa: MobileMoney
    settings: Settings
    pacer: Pace
    now: Clock = clock.now


@dataclass
class Turn:
    """A turn to push: whether it was granted, and whether it was used."""

    granted: bool
    used: bool = False


@contextmanager
def a_turn(till: Till) -> Iterator[Turn]:
    """Take a turn, if there is one; it goes back if it was not used."""
    turn = Turn(till.pacer.take())
    try:
        yield turn
    finally:
        if turn.granted and not turn.used:
            till.pacer.put_back()


def open_till() -> Till:
    """The till of this process: M-Pesa as the settings say, the machine's clock."""
    return _open()


def open_with(make: Callable[[], Till] | None) -> None:
    """Replace how the till is opened; None puts the real one back. For tests."""
    global _open
    _open = make or _real


@cache
def _real() -> Till:
    # Here, since `requests` costs 90 ms to import, and reads need none of it.
    from chalicelib.payments.pacing import Pacer
    from chalicelib.payments.shared_token import make_mpesa

    pacer = Pacer(settings().daraja_pushes_per_second, clock.now)
    return Till(make_mpesa(settings()), settings(), pacer)


_open: Callable[[], Till] = _real
