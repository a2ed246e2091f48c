"""Tickets as they are shown over HTTP: to their owner, and to whoever has a link."""

from urllib.parse import urlsplit

import pytest

from chalicelib.accounts.models import User
from chalicelib.tickets import links
from chalicelib.tickets.admission import ADMITTED, REVOKED
from chalicelib.tickets.models import Ticket
from tests.tickets import reading

FORMS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


@pytest.fixture
def bought(buyer, organizer, safaricom):
    event = organizer.event(
        event_name="Usiku wa Taarab", location="Ngong’ Hills", labels={"regular": "Kawaida"}
    )
    buyer.buys(event, 2)
    safaricom.calls_back(0)
    return sorted(buyer.tickets(), key=lambda ticket: ticket["id"])


def path_of(ticket, form="pdf"):
    return f"/tickets/{ticket['id']}/ticket.{form}"


def link_to(town, ticket, form="pdf"):
    """The path and query of a link as it would be sent now."""
    address = urlsplit(links.url_of(Ticket.get(ticket["id"]), town.clock(), form))
    return f"{address.path}?{address.query}"


def set_status(ticket, status):
    Ticket(ticket["id"]).update([Ticket.status.set(status)])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("accept", ["text/html,*/*", "application/json", ""])
def test_every_form_is_served_to_its_owner_whatever_accept_says(buyer, bought, form, accept):
    answer = buyer.asks("GET", path_of(bought[0], form), headers={"Accept": accept} if accept else {})

    assert answer.status == 200
    assert answer.header("Content-Type") == FORMS[form]
    assert answer.header("Cache-Control") == "private, no-store"
    assert answer.header("Referrer-Policy") == "no-referrer"


def test_the_page_says_what_was_bought_by_whom_for_when_and_where(buyer, bought):
    words = reading.words(buyer.asks("GET", path_of(bought[1])).raw)

    name = User.get(buyer.id).username
    for part in (
        "Usiku wa Taarab",
        "Ngong’ Hills",
        "Kawaida",
        name,
        bought[1]["payment_id"],
        "Ticket 2 of 2",
    ):
        assert part in words
    assert "Thu 24 Dec 2026" in words
    assert "19:00 – 01:00 EAT" in words


def test_the_code_on_the_picture_and_on_the_page_is_the_tickets(buyer, bought):
    picture = buyer.asks("GET", path_of(bought[0], "png")).raw
    page = buyer.asks("GET", path_of(bought[0], "pdf")).raw

    assert reading.codes(reading.picture(picture)) == [bought[0]["code"]]
    assert reading.codes(reading.page(page)) == [bought[0]["code"]]


@pytest.mark.parametrize("form", FORMS)
def test_nobody_else_sees_it_without_a_link(town, organizer, bought, form):
    assert town.asks("GET", path_of(bought[0], form)).status == 401
    assert town.asks("GET", f"{path_of(bought[0], form)}?link=").status == 401
    assert town.signs_up("zuhura").asks("GET", path_of(bought[0], form)).status == 404
    assert organizer.asks("GET", path_of(bought[0], form)).status == 404


@pytest.mark.parametrize("form", FORMS)
def test_a_link_opens_the_ticket_for_whoever_has_it(town, buyer, bought, form):
    link = link_to(town, bought[0], form)
    own = buyer.asks("GET", path_of(bought[0], form)).raw

    by_link = town.asks("GET", link)

    assert (by_link.status, by_link.raw) == (200, own)
    assert by_link.header("Cache-Control") == "private, no-store"
    assert town.signs_up("zuhura").asks("GET", link).raw == own
    assert town.asks("GET", link, headers={"Authorization": "Bearer of.no.use"}).raw == own
    assert town.asks("HEAD", link).status == 200


def test_a_link_opens_every_form_of_its_ticket_and_nothing_else(town, bought):
    query = link_to(town, bought[0]).partition("?")[2]

    assert {town.asks("GET", f"{path_of(bought[0], form)}?{query}").status for form in FORMS} == {200}
    assert town.asks("GET", f"{path_of(bought[1])}?{query}").status == 401
    assert town.asks("GET", f"/tickets/{bought[0]['id']}?{query}").status == 401
    assert town.asks("GET", f"/tickets?{query}").status == 401


def test_a_garbled_link_says_what_to_do(town, bought):
    answer = town.asks("GET", link_to(town, bought[0])[:-1])

    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert answer.body["message"] == links.LinkNotGenuine.message


def test_an_expired_link_says_what_to_do(town, clock, bought):
    link = link_to(town, bought[0])
    clock.passes(days=60)

    answer = town.asks("GET", link)

    assert (answer.status, answer.body["code"]) == (401, "unauthenticated")
    assert answer.body["message"] == links.LinkExpired.message


@pytest.mark.parametrize("garbled", [True, False])
def test_a_link_that_does_not_count_takes_nothing_from_the_owner(town, buyer, bought, garbled):
    link = f"{path_of(bought[0])}?link=123.nonsense" if garbled else link_to(town, bought[1])
    path = f"{path_of(bought[0])}?{link.partition('?')[2]}"

    assert buyer.asks("GET", path).status == 200
    assert town.signs_up("zuhura").asks("GET", path).status == 404


def test_a_link_to_a_ticket_that_is_not_there_is_a_404(town, bought):
    link = link_to(town, bought[0])
    Ticket(bought[0]["id"]).delete()

    assert town.asks("GET", link).status == 404


@pytest.mark.parametrize("form", FORMS)
def test_a_revoked_ticket_shows_that_it_is_and_has_no_code_by_link_too(town, buyer, bought, form):
    link = link_to(town, bought[0], form)
    good = town.asks("GET", link).raw
    set_status(bought[0], REVOKED)

    for answer in (town.asks("GET", link), buyer.asks("GET", path_of(bought[0], form))):
        assert answer.status == 200
        assert answer.raw != good
        if form == "png":
            assert reading.codes(reading.picture(answer.raw)) == []
        if form == "pdf":
            assert reading.codes(reading.page(answer.raw)) == []
            assert "REVOKED" in reading.words(answer.raw)


def test_an_admitted_ticket_shows_that_it_is(buyer, bought):
    set_status(bought[0], ADMITTED)

    page = buyer.asks("GET", path_of(bought[0])).raw

    assert "ADMITTED" in reading.words(page)
    assert reading.codes(reading.page(page)) == [bought[0]["code"]]


def test_a_status_from_the_future_is_drawn_by_its_word_without_a_code(buyer, bought):
    set_status(bought[0], "handed on")

    page = buyer.asks("GET", path_of(bought[0])).raw

    assert "HANDED ON" in reading.words(page)
    assert reading.codes(reading.page(page)) == []


def test_a_ticket_of_a_cancelled_event_says_so_before_it_is_revoked(buyer, organizer, bought):
    assert organizer.asks("POST", f"/events/{bought[0]['event_id']}/cancel").status == 200

    page = buyer.asks("GET", path_of(bought[0])).raw

    assert "EVENT CANCELLED" in reading.words(page)
    assert reading.codes(reading.page(page)) == []


def test_an_event_that_moved_is_shown_as_it_is_now(buyer, organizer, bought):
    moved = {"location": "KICC, Nairobi", "end_time": "2026-12-25T23:30:00+03:00"}
    assert organizer.asks("PATCH", f"/events/{bought[0]['event_id']}", moved).status == 200

    words = reading.words(buyer.asks("GET", path_of(bought[0])).raw)

    assert "KICC, Nairobi" in words
    assert "19:00 until Fri 25 Dec, 23:30 EAT" in words


def test_the_name_of_somebody_who_left_is_on_no_ticket(town, buyer, bought):
    link = link_to(town, bought[0])
    name = User.get(buyer.id).username
    assert buyer.asks("DELETE", f"/users/{buyer.id}?give_up_tickets=true").status == 204

    words = reading.words(town.asks("GET", link).raw)

    assert name not in words
    assert "NAME" not in words


def test_a_ticket_from_before_orders_had_a_size_is_shown(buyer, bought):
    Ticket(bought[0]["id"]).update([Ticket.order_size.remove()])

    words = reading.words(buyer.asks("GET", path_of(bought[0])).raw)

    assert "Ticket 1" in words
    assert "Ticket 1 of" not in words


def test_no_log_line_holds_a_link(town, bought, caplog, monkeypatch):
    from chalicelib.tickets import opening

    def breaks(*anything):
        raise RuntimeError

    link = link_to(town, bought[0])
    town.asks("GET", link)
    town.asks("GET", link[:-1])
    monkeypatch.setattr(opening.papers, "event_and_holder", breaks)
    assert town.asks("GET", link).status == 500

    said = caplog.text + str([vars(record) for record in caplog.records])

    assert "request.crashed" in said
    assert link.rpartition(".")[2] not in said
