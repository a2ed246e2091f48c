"""Refunds over HTTP on the running stack: each phone whose reversal is special, and whole events.

Whatever is told, or not told, what the service says went back is what the simulator's books gave back.
"""

import pytest
import requests

from tests.scenarios.shop import Person, Shop, awaited, seen_below

pytestmark = pytest.mark.stack


class Sale:
    """A paid order of two tickets, its organizer, and what M-Pesa's books have of it."""

    def __init__(self, shop: Shop, phone: str = "", event: dict | None = None, organizer=None) -> None:
        self.shop = shop
        self.organizer = organizer or Person(shop, role_id=2)
        self.event = event or an_event(self.organizer)
        self.buyer = shop.person()
        self.id = self.buyer.buys(self.event, 2, phone)
        self.receipt = self.buyer.awaits(self.id, "Completed")["receipt"]

    def refunds(self, status: int = 202, **form: object) -> dict:
        body = {"reason": "The buyer fell ill.", "method": "reversal"} | form
        answer: dict = self.organizer.calls("POST", f"/payments/{self.id}/refund", status, json=body)
        return answer

    def awaits(self, state: str, seconds: float = 20) -> dict:
        """The payment, once its refund is in that state."""

        def look() -> dict | None:
            payment = self.organizer.payment(self.id)
            return payment if payment["refunds"][0]["status"] == state else None

        return awaited(look, seconds)

    def is_back(self) -> bool:
        """Whether the simulator's books have given the money back."""
        books = requests.get(f"{self.shop.stack.simulator_url}/simulator/books", timeout=10).json()
        (payment,) = [one for one in books["payments"] if one["receipt"] == self.receipt]
        return payment["reversed_at"] is not None


def an_event(organizer: Person) -> dict:
    form = {
        "event_name": "Koroga",
        "location": "Arboretum, Nairobi",
        "start_time": "2099-06-01T16:00:00Z",
        "end_time": "2099-06-01T22:00:00Z",
        "regular_price": 500,
        "available_tickets": 40,
    }
    event: dict = organizer.calls("POST", "/events", 201, json=form)
    return event


@pytest.mark.parametrize(
    "phone",
    ["", "254700200002", "254700200003", "254700200011", "254700200012"],
    ids=["ordinary", "result thrice", "result first", "contradicted", "already back"],
)
def test_a_reversal_that_m_pesa_carries_out_is_done_once(shop, phone):
    sale = Sale(shop, phone)

    asked = sale.refunds()
    done = sale.awaits("done")

    assert asked["status"] == "RefundDue"
    assert (done["status"], done["refunded_amount"]) == ("Refunded", 1000)
    assert awaited(sale.is_back)
    assert [line["kind"] for line in done["ledger"]].count("refunded") == 1
    assert {ticket["status"] for ticket in done["tickets"]} == {"revoked"}
    assert shop.stock(sale.event) == {"remaining": 40, "held": 0, "sold": 0, "revenue": 0}
    assert len(shop.log("reversal", receipt=sale.receipt)) == 1


def test_a_result_whose_request_got_no_answer_is_asked_about_and_done(asking_shop):
    """Its conversation is not known then, so M-Pesa has to say it again, when it is asked."""
    sale = Sale(asking_shop, "254700200006")

    sale.refunds()
    done = sale.awaits("done", 60)

    assert (done["status"], done["refunded_amount"]) == ("Refunded", 1000)
    assert sale.is_back()
    assert len(asking_shop.log("reversal", receipt=sale.receipt)) == 1


def test_a_result_that_comes_late_counts(shop):
    shop.changes_simulator(late=2)
    sale = Sale(shop, "254700200004")

    sale.refunds()
    sale.awaits("sent")

    assert sale.awaits("done")["refunded_amount"] == 1000
    assert sale.is_back()


@pytest.mark.parametrize(("phone", "code"), [("254700300001", "1"), ("254700300021", "21")])
def test_a_reversal_that_m_pesa_refuses_stays_due_with_its_reason(shop, phone, code):
    sale = Sale(shop, phone)

    sale.refunds()
    refused = sale.awaits("refused")

    assert (refused["status"], refused["refunded_amount"]) == ("RefundDue", 0)
    assert refused["refunds"][0]["code"] == code
    assert not sale.is_back()
    assert sale.refunds(method="manual", reference="SKT7AB12CD")["status"] == "Refunded"


def test_an_empty_float_is_filled_and_it_is_asked_again(shop):
    sale = Sale(shop)
    shop.changes_simulator(float_empty=True)
    try:
        sale.refunds()
        assert sale.awaits("refused")["refunds"][0]["code"] == "1"
    finally:
        shop.changes_simulator(float_empty=False)

    sale.refunds()

    assert sale.awaits("done")["refunded_amount"] == 1000
    assert sale.is_back()


@pytest.mark.parametrize(
    ("phone", "is_back"),
    [("254700200009", True), ("254700200010", False)],
    ids=["internal error", "timed out"],
)
def test_what_nobody_tells_is_never_asked_twice_and_an_admin_reads_the_statement(shop, phone, is_back):
    sale = Sale(shop, phone)
    sale.refunds()
    sale.awaits("unknown")

    again = sale.refunds(409)
    path = f"/payments/{sale.id}/refund/1/statement"
    told = an_admin(shop).calls("POST", path, 200, json={"reversed": is_back, "reference": "TKZ0000001"})

    assert again["code"] == "conflict"
    assert told["refunds"][0]["status"] == ("done" if is_back else "refused")
    assert sale.is_back() is is_back
    assert len(shop.log("reversal", receipt=sale.receipt)) == 1


def test_a_result_that_is_lost_leaves_it_sent_and_nobody_asks_again(shop):
    sale = Sale(shop, "254700200001")
    sale.refunds()
    sale.awaits("sent")

    assert awaited(sale.is_back)
    assert sale.refunds(409)["code"] == "conflict"


def test_a_part_is_given_back_by_hand(shop):
    sale = Sale(shop)
    first = sale.buyer.payment(sale.id)["tickets"][0]["id"]

    refused = sale.refunds(409, tickets=[first])
    part = sale.refunds(method="manual", reference="SKT7AB12CD", tickets=[first])

    assert "manual" in refused["message"]
    assert (part["status"], part["refunded_amount"]) == ("Completed", 500)
    assert shop.stock(sale.event) == {"remaining": 39, "held": 0, "sold": 1, "revenue": 500}
    report = sale.organizer.calls("GET", f"/events/{sale.event['id']}/report", 200)
    assert (report["total"]["sold"], report["total"]["refunded"], report["total"]["revenue"]) == (1, 1, 500)


def test_all_of_a_cancelled_event_goes_back(shop):
    organizer = Person(shop, role_id=2)
    event = an_event(organizer)
    phones = ["", "254700200002", "254700300021", "", "", ""]
    sales = [Sale(shop, phone, event, organizer) for phone in phones]
    path = f"/events/{event['id']}/refunds"

    organizer.calls("POST", f"/events/{event['id']}/cancel", 200)
    due = awaited(lambda: _has(organizer, path, {"due": 6}))
    organizer.calls("POST", path, 202, json={"reason": "The event is cancelled."})
    ended = awaited(lambda: _has(organizer, path, {"refused": 1, "done": 5}))

    assert due["total"] == {"count": 6, "amount": 6000}
    assert ended["refunds"]["done"] == {"count": 5, "amount": 5000}
    states = [organizer.payment(sale.id)["status"] for sale in sales]
    assert states == ["Refunded", "Refunded", "RefundDue", "Refunded", "Refunded", "Refunded"]
    assert [sale.is_back() for sale in sales] == [state == "Refunded" for state in states]


def _has(organizer: Person, path: str, counts: dict[str, int]) -> dict | None:
    progress: dict = organizer.calls("GET", path, 200)
    found = {state: one["count"] for state, one in progress["refunds"].items()}
    return progress if found == counts else None


def an_admin(shop: Shop) -> Person:
    """Nobody signs up as Admin; the role is given as `make admin` does."""
    from chalicelib.accounts.bootstrapping import make_admin
    from chalicelib.core import clock

    person = shop.person()
    with seen_below(shop.stack):
        make_admin(person.id, clock.now())
    return person
