"""A page that leaves while what it asked for last is being done: nothing of it is left behind."""

import pytest

from chalicelib.core import dynamo
from chalicelib.live.models import Connection, Subscription


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_who_leaves_while_heard_is_forgotten_all_the_same(wire, organizer, monkeypatch, action):
    event = organizer.event()
    page = wire.opens()
    page.follows(event["id"])
    transact = dynamo.transact

    def after_leaving(fill):
        page.leaves()
        transact(fill)

    monkeypatch.setattr(dynamo, "transact", after_leaving)

    assert page.says({"action": action, "event_id": event["id"]}) == []

    assert not list(Connection.scan())
    assert not list(Subscription.scan())
