"""Deleting events of which nothing was ever sold or held."""

from chalicelib.catalog.models import Event, Stock


def deletes(person, event):
    return person.asks("DELETE", f"/events/{event['id']}")


def test_an_event_that_nobody_has_bought_goes_with_its_stock(organizer, town, buyer):
    event = organizer.event()

    answer = deletes(organizer, event)

    assert (answer.status, answer.raw) == (204, b"")
    assert town.asks("GET", f"/events/{event['id']}").status == 404
    assert town.asks("GET", "/events").body == []
    assert buyer.orders(event).status == 404
    assert list(Event.scan()) == []
    assert list(Stock.scan()) == []
    assert deletes(organizer, event).status == 404


def test_an_event_that_was_edited_only_can_be_deleted(organizer):
    event = organizer.event()
    organizer.asks("PATCH", f"/events/{event['id']}", {"capacity": 20})

    assert deletes(organizer, event).status == 204


def test_an_event_of_which_a_seat_was_held_once_stays(organizer, buyer, clock, town):
    event = organizer.event()
    payment = buyer.buys(event)
    clock.passes(minutes=6)
    town.reconciles()
    assert buyer.payment(payment)["status"] == "Expired"

    answer = deletes(organizer, event)

    assert (answer.status, answer.body["code"]) == (409, "in_use")
    assert "cancel it instead" in answer.body["message"]
    assert organizer.asks("GET", f"/events/{event['id']}").status == 200


def test_an_event_with_free_tickets_out_stays(organizer, buyer):
    event = organizer.event(regular_price=0)
    buyer.buys(event)

    assert deletes(organizer, event).status == 409


def test_a_purchase_between_looking_and_deleting_keeps_the_event(organizer, buyer, monkeypatch):
    from chalicelib.catalog import deleting

    event = organizer.event()
    real = deleting._wrote

    def slowly(*given):
        monkeypatch.setattr(deleting, "_wrote", real)
        buyer.buys(event)
        return real(*given)

    monkeypatch.setattr(deleting, "_wrote", slowly)

    assert deletes(organizer, event).status == 409
    assert organizer.asks("GET", f"/events/{event['id']}").body["available_tickets"] == 9


def test_an_event_that_grows_between_looking_and_deleting_leaves_no_stock_behind(organizer, monkeypatch):
    from chalicelib.catalog import deleting

    event = organizer.event()
    real = deleting._wrote

    def slowly(*given):
        monkeypatch.setattr(deleting, "_wrote", real)
        organizer.asks("PATCH", f"/events/{event['id']}", {"capacity": 10_000})
        return real(*given)

    monkeypatch.setattr(deleting, "_wrote", slowly)

    assert deletes(organizer, event).status == 204
    assert list(Stock.scan()) == []


def test_who_may_delete(organizer, town, buyer):
    event, draft = organizer.event(), organizer.event(status="draft")
    stranger = town.organizer("njeri")

    assert town.asks("DELETE", f"/events/{event['id']}").status == 401
    assert deletes(buyer, event).status == 403
    assert deletes(stranger, event).status == 403
    assert deletes(stranger, draft).status == 404
    assert deletes(town.admin(), event).status == 204
