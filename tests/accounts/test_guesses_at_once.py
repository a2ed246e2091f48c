"""32 who guess one password at the same moment, on ministack, beside a control that lets all guess."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from chalicelib.accounts import passwords, roles, sessions, signing_up
from chalicelib.accounts.schemas import SignUp
from chalicelib.core import counters, limits
from chalicelib.core.counters import Counter
from chalicelib.core.problems import TooOften, Unauthenticated
from tests.actors import sign_up_form

pytestmark = pytest.mark.stack

THREADS = 32
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def looked(emulator, clock, monkeypatch):
    """The guesses that were looked at; an account is there."""
    looked: list[str] = []
    monkeypatch.setattr(passwords, "hash_of", lambda password: "hash")
    monkeypatch.setattr(passwords, "matches", lambda given, kept: bool(looked.append(given)))
    roles.forget_cached()
    roles.put_built_in()
    signing_up.sign_up(SignUp.model_validate(sign_up_form("amina")), (3,), AT)
    return looked


def all_guess_at_once() -> list[bool]:
    """Each from an address of its own; says who was told that it was too often."""
    start = threading.Barrier(THREADS)

    def guess(number: int) -> bool:
        start.wait()
        try:
            sessions.log_in("amina@example.com", f"Tiketi@{number}", f"197.248.{number}.1", AT)
        except Unauthenticated:
            return False
        except TooOften:
            return True
        raise AssertionError("nobody knows the password")

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(guess, range(THREADS)))


def test_no_more_are_looked_at_than_the_limit(looked):
    refused = all_guess_at_once()

    assert len(looked) == limits.LOG_INS.most
    assert sum(refused) == THREADS - limits.LOG_INS.most


def test_without_the_condition_more_are(looked, monkeypatch):
    """The control: each looks first how many there were, and counts then."""
    together = threading.Barrier(THREADS, timeout=60)

    def look_then_count(limit, whom, at):
        found = next(iter(Counter.query(counters.key_of(limit, whom, at), consistent_read=True)), None)
        together.wait()
        counters.refuse_full(limit, found, at)
        counters.add(limit, whom, at)

    monkeypatch.setattr(counters, "take", look_then_count)

    all_guess_at_once()

    assert len(looked) == THREADS > limits.LOG_INS.most
