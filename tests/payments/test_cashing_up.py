"""Cashing up: an organizer counts what a seller has in hand."""

import pytest

from chalicelib.payments import drawers as drawers_room
from tests.payments.test_selling import drawers, event, seller, sells  # noqa: F401 - fixtures


@pytest.fixture
def till(seller, organizer, event):  # noqa: F811
    """A gate's seller with KES 6,000."""

    class Till:
        path = f"/events/{event['id']}/cash-ups"

        def counts(self, amount, who=organizer, key=None, **more):
            body = {"seller_id": seller.id, "amount": amount, **more}
            return who.asks("POST", self.path, body, {"Idempotency-Key": key} if key else None)

        def now(self):
            (drawer,) = drawers(seller, event)
            return {name: drawer[name] for name in ("taken", "handed_over", "in_hand", "cash_ups")}

        def listed(self, who=organizer):
            return who.asks("GET", self.path).body

    sells(seller, event, 3)
    return Till()


def test_what_is_counted_is_out_of_the_sellers_hands(till, organizer, seller, event):  # noqa: F811
    answer = till.counts(6000, note="First evening")

    assert answer.status == 201
    assert answer.body | {"id": ""} == {
        "id": "",
        "event_id": event["id"],
        "seller_id": seller.id,
        "amount": 6000,
        "expected": 6000,
        "difference": 0,
        "currency": "KES",
        "counted_by": organizer.id,
        "note": "First evening",
        "created_at": "2026-11-24 12:00:00+03:00",
    }
    assert till.now() == {"taken": 6000, "handed_over": 6000, "in_hand": 0, "cash_ups": 1}
    assert till.listed() == [answer.body]


def test_what_is_missing_stays_in_hand(till):
    answer = till.counts(5500)

    assert (answer.body["expected"], answer.body["difference"]) == (6000, -500)
    assert till.now()["in_hand"] == 500
    assert till.counts(500).body["difference"] == 0
    assert till.now() == {"taken": 6000, "handed_over": 6000, "in_hand": 0, "cash_ups": 2}


def test_more_than_there_should_be_wants_a_word(till):
    refused = till.counts(6100)
    noted = till.counts(6100, note="One buyer wanted no change.")

    assert refused.status == 422
    assert refused.body["fields"] == {
        "note": "This is more than the KES 6,000 that should be there; say why."
    }
    assert (noted.status, noted.body["difference"]) == (201, 100)
    assert till.now()["in_hand"] == -100


def test_newest_first_page_by_page(till, town, organizer):
    for amount in (100, 200, 300):
        till.counts(amount)
        town.clock.passes(minutes=1)

    first = organizer.asks("GET", f"{till.path}?limit=2")
    link = first.header("Link").split(">")[0].removeprefix("<")
    rest = organizer.asks("GET", till.path + link)

    assert [one["amount"] for one in first.body + rest.body] == [300, 200, 100]


def test_who_counts_and_who_sees(till, seller, organizer, town, buyer, event):  # noqa: F811
    second = town.signs_up("wafula")
    organizer.asks("PUT", f"/events/{event['id']}/staff/{second.id}", {"role": "gate"})
    sells(second, event)
    admin, njeri = town.admin(), town.organizer("njeri")

    assert till.counts(1, who=seller).status == 403
    assert till.counts(1, who=buyer).status == 403
    assert till.counts(1, who=njeri).status == 403
    organizer.asks("PUT", f"/events/{event['id']}/staff/{njeri.id}", {"role": "gate"})
    assert till.counts(1, who=njeri).status == 403  # at the gate, who runs events of their own elsewhere
    assert till.counts(1000, who=admin).status == 201
    assert [one["username"] for one in drawers(seller, event)] == ["kamau"]
    assert [one["username"] for one in drawers(second, event)] == ["wafula"]
    assert {one["username"] for one in drawers(organizer, event)} == {"kamau", "wafula"}
    assert buyer.asks("GET", f"/events/{event['id']}/cash").status == 403
    assert len(till.listed(seller)) == len(till.listed(organizer)) == 1
    assert till.listed(second) == []


def test_an_organizer_who_sells_alone_counts_their_own(organizer, event):  # noqa: F811
    sells(organizer, event)

    body = {"seller_id": organizer.id, "amount": 2000}
    answer = organizer.asks("POST", f"/events/{event['id']}/cash-ups", body)

    assert answer.status == 201
    assert answer.body["counted_by"] == answer.body["seller_id"] == organizer.id


def test_who_has_no_cash_has_none_to_count(till, organizer, event):  # noqa: F811
    body = {"seller_id": organizer.id, "amount": 0}

    answer = organizer.asks("POST", f"/events/{event['id']}/cash-ups", body)

    assert (answer.status, list(answer.body["fields"])) == (422, ["seller_id"])


@pytest.mark.parametrize("amount", [-1, 0.5, "many", None, 100_000_001, True])
def test_a_wrong_amount_changes_nothing(till, amount):
    answer = till.counts(amount)

    assert (answer.status, list(answer.body["fields"])) == (422, ["amount"])
    assert till.now()["handed_over"] == 0


def test_a_key_counts_once(till):
    first, again, other = till.counts(2000, key="a"), till.counts(2000, key="a"), till.counts(1, key="a")

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert other.body["code"] == "idempotency_mismatch"
    assert till.now()["handed_over"] == 2000


def test_who_looked_before_another_counted_is_refused(till):
    first = till.counts(2000, cash_ups=0)
    second = till.counts(2000, cash_ups=0)

    assert (first.status, second.status) == (201, 409)
    assert "just counted" in second.body["message"]
    assert till.now()["handed_over"] == 2000
    assert till.counts(2000, cash_ups=1).status == 201


def interrupted(monkeypatch, meanwhile):
    """The next look at a drawer is followed by something else."""
    find, left = drawers_room.find, [meanwhile]

    def found(*given):
        drawer = find(*given)
        while left:
            left.pop()()
        return drawer

    monkeypatch.setattr(drawers_room, "find", found)


def test_of_two_who_count_at_once_one_counts(till, monkeypatch):
    interrupted(monkeypatch, lambda: till.counts(6000))

    assert till.counts(6000).status == 409
    assert till.now() == {"taken": 6000, "handed_over": 6000, "in_hand": 0, "cash_ups": 1}


def test_a_sale_meanwhile_is_counted_to_what_should_be_there(till, seller, event, monkeypatch):  # noqa: F811
    interrupted(monkeypatch, lambda: sells(seller, event))

    answer = till.counts(6000)

    assert (answer.status, answer.body["expected"], answer.body["difference"]) == (201, 8000, -2000)
    assert till.now()["in_hand"] == 2000


def test_one_key_sent_twice_at_once_counts_once(till, monkeypatch):
    interrupted(monkeypatch, lambda: till.counts(1000, key="k"))

    assert till.counts(1000, key="k").status == 201
    assert till.now()["handed_over"] == 1000
