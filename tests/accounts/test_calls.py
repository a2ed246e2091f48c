"""What managing people and roles costs in calls to DynamoDB, on a warm container (docs/data-model.md)."""

import pytest

from tests.payments.test_round_trips import counted

#: Whoever is signed in costs this first.
WHO = ["GetItem"]
CHANGE = ["GetItem", "TransactWriteItems", "GetItem"]

COSTS = [
    ("GET", "/users", None, ["Query", "BatchGetItem"]),
    ("GET", "/users/{person}", None, ["GetItem"]),
    ("PATCH", "/users/{person}", {"username": "malkia", "email": "m@example.com"}, CHANGE),
    ("PATCH", "/users/{person}", {"username": "amina"}, ["GetItem"]),  # an echo
    ("DELETE", "/users/{person}", None, ["GetItem", "Query", "Query", "TransactWriteItems"]),
    ("POST", "/roles", {"name": "Curator"}, ["UpdateItem", "TransactWriteItems"]),
    ("POST", "/categories", {"name": "Dance"}, ["UpdateItem", "TransactWriteItems"]),
    ("PUT", "/categories/1", {"name": "Muziki"}, ["GetItem", "TransactWriteItems", "UpdateItem", "GetItem"]),
    ("DELETE", "/categories/1", None, ["GetItem", "TransactWriteItems"]),
]


@pytest.mark.parametrize(
    ("method", "path", "form", "calls"), COSTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_route_costs_so_many_calls(town, buyer, monkeypatch, method, path, form, calls):
    admin = town.admin()
    admin.asks("POST", "/categories", {"name": "Music"})
    admin.asks("GET", f"/users/{buyer.id}")
    buyer.asks("GET", "/payments")  # both roles are cached now

    with counted(monkeypatch) as made:
        answer = admin.asks(method, path.format(person=buyer.id), form)

    assert answer.status < 300, answer.body
    assert made == [*WHO, *calls]
