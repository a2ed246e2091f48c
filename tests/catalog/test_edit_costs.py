"""What changing an event costs, counted as DynamoDB calls; docs/data-model.md says the same."""

import pytest

from tests.payments.test_round_trips import counted

LOOK, WRITE, CALLER = "BatchGetItem", "TransactWriteItems", "GetItem"


@pytest.fixture
def njeri(town):
    return town.organizer("njeri")


def test_an_edit_costs_a_look_a_write_and_the_answer(organizer, monkeypatch):
    event = organizer.event()
    path = f"/events/{event['id']}"

    for body, expected in (
        (event, [CALLER, LOOK]),
        (event | {"description": "New."}, [CALLER, LOOK, WRITE, LOOK]),
        (event | {"available_tickets": 20}, [CALLER, LOOK, WRITE, LOOK]),
    ):
        with counted(monkeypatch) as calls:
            assert organizer.asks("PATCH", path, body).status == 200
        assert calls == expected


def test_cancelling_and_deleting_cost_as_little_however_many_have_bought(organizer, buyer, monkeypatch):
    event, unsold = organizer.event(), organizer.event()
    buyer.buys(event)

    with counted(monkeypatch) as calls:
        assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200
    assert calls == [CALLER, LOOK, WRITE, LOOK]

    with counted(monkeypatch) as calls:
        assert organizer.asks("DELETE", f"/events/{unsold['id']}").status == 204
    assert calls == [CALLER, LOOK, WRITE]


def test_a_person_on_the_staff_costs_a_look_at_them(organizer, njeri, monkeypatch):
    path = f"/events/{organizer.event()['id']}/staff/{njeri.id}"

    with counted(monkeypatch) as calls:
        assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
    assert calls == [CALLER, LOOK, "GetItem", WRITE, LOOK]

    with counted(monkeypatch) as calls:
        assert organizer.asks("DELETE", path).status == 204
    assert calls == [CALLER, LOOK, WRITE, LOOK]


def test_a_persons_list_costs_one_more_query_and_one_look_at_what_they_share(organizer, njeri, monkeypatch):
    events = [organizer.event() for _ in range(3)]
    path = f"/events?user_id={njeri.id}"
    with counted(monkeypatch) as calls:
        njeri.asks("GET", path)
    assert calls == [CALLER, "Query", "Query"]

    for event in events:
        organizer.asks("PUT", f"/events/{event['id']}/staff/{njeri.id}", {"role": "organizer"})
    with counted(monkeypatch) as calls:
        assert len(njeri.asks("GET", path).body) == 3
    assert calls == [CALLER, "Query", "Query", LOOK, LOOK]


def test_giving_back_costs_one_transaction_for_each_payment(organizer, buyer, town, safaricom, monkeypatch):
    event = organizer.event()
    for n in range(3):
        buyer.buys(event)
        safaricom.calls_back(0, receipt=f"TKX000000{n}")
    organizer.asks("POST", f"/events/{event['id']}/cancel")

    with counted(monkeypatch) as calls:
        town.unwinds()

    counts = {name: calls.count(name) for name in calls}
    looks = counts.pop("BatchGetItem")  # one for each bucket that has payments
    assert counts == {"GetItem": 1, "UpdateItem": 2, "Query": 8, "TransactWriteItems": 3}
    assert 1 <= looks <= 3
