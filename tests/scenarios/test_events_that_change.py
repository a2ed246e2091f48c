"""An event that is edited, run by two, and cancelled, as its people see it over HTTP."""

import pytest

from tests.scenarios.shop import Person, awaited

pytestmark = pytest.mark.stack


def test_an_event_is_edited_while_it_sells_and_then_cancelled(shop, buyer):
    organizer, second, cleaner = Person(shop, role_id=2), Person(shop, role_id=2), shop.person()
    form = {
        "event_name": "Lamu Cultural Night",
        "location": "Lamu Fort",
        "start_time": "2099-06-01T16:00:00Z",
        "end_time": "2099-06-01T22:00:00Z",
        "regular_price": 500,
        "available_tickets": 10,
    }
    event = organizer.calls("POST", "/events", 201, json=form)
    path = f"/events/{event['id']}"
    organizer.calls("PUT", f"{path}/staff/{second.id}", 200, json={"role": "organizer"})
    organizer.calls("PUT", f"{path}/staff/{cleaner.id}", 200, json={"role": "gate"})
    first = buyer.awaits(buyer.buys(event, 2), "Completed")

    echo = event | {"available_tickets": 12, "regular_price": 700}
    after = second.calls("PATCH", path, 200, json=echo)
    assert (after["capacity"], after["available_tickets"], after["regular_price"]) == (12, 10, 700)
    assert second.asks("DELETE", path).status_code == 409

    open_one = buyer.buys(event, 1, phone="254700004999")
    assert second.calls("POST", f"{path}/cancel", 200)["status"] == "cancelled"

    assert buyer.awaits(first["id"], "RefundDue")["amount"] == 1000
    assert buyer.awaits(open_one, "Cancelled")["status"] == "Cancelled"
    awaited(lambda: shop.stock(event) == {"remaining": 12, "held": 0, "sold": 0, "revenue": 0})
    assert buyer.orders(event, 1).json()["code"] == "sales_closed"
