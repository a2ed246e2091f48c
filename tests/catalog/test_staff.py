"""Who runs an event, who works at its gate, and whose lists it is on."""

import pytest

from chalicelib.catalog.models import CoOrganizer, Event, GateDuty


@pytest.fixture
def njeri(town):
    return town.organizer("njeri")


def appoints(person, event, somebody, role="organizer"):
    return person.asks("PUT", f"/events/{event['id']}/staff/{somebody.id}", {"role": role})


def dismisses(person, event, somebody):
    return person.asks("DELETE", f"/events/{event['id']}/staff/{somebody.id}")


def lists(person, of=None):
    answer = person.asks("GET", f"/events?user_id={(of or person).id}")
    return [event["event_name"] for event in answer.body]


def test_a_second_organizer_runs_the_event_as_the_first_does(organizer, njeri, town):
    event = organizer.event()

    answer = appoints(organizer, event, njeri)

    assert answer.status == 200
    assert answer.body == {
        "event_id": event["id"],
        "user_id": organizer.id,
        "organizer_ids": [organizer.id, njeri.id],
        "gate_ids": [],
    }
    assert njeri.asks("PATCH", f"/events/{event['id']}", {"location": "KICC"}).status == 200
    seen = town.asks("GET", f"/events/{event['id']}").body
    assert (seen["user_id"], seen["organizer_ids"]) == (organizer.id, [organizer.id, njeri.id])
    assert "gate_ids" not in seen


def test_appointing_twice_changes_nothing(organizer, njeri):
    event = organizer.event()
    appoints(organizer, event, njeri)

    assert appoints(organizer, event, njeri).status == 200
    assert appoints(organizer, event, organizer).body["organizer_ids"] == [organizer.id, njeri.id]
    assert Event.get(event["id"]).version == 1


def test_gate_staff_need_no_permission_and_may_not_edit(organizer, buyer, town):
    event = organizer.event(status="draft")

    assert appoints(organizer, event, buyer, "gate").body["gate_ids"] == [buyer.id]

    assert buyer.asks("GET", f"/events/{event['id']}").status == 200  # a draft is for its staff
    assert buyer.asks("PATCH", f"/events/{event['id']}", {"location": "x"}).status == 403
    assert organizer.asks("GET", f"/events/{event['id']}").body["gate_ids"] == [buyer.id]
    assert "gate_ids" not in buyer.asks("GET", f"/events/{event['id']}").body


def test_nobody_is_both_and_the_newest_word_counts(organizer, njeri):
    event = organizer.event()
    appoints(organizer, event, njeri, "gate")

    assert appoints(organizer, event, njeri).body["gate_ids"] == []
    after = appoints(organizer, event, njeri, "gate").body
    assert (after["organizer_ids"], after["gate_ids"]) == ([organizer.id], [njeri.id])
    assert lists(njeri) == []


def test_the_last_organizer_stays(organizer, njeri):
    event = organizer.event()

    for answer in (dismisses(organizer, event, organizer), appoints(organizer, event, organizer, "gate")):
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert "add another one first" in answer.body["message"]

    appoints(organizer, event, njeri)
    assert dismisses(njeri, event, organizer).status == 204
    after = njeri.asks("GET", f"/events/{event['id']}").body
    assert (after["user_id"], after["organizer_ids"]) == (njeri.id, [njeri.id])
    assert (lists(njeri), lists(organizer)) == (["Blankets & Wine"], [])
    assert list(CoOrganizer.query(njeri.id)) == []  # found by the event itself now
    assert organizer.asks("PATCH", f"/events/{event['id']}", {"location": "x"}).status == 403


def test_nobody_is_given_an_event_by_others(organizer, njeri, town):
    """A stranger's event would carry their name and their being verified, and they could not leave."""
    star = town.organizer("star")
    event = organizer.event()
    appoints(organizer, event, star)
    appoints(organizer, event, njeri)

    for answer in (
        dismisses(organizer, event, organizer),
        appoints(organizer, event, organizer, "gate"),
        dismisses(njeri, event, organizer),
    ):
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert "to take it over" in answer.body["message"]

    assert organizer.asks("GET", f"/events/{event['id']}").body["user_id"] == organizer.id
    assert dismisses(star, event, star).status == 204  # and whoever was appointed need not stay
    assert star.asks("DELETE", f"/users/{star.id}").status == 204
    assert dismisses(town.admin(), event, organizer).status == 204


def test_dismissing_somebody_who_is_not_there_is_fine(organizer, njeri):
    event = organizer.event()

    assert dismisses(organizer, event, njeri).status == 204
    assert Event.get(event["id"]).version == 0


def test_the_person_must_exist_and_an_organizer_must_be_one(organizer, buyer, town):
    event = organizer.event()

    nobody = organizer.asks("PUT", f"/events/{event['id']}/staff/nobody", {"role": "gate"})
    assert (nobody.status, "no such person" in nobody.body["message"]) == (404, True)
    user = appoints(organizer, event, buyer)
    assert (user.status, set(user.body["fields"])) == (422, {"role"})
    wrong = appoints(organizer, event, buyer, "boss")
    assert (wrong.status, set(wrong.body["fields"])) == (422, {"role"})


def test_only_its_organizers_and_admin_choose_the_staff(organizer, njeri, buyer, town):
    event, draft = organizer.event(), organizer.event(status="draft")

    assert appoints(njeri, event, njeri).status == 403
    assert appoints(njeri, draft, njeri).status == 404
    assert appoints(buyer, event, buyer, "gate").status == 403
    assert dismisses(njeri, event, organizer).status == 403
    assert appoints(town.admin(), event, buyer, "gate").status == 200


def test_there_is_a_greatest_number_of_staff(organizer, njeri, town, buyer):
    event = organizer.event()
    Event(event["id"]).update(
        actions=[
            Event.organizer_ids.set([organizer.id, *(f"o{n}" for n in range(9))]),
            Event.gate_ids.set([f"g{n}" for n in range(50)]),
        ]
    )

    for somebody, role in ((njeri, "organizer"), (buyer, "gate")):
        answer = appoints(organizer, event, somebody, role)
        assert (answer.status, answer.body["code"]) == (409, "conflict")
        assert "at most" in answer.body["message"]
    handed_over = town.admin().asks("PATCH", f"/events/{event['id']}", {"user_id": njeri.id})
    assert (handed_over.status, handed_over.body["code"]) == (409, "conflict")


def at_gate(person):
    answer = person.asks("GET", "/events?at_gate=true")
    assert answer.status == 200, answer.body
    return [event["event_name"] for event in answer.body]


def test_gate_staff_find_the_events_at_whose_gate_they_work(organizer, buyer, njeri, town):
    first, second = organizer.event(event_name="first", status="draft"), organizer.event(event_name="second")
    organizer.event(event_name="not theirs")
    earlier = {"start_time": "2026-12-01T16:00:00Z", "end_time": "2026-12-01T20:00:00Z"}
    organizer.asks("PATCH", f"/events/{second['id']}", earlier)
    for event in (first, second, second):
        appoints(organizer, event, buyer, "gate")
    appoints(organizer, first, njeri)

    assert at_gate(buyer) == ["second", "first"]
    assert at_gate(njeri) == at_gate(organizer) == []
    assert town.asks("GET", "/events?at_gate=true").status == 401

    dismisses(organizer, second, buyer)
    appoints(organizer, first, njeri, "gate")
    assert (at_gate(buyer), at_gate(njeri)) == (["first"], ["first"])
    appoints(organizer, first, njeri)
    assert at_gate(njeri) == []


def test_a_gate_is_found_for_some_hours_after_the_end_and_never_when_the_event_is_deleted(
    organizer, buyer, clock
):
    times = {"start_time": "2026-11-24T10:00:00Z", "end_time": "2026-11-24T11:00:00Z"}  # it is 9 o'clock
    over, deleted = organizer.event(event_name="over", **times), organizer.event()
    for event in (over, deleted):
        appoints(organizer, event, buyer, "gate")
    organizer.asks("DELETE", f"/events/{deleted['id']}")

    assert [duty.event_id for duty in GateDuty.query(buyer.id)] == [over["id"]]
    clock.passes(hours=7)
    assert at_gate(buyer) == ["over"]
    clock.passes(hours=2)
    assert at_gate(buyer) == []


def test_the_list_of_a_gate_has_pages(organizer, buyer):
    for number in range(3):
        appoints(organizer, organizer.event(event_name=f"Show {number}"), buyer, "gate")

    first = buyer.asks("GET", "/events?at_gate=true&limit=2")
    link = first.header("Link")
    second = buyer.asks("GET", "/events" + link[link.index("<") + 1 : link.index(">")])

    shown = sorted(event["event_name"] for event in first.body + second.body)
    assert (len(first.body), shown) == (2, ["Show 0", "Show 1", "Show 2"])
    assert second.header("Link") is None


def test_a_co_organizer_lists_the_events_with_drafts_and_past_ones(organizer, njeri, town, clock):
    def an_event(name, day, who=organizer, **more):
        times = {"start_time": f"2026-12-{day}T16:00:00Z", "end_time": f"2026-12-{day}T20:00:00Z"}
        return who.event(event_name=name, **times, **more)

    for event in (an_event("shared", 12), an_event("draft", 14, status="draft"), an_event("moved", 10)):
        appoints(organizer, event, njeri)
    an_event("not hers", 13)
    an_event("her own", 13, njeri)
    moved = {"start_time": "2026-12-15T16:00:00Z", "end_time": "2026-12-15T20:00:00Z"}
    assert organizer.asks("PATCH", f"/events/{event['id']}", moved).status == 200

    assert lists(njeri) == ["shared", "her own", "draft", "moved"]
    assert lists(town, njeri) == ["shared", "her own", "moved"]
    assert lists(organizer) == ["shared", "not hers", "draft", "moved"]


def test_a_co_organizers_list_is_walked_page_by_page(organizer, njeri, town):
    names = [f"Show {n}" for n in range(7)]
    for n, name in enumerate(names):  # all start at one moment
        event = (organizer if n % 2 else njeri).event(event_name=name)
        if n % 2:
            appoints(organizer, event, njeri)

    seen, path, pages = [], f"/events?user_id={njeri.id}&limit=2", 0
    while path:
        answer = njeri.asks("GET", path)
        seen += [event["event_name"] for event in answer.body]
        link = answer.header("Link")
        path = "/events" + link[link.index("<") + 1 : link.index(">")] if link else ""
        pages += 1

    assert sorted(seen) == names
    assert pages == 4


def test_a_deleted_event_is_on_no_list(organizer, njeri):
    event = organizer.event()
    appoints(organizer, event, njeri)

    assert organizer.asks("DELETE", f"/events/{event['id']}").status == 204
    assert (lists(njeri), lists(organizer)) == ([], [])
    assert list(CoOrganizer.query(njeri.id)) == []
