"""What an Admin does to events of others is told by id and field; what organizers do to their own is not."""

import pytest

from chalicelib.accounts import trail
from chalicelib.accounts.models import AuditLine, User
from chalicelib.catalog import revising
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.schemas import MOST_SEATS
from chalicelib.core.ids import new_id
from tests.actors import event_form
from tests.scenes import SCENES, World


@pytest.fixture
def admin(town):
    return town.admin()


@pytest.fixture
def njeri(town):
    return town.organizer("njeri")


def told(event):
    return [(line.what, dict(line.details)) for line in trail.of_thing(f"event#{event['id']}")]


def does(person, method, path, form=None):
    person.town.clock.passes(seconds=1)  # the trail is by time
    answer = person.asks(method, path, form)
    assert answer.status < 300, answer.raw
    return answer.body if answer.raw else None


def test_an_edit_is_told_by_its_fields(admin, organizer):
    event = organizer.event()

    does(
        admin,
        "PATCH",
        f"/events/{event['id']}",
        {"location": "KICC", "regular_price": 1, "tags": "music, outdoor"},
    )

    assert told(event) == [("event.changed", {"fields": "location prices"})]


def test_who_is_paid_from_now_on_is_told(admin, organizer, njeri):
    event = organizer.event()

    does(admin, "PUT", f"/events/{event['id']}", {"user_id": njeri.id})
    does(admin, "DELETE", f"/events/{event['id']}/staff/{njeri.id}")

    assert told(event) == [
        ("event.changed", {"fields": "user_id organizer_ids", "user_id": f"{organizer.id} to {njeri.id}"}),
        ("staff.dismissed", {"user": njeri.id, "user_id": f"{njeri.id} to {organizer.id}"}),
    ]


def test_an_event_in_somebody_elses_name_is_told_and_an_own_one_is_not(admin, organizer):
    given = does(admin, "POST", "/events", event_form(user_id=organizer.id))
    own = does(admin, "POST", "/events", event_form())

    assert told(given) == [("event.created", {"user_id": organizer.id})]
    assert told(own) == []


def test_staff_cancelling_and_deleting_are_told(admin, organizer, buyer):
    event, other = organizer.event(), organizer.event()

    does(admin, "PUT", f"/events/{event['id']}/staff/{buyer.id}", {"role": "gate"})
    does(admin, "POST", f"/events/{event['id']}/cancel")
    does(admin, "DELETE", f"/events/{other['id']}")

    assert told(event) == [
        ("staff.appointed", {"user": buyer.id, "role": "gate"}),
        ("event.cancelled", {}),
    ]
    assert told(other) == [("event.deleted", {"user_id": organizer.id})]


def test_an_admin_who_makes_an_event_their_own_leaves_lines_all_the_same(admin, organizer):
    event = organizer.event()
    path = f"/events/{event['id']}"

    does(admin, "PUT", f"{path}/staff/{admin.id}", {"role": "organizer"})
    does(admin, "PATCH", path, {"location": "KICC"})
    does(admin, "DELETE", f"{path}/staff/{admin.id}")

    assert [what for what, _ in told(event)] == ["staff.appointed", "event.changed", "staff.dismissed"]


def test_what_changes_nothing_or_fails_leaves_no_line(admin, organizer, buyer):
    event = organizer.event()
    path = f"/events/{event['id']}"
    form = {"code": "WINE", "percent_off": 20}
    does(admin, "POST", f"{path}/promo-codes", form)
    does(admin, "DELETE", f"{path}/promo-codes/wine")
    does(admin, "POST", f"{path}/cancel")
    before = told(event)

    assert admin.asks("POST", f"{path}/promo-codes", form).status == 409
    does(admin, "DELETE", f"{path}/promo-codes/wine")
    does(admin, "POST", f"{path}/cancel")
    does(admin, "PATCH", path, {"event_name": event["event_name"]})
    does(admin, "DELETE", f"{path}/staff/{buyer.id}")
    assert admin.asks("PATCH", path, {"regular_price": 1}).status == 409
    assert admin.asks("DELETE", f"{path}/promo-codes/beer").status == 404

    assert before == [
        ("code.created", {"code": "WINE"}),
        ("code.ended", {"code": "WINE"}),
        ("event.cancelled", {}),
    ]
    assert told(event) == before


def test_who_looks_again_since_somebody_was_faster_leaves_one_line(admin, organizer, monkeypatch):
    event = organizer.event()
    path = f"/events/{event['id']}"
    find_own = revising.find_own

    def find_and_be_overtaken(event_id, caller):
        found = find_own(event_id, caller)
        monkeypatch.setattr(revising, "find_own", find_own)
        does(organizer, "PATCH", path, {"description": "Rain or shine."})
        return found

    monkeypatch.setattr(revising, "find_own", find_and_be_overtaken)
    does(admin, "PATCH", path, {"location": "KICC"})

    assert told(event) == [("event.changed", {"fields": "location"})]


#: What is done by the event's organizer, and by its gate, in the scenes.
OF_EVENTS = [
    what
    for what in SCENES
    if ("/events/" in what or "/refund" in what)
    and not what.startswith("GET ")
    and not what.endswith(("/payouts", "/statement"))  # an Admin's
]


def test_what_organizers_do_to_their_own_leaves_no_line(town, organizer, buyer):
    people = {"the event's organizer": organizer, "the owner": buyer, "the gate": town.signs_up("gate")}
    world = World(town, people | {"a user": town.signs_up("user")})

    for what in OF_EVENTS:
        wanted = SCENES[what](world)
        does(organizer, what.split()[0], wanted.path, wanted.body)

    assert list(AuditLine.scan()) == []


def test_an_admin_at_the_gate_admits_as_the_others_there(admin, town, organizer, buyer):
    people = {"the event's organizer": organizer, "the owner": buyer, "the gate": admin}
    scan = World(town, people).scan()

    ticket = does(admin, "POST", scan.path, scan.body)["ticket_id"]
    does(admin, "DELETE", f"{scan.path}/{ticket}")

    assert [line.what for line in trail.of_thing(f"ticket#{ticket}")] == ["checkin.undone"]


def test_the_largest_event_is_deleted_with_its_line(admin, organizer):
    """An event in 32 shards and a category, with ten organizers and fifty people at its gate: 100 items."""
    category = does(admin, "POST", "/categories", {"name": "Music"})["id"]
    event = organizer.event(available_tickets=MOST_SEATS, category_id=category)
    others, gate = [new_id() for _ in range(9)], [new_id() for _ in range(50)]
    for person in others:
        User(person).update(actions=[User.organizes.set(1)])
    staff = [Event.organizer_ids.set([organizer.id, *others]), Event.gate_ids.set(gate)]
    Event(event["id"]).update(actions=staff)
    assert (Event.get(event["id"]).shards, len(list(Stock.scan()))) == (32, 32)

    does(admin, "DELETE", f"/events/{event['id']}")

    assert told(event) == [("event.deleted", {"user_id": organizer.id})]
    assert list(Stock.scan()) == []
