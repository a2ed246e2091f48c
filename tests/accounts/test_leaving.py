"""Leaving: nothing of the person stays but what money needs."""

from tests.actors import event_form, sign_up_form


def test_who_leaves_is_made_anonymous_and_every_token_ends(town, buyer):
    from chalicelib.accounts.models import User

    assert buyer.asks("DELETE", f"/users/{buyer.id}").status == 204

    left = User.get(buyer.id).to_simple_dict()
    assert not [
        text for text in map(str, left.values()) if "amina" in text or "254712" in text or "$" in text
    ]
    assert buyer.asks("GET", "/tickets").status == 401
    assert town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).status == 401


def test_who_has_left_is_seen_by_nobody(town, buyer):
    admin = town.admin()
    buyer.asks("DELETE", f"/users/{buyer.id}")

    assert admin.asks("GET", f"/users/{buyer.id}").status == 404
    assert admin.asks("DELETE", f"/users/{buyer.id}").status == 404
    assert buyer.id not in [person["id"] for person in admin.asks("GET", "/users").body]


def test_name_and_address_are_free_again(town, buyer):
    buyer.asks("DELETE", f"/users/{buyer.id}")

    again = town.asks("POST", "/signup", sign_up_form("amina"))

    assert again.status == 201
    assert again.body["id"] != buyer.id


def test_payments_tickets_and_ledger_stay(town, organizer, buyer):
    payment = buyer.buys(organizer.event())
    town.safaricom.calls_back()

    assert buyer.asks("DELETE", f"/users/{buyer.id}?give_up_tickets=true").status == 204

    kept = town.admin().asks("GET", f"/payments/{payment['id']}").body
    assert (kept["status"], kept["user_id"]) == ("Completed", buyer.id)
    assert len(kept["tickets"]) == 1
    assert len(kept["ledger"]) == 2


def test_an_organizer_with_events_cannot_leave(town, organizer):
    organizer.event(status="draft")

    for person in (organizer, town.admin()):
        answer = person.asks("DELETE", f"/users/{organizer.id}")
        assert (answer.status, answer.body["code"]) == (409, "in_use")


def test_an_organizer_without_events_can(organizer):
    """The control of the test above."""
    assert organizer.asks("DELETE", f"/users/{organizer.id}").status == 204


def test_nobody_is_given_an_event_after_leaving(town, organizer):
    admin = town.admin()
    organizer.asks("DELETE", f"/users/{organizer.id}")

    answer = admin.asks("POST", "/events", event_form(user_id=organizer.id))

    assert (answer.status, set(answer.body["fields"])) == (422, {"user_id"})
