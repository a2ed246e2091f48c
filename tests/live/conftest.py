"""Pages that are open."""

import pytest

from chalicelib.core import queues
from chalicelib.live import sending
from tests.actors import Town
from tests.live.pages import Wire


@pytest.fixture
def wire(town: Town, monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire(town)
    monkeypatch.setattr(sending, "_client", lambda: wire)
    monkeypatch.setattr(queues, "send", wire.sends)
    monkeypatch.setattr(queues, "hint_all", wire.hints)
    return wire
