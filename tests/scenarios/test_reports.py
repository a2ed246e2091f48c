"""What an organizer is told of sales, on the running stack: while they happen, and when all is over."""

import csv
import io
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.scenarios.shop import Person, Shop, a_phone_that_pays, awaited

pytestmark = pytest.mark.stack

CANCELS_ON_THE_PHONE = "254700001032"


def an_event_of(organizer: Person, **changed: Any) -> dict[str, Any]:
    form = {
        "event_name": "Lamu Cultural Night",
        "location": "Lamu Fort",
        "start_time": "2099-06-01T16:00:00Z",
        "end_time": "2099-06-01T22:00:00Z",
        "regular_price": 500,
        "MVP_price": 2000,
        "available_tickets": 40,
    }
    event: dict[str, Any] = organizer.calls("POST", "/events", 201, json=form | changed)
    return event


def rows_of(organizer: Person, event: dict[str, Any], limit: int) -> list[list[list[str]]]:
    """The rows of the CSV, page by page, as the Link header leads."""
    path = f"/events/{event['id']}/report.csv"
    pages, query = [], f"?limit={limit}"
    while query:
        answer = organizer.asks("GET", path + query)
        assert answer.status_code == 200, answer.text
        pages.append(list(csv.reader(io.StringIO(answer.text))))
        found = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("Link", ""))
        query = found[1] if found else ""
    return pages


def test_a_report_of_sales_by_many_at_once_agrees_with_what_each_of_them_has(shop: Shop) -> None:
    organizer = Person(shop, role_id=2)
    event = an_event_of(organizer, available_tickets=40)
    buyers = [shop.person() for _ in range(8)]

    def buys(number: int) -> dict[str, Any]:
        buyer = buyers[number]
        kind = "MVP" if number % 2 else "regular"
        phone = CANCELS_ON_THE_PHONE if number == 7 else a_phone_that_pays()
        body = {"event_id": event["id"], "ticket_type": kind, "quantity": 1 + number % 3, "phone": phone}
        return buyer.awaits(buyer.calls("POST", "/payments", 202, json=body)["id"])

    with ThreadPoolExecutor(len(buyers)) as threads:
        ended = list(threads.map(buys, range(len(buyers))))

    paid = [payment for payment in ended if payment["status"] == "Completed"]
    assert Counter(payment["status"] for payment in ended) == {"Completed": 7, "Failed": 1}
    tickets = Counter(one["ticket_type"] for payment in paid for one in payment["tickets"])
    report = organizer.calls("GET", f"/events/{event['id']}/report", 200)
    assert {kind: report["ticket_types"][kind]["sold"] for kind in ("regular", "MVP")} == tickets
    assert report["total"]["revenue"] == sum(payment["amount"] for payment in paid)
    assert report["total"]["left"] == 40 - tickets.total() == shop.left(event)
    assert report["total"]["held"] == 0
    assert sum(day["sold"] for day in report["days"]) == tickets.total()
    assert sum(day["revenue"] for day in report["days"]) == report["total"]["revenue"]


def test_what_is_given_back_is_told_on_its_day_and_no_longer_as_revenue(shop: Shop) -> None:
    organizer, buyer = Person(shop, role_id=2), shop.person()
    event = an_event_of(organizer)
    buyer.awaits(buyer.buys(event, 3), "Completed")
    organizer.calls("POST", f"/events/{event['id']}/cancel", 200)

    def told() -> dict[str, Any] | None:
        report: dict[str, Any] = organizer.calls("GET", f"/events/{event['id']}/report", 200)
        return report if report["total"]["refunded"] and not report["total"]["sold"] else None

    # It is read item by item, so while money goes back it may tell of both sides of a transaction.
    report = awaited(told)

    assert {name: report["total"][name] for name in ("sold", "held", "refunded", "revenue")} == {
        "sold": 0,
        "held": 0,
        "refunded": 3,
        "revenue": 0,
    }
    assert sum(day["sold"] for day in report["days"]) == 3


def test_the_sheet_has_every_ticket_once_over_all_its_pages_and_runs_no_formula(shop: Shop) -> None:
    organizer = Person(shop, role_id=2)
    event = an_event_of(organizer, event_name="=HYPERLINK(1)", labels={"regular": "+Kawaida"})
    sneaky = Person(shop, name="=cmd")
    orders = [sneaky.awaits(sneaky.buys(event, n), "Completed") for n in (2, 1, 2, 1)]

    pages = rows_of(organizer, event, limit=3)

    header, rows = pages[0][0], [row for page in pages for row in page][1:]
    assert len(pages) > 1
    assert not any(row == header for row in rows)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    tickets = {ticket["id"] for payment in orders for ticket in payment["tickets"]}
    assert sorted(row["ticket_id"] for row in found) == sorted(tickets)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert any(cell.startswith("'=") for row in rows for cell in row)


def test_a_report_is_for_those_who_run_the_event_and_its_page_has_the_curve(
    shop: Shop, buyer: Person
) -> None:
    organizer, stranger = Person(shop, role_id=2), Person(shop, role_id=2)
    event = an_event_of(organizer)
    buyer.awaits(buyer.buys(event, 2), "Completed")
    path = f"/events/{event['id']}/report"

    page, curve = organizer.asks("GET", f"{path}.html"), organizer.asks("GET", f"{path}.svg")

    assert page.headers["Content-Type"].startswith("text/html")
    assert "<svg" in page.text
    assert "Lamu Cultural Night" in page.text
    assert curve.headers["Content-Type"].startswith("image/svg+xml")
    for form in ("", ".csv", ".html", ".svg"):
        assert buyer.asks("GET", path + form).status_code == 403
        assert stranger.asks("GET", path + form).status_code == 403
