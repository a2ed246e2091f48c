"""What organizers see of their sales."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from chalicelib.reports import exporting
from chalicelib.reports.attendees import HEADER
from chalicelib.reports.curve import svg
from chalicelib.reports.schemas import DaySums
from chalicelib.reports.sheets import csv_of, safe


def report_of(organizer, event):
    answer = organizer.asks("GET", f"/events/{event['id']}/report")
    assert answer.status == 200, answer.body
    return answer.body


def rows_of(organizer, event, query=""):
    answer = organizer.asks("GET", f"/events/{event['id']}/report.csv{query}")
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.raw.decode()))), answer.headers.get("Link")


def test_sales_are_told_by_type_and_by_day(town, organizer, buyer, safaricom, clock):
    event = organizer.event(MVP_price=5000, available_tickets=10)
    buyer.buys(event, 2)
    safaricom.calls_back(0)
    clock.passes(hours=13)  # to the next day in Nairobi, and beyond all log-ins
    late = town.signs_up("late")
    late.buys(event, 1, ticket_type="MVP")
    safaricom.calls_back(0, receipt="TKX0000002")
    late.buys(event, 3)

    report = report_of(town.admin(), event)

    assert report["ticket_types"].pop("early_booking")["sold"] == 0
    assert report["ticket_types"] == {
        "regular": {"label": "Regular", "sold": 2, "held": 3, "left": 4, "refunded": 0, "revenue": 4000},
        "MVP": {"label": "MVP", "sold": 1, "held": 0, "left": 4, "refunded": 0, "revenue": 5000},
    }
    assert [(day["day"], day["sold"], day["revenue"]) for day in report["days"]] == [
        ("2026-11-24", 2, 4000),
        ("2026-11-25", 1, 5000),
    ]
    assert report["total"] == {
        "label": "All tickets",
        "sold": 3,
        "held": 3,
        "left": 4,
        "refunded": 0,
        "revenue": 9000,
    }


def test_what_is_taken_back_is_refunded_and_no_longer_sold(town, organizer, buyer, safaricom):
    event = organizer.event()
    buyer.buys(event, 2)
    safaricom.calls_back(0)
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()

    report = report_of(organizer, event)

    assert report["ticket_types"]["regular"]["sold"] == report["total"]["sold"] == 0
    assert report["ticket_types"]["regular"]["refunded"] == 2
    assert report["days"][0]["sold"] == report["days"][0]["refunded"] == 2
    assert report["total"]["revenue"] == report["days"][0]["revenue"] == 0


def test_an_event_in_shards_is_added_up(organizer, buyer, safaricom):
    event = organizer.sharded_event(100)
    for number in range(3):
        buyer.buys(event, 4)
        safaricom.calls_back(0, receipt=f"TKX000000{number}")

    report = report_of(organizer, event)

    assert (report["total"]["sold"], report["total"]["left"]) == (12, 88)
    assert [day["sold"] for day in report["days"]] == [12]


def test_the_csv_has_a_row_for_each_ticket(organizer, buyer, safaricom, clock):
    event = organizer.event()
    paid = buyer.buys(event, 2)
    safaricom.calls_back(0, receipt="TKX0000001")
    clock.passes(seconds=1)
    buyer.buys(event, 1)
    safaricom.calls_back(1032)

    rows, link = rows_of(organizer, event)

    assert link is None
    assert rows[0] == list(HEADER)
    found = [dict(zip(HEADER, row, strict=True)) for row in rows[1:]]
    assert [(row["status"], row["ticket_status"]) for row in found] == [
        ("Completed", "valid"),
        ("Completed", "valid"),
        ("Failed", ""),
    ]
    assert [row["ticket_id"] for row in found[:2]] == [
        ticket["id"] for ticket in buyer.payment(paid)["tickets"]
    ]
    assert found[0]["receipt"] == "TKX0000001"
    assert "•" in found[0]["phone"]
    assert found[0]["price"] == "2000"


def test_pages_of_the_csv_go_on_where_the_last_one_ended(organizer, buyer, safaricom, clock):
    event = organizer.event()
    for _ in range(5):
        buyer.buys(event, 2)
        clock.passes(seconds=1)

    first, link = rows_of(organizer, event, "?limit=5")
    pages = [first]
    while link:
        target = re.fullmatch(r'<(.*)>; rel="next"', link)
        assert target
        rows, link = rows_of(organizer, event, target[1])
        pages.append(rows)

    assert [len(page) for page in pages] == [5, 4, 2]  # whole payments; the header is on the first page
    assert [row[0] for page in pages for row in page].count("payment_id") == 1
    assert len({row[0] for page in pages for row in page}) == 1 + 5


def test_no_page_has_more_than_5000_rows(organizer):
    event = organizer.event()

    answer = organizer.asks("GET", f"/events/{event['id']}/report.csv?limit=5001")

    assert answer.status == 422
    assert answer.body["fields"] == {"limit": "Must be a whole number from 1 to 5000."}


@pytest.mark.parametrize("cell", ["=1+1", "+254", "-1", "@SUM(A1)", "\t=1", " =1+1", "＝1"])
def test_no_cell_is_run_as_a_formula(cell):
    assert safe(cell) == f"'{cell}"
    assert next(csv.reader(io.StringIO(csv_of([[cell]])))) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["Achieng', Ng'ang'a", "a=b", "2026-11-24 12:00:00+03:00", ""])
def test_other_cells_stay_as_they_are(cell):
    assert safe(cell) == cell


def test_a_label_that_is_a_formula_is_text_in_the_csv(organizer, buyer):
    event = organizer.event(labels={"regular": "=HYPERLINK(1)"})
    buyer.buys(event)

    rows, _ = rows_of(organizer, event)

    assert rows[1][HEADER.index("label")] == "'=HYPERLINK(1)"


def test_the_command_exports_all_with_progress(organizer, buyer, monkeypatch):
    event = organizer.event()
    buyer.buys(event, 3)
    monkeypatch.setattr(exporting, "_EVERY", 2)
    to, progress = io.StringIO(), io.StringIO()

    assert exporting.export(event["id"], to, progress) == 3

    assert to.getvalue().startswith("\ufeffpayment_id,")
    assert len(list(csv.reader(io.StringIO(to.getvalue())))) == 4
    assert progress.getvalue() == "3 rows ...\n3 rows.\n"


def test_the_page_shows_names_as_text_and_runs_nothing(organizer, buyer, safaricom):
    event = organizer.event(event_name="<script>alert(1)</script> Ng'ang'a & Wanjirũ")
    buyer.buys(event, 2)
    safaricom.calls_back(0)

    answer = organizer.asks("GET", f"/events/{event['id']}/report.html")

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    shown = answer.raw.decode()
    assert "<script" not in shown
    assert "Wanjirũ" in shown
    assert "<svg" in shown
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_curve_alone_runs_nothing_either(organizer):
    event = organizer.event(event_name="<script>alert(1)</script>")

    answer = organizer.asks("GET", f"/events/{event['id']}/report.svg")

    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.raw.decode()


def test_the_curve_adds_up_over_days_without_sales():
    def day(name, sold, refunded=0):
        return DaySums(day=name, sold=sold, refunded=refunded, revenue=0, ticket_types={})

    drawn = svg("Blankets & Wine", [day("2026-11-24", 10), day("2026-11-28", 5, 1), day("2026-11-27", 0, 2)])

    points = re.search(r'points="([^"]*)"', drawn)
    assert points
    assert len(points[1].split()) == 5
    assert "12 tickets" in drawn
    assert "Blankets &amp; Wine" in drawn


def test_a_curve_of_nothing_says_so():
    assert "Nothing is sold yet." in svg(quote("x"), [])
