"""Creating, listing and finding events, and what is left of them."""

import pytest

from tests.actors import event_form


def test_an_event_comes_back_as_the_front_end_reads_it(organizer):
    event = organizer.event()

    assert event["id"] == event["event_id"]
    assert event["user_id"] == organizer.id
    assert event["organizer_ids"] == [organizer.id]
    assert event["tags"] == "music,outdoor"
    assert event["start_time"] == "2026-12-24 19:00:00+03:00"
    assert event["end_time"] == "2026-12-25 01:00:00+03:00"
    assert (event["early_booking_price"], event["regular_price"], event["MVP_price"]) == (1500, 2000, 5000)
    assert event["available_tickets"] == event["available_tickets_read"] == event["capacity"] == 10
    assert event["category_id"] is None
    assert event["status"] == "published"
    assert event["currency"] == "KES"


def test_an_event_is_there_at_once(organizer, town):
    event = organizer.event()

    assert town.asks("GET", f"/events/{event['id']}").body == event
    assert town.asks("GET", "/events").body == [event]


def test_what_is_left_out_is_never_null(organizer):
    event = organizer.event(description=None, images=None, tags=None, early_booking_price="", MVP_price=None)

    assert (event["description"], event["images"], event["tags"]) == ("", "", "")
    assert event["early_booking_price"] is None
    assert event["MVP_price"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"event_name": ""}, "event_name"),
        ({"event_name": "x" * 201}, "event_name"),
        ({"location": None}, "location"),
        ({"start_time": "tomorrow"}, "start_time"),
        ({"start_time": "2026-12-24"}, "start_time"),
        ({"start_time": "9999-12-31T23:59:59-14:00"}, "start_time"),
        ({"end_time": "2026-12-24T15:00:00Z"}, "end_time"),
        ({"end_time": "2027-02-24T15:00:00Z"}, "end_time"),
        ({"start_time": "2026-01-01T10:00:00Z", "end_time": "2026-01-01T12:00:00Z"}, "end_time"),
        ({"regular_price": "12.50"}, "regular_price"),
        ({"regular_price": -1}, "regular_price"),
        ({"regular_price": 250_001}, "regular_price"),
        ({"regular_price": "", "early_booking_price": "", "MVP_price": ""}, "MVP_price"),
        ({"available_tickets": 0}, "available_tickets"),
        ({"available_tickets": ""}, "available_tickets"),
        ({"available_tickets": "many"}, "available_tickets"),
        ({"category_id": 99}, "category_id"),
        ({"category_id": "music"}, "category_id"),
        ({"images": "x" * 2049}, "images"),
        ({"images": "javascript:alert(1)"}, "images"),
        ({"images": " JavaScript:alert(1)"}, "images"),
        ({"images": "java\tscript:alert(1)"}, "images"),
        ({"images": "data:text/html,hello"}, "images"),
        ({"images": "//evil.example/x.png"}, "images"),
        ({"images": ["/a.png"]}, "images"),
        ({"tags": [1, 2]}, "tags"),
        ({"quotas": {"MVP": 11}}, "quotas"),
        ({"quotas": {"MVP": 5}, "MVP_price": ""}, "quotas"),
        ({"quotas": {"gold": 5}}, "quotas.gold"),
        ({"labels": {"MVP": ""}}, "labels.MVP"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "localtime"}, "timezone"),
        ({"quotas": {"regular": 5}, "MVP_price": "", "early_booking_price": ""}, "quotas"),
        ({"event_name": "two\nlines"}, "event_name"),
        ({"early_booking_ends": "2026-12-26T00:00:00Z"}, "early_booking_ends"),
        ({"status": "cancelled"}, "status"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_created(organizer, town, wrong, field):
    answer = organizer.asks("POST", "/events", event_form(**wrong))

    assert answer.status == 422
    assert set(answer.body["fields"]) == {field}
    assert town.asks("GET", "/events").body == []


def test_all_wrong_fields_of_an_event_are_named_at_once(organizer):
    answer = organizer.asks("POST", "/events", {"regular_price": "1.5", "available_tickets": "x"})

    expected = {"event_name", "location", "start_time", "end_time", "regular_price", "available_tickets"}
    assert set(answer.body["fields"]) == expected


def test_what_only_the_database_knows_is_told_together_with_the_rest(town, buyer):
    form = {"regular_price": "1.5", "category_id": "99", "user_id": buyer.id} | {
        "start_time": "2026-01-01T10:00:00Z",
        "end_time": "2026-01-01T12:00:00Z",
    }

    answer = town.admin().asks("POST", "/events", form)

    assert answer.status == 422
    form_knows = {"event_name", "location", "regular_price", "available_tickets"}
    assert set(answer.body["fields"]) == form_knows | {"category_id", "user_id", "end_time"}
    assert answer.body["fields"]["end_time"] == "Is in the past."


def test_a_wrong_category_beside_other_wrong_fields_is_told_as_it_can_be_read(organizer):
    answer = organizer.asks("POST", "/events", event_form(category_id="music", end_time="later", images=5))

    assert set(answer.body["fields"]) == {"category_id", "end_time", "images"}
    assert answer.body["fields"]["category_id"] == "Must be a whole number."


@pytest.mark.parametrize(
    "image",
    ["", "/images/a.png", "images/a b.png", "https://example.com/a.png?x=1:2", "data:image/svg+xml,<svg/>"],
)
def test_a_picture_is_one_url_or_path(organizer, image):
    assert organizer.event(images=image)["images"] == image


def test_what_is_empty_or_null_is_as_if_it_were_not_there(organizer):
    event = organizer.event(
        quotas={"MVP": None}, labels={"MVP": None}, early_booking_ends="", capacity=None, user_id=None
    )

    assert (event["quotas"], event["labels"]["MVP"], event["capacity"]) == ({}, "MVP", 10)
    assert event["early_booking_ends"] == "2026-12-17 19:00:00+03:00"


def test_numbers_may_come_as_text(organizer):
    event = organizer.event(regular_price="50", available_tickets="7", capacity="9", quotas={"MVP": "2"})

    assert (event["regular_price"], event["capacity"], event["quotas"]) == (50, 9, {"MVP": 2})


@pytest.mark.parametrize("path", ["/events", "/events/{id}", "/events/{id}/availability"])
def test_polled_answers_carry_an_etag_and_are_private_for_who_is_signed_in(organizer, town, path):
    path = path.format(id=organizer.event()["id"])

    first = town.asks("GET", path)
    tag = first.header("ETag")
    again = town.asks("GET", path, headers={"If-None-Match": f'"other", {tag}'})
    own = organizer.asks("GET", path)

    assert tag.startswith('W/"')
    assert first.header("Cache-Control").startswith("public, ")
    assert (again.status, again.raw, again.header("ETag")) == (304, b"", tag)
    assert own.header("Cache-Control").startswith("private, ")
    assert "Authorization" in own.header("Vary")


@pytest.mark.parametrize("path", ["/events", "/events/{id}", "/events/{id}/availability"])
def test_a_sale_and_an_edit_are_seen_at_once_and_change_the_etag(organizer, town, buyer, path):
    event = organizer.event()
    path = path.format(id=event["id"])
    seen = [town.asks("GET", path).header("ETag")]

    buyer.buys(event)
    seen.append(town.asks("GET", path).header("ETag"))
    assert organizer.asks("PATCH", f"/events/{event['id']}", {"regular_price": 1}).status == 200
    seen.append(town.asks("GET", path).header("ETag"))

    assert len(set(seen)) == 3


def test_a_user_may_not_create_events(buyer):
    assert buyer.asks("POST", "/events", event_form()).status == 403


def test_only_an_admin_creates_events_for_somebody_else(town, organizer, buyer):
    mine = organizer.event(user_id=buyer.id)
    theirs = town.admin().asks("POST", "/events", event_form(user_id=organizer.id)).body

    assert mine["user_id"] == organizer.id
    assert theirs["user_id"] == organizer.id


def test_an_event_for_somebody_who_is_no_organizer_is_a_wrong_field(town, buyer):
    admin = town.admin()

    for user_id in ("nobody", buyer.id):
        answer = admin.asks("POST", "/events", event_form(user_id=user_id))
        assert (answer.status, set(answer.body["fields"])) == (422, {"user_id"})


def test_a_draft_is_seen_by_its_organizers_and_admin_only(town, organizer, buyer):
    draft = organizer.event(status="draft")
    path = f"/events/{draft['id']}"

    assert draft["status"] == "draft"
    assert town.asks("GET", path).status == 404
    assert buyer.asks("GET", path).status == 404
    assert organizer.asks("GET", path).status == 200
    assert town.admin().asks("GET", path).status == 200
    assert town.asks("GET", "/events").body == []
    assert town.asks("GET", f"/events?user_id={organizer.id}").body == []
    assert [event["id"] for event in organizer.asks("GET", f"/events?user_id={organizer.id}").body] == [
        draft["id"]
    ]


def test_events_are_listed_by_start_and_leave_when_they_have_ended(organizer, town, clock):
    late = organizer.event(start_time="2026-12-26T10:00:00Z", end_time="2026-12-26T12:00:00Z")
    soon = organizer.event(start_time="2026-12-25T10:00:00Z", end_time="2026-12-25T12:00:00Z")

    assert [event["id"] for event in town.asks("GET", "/events").body] == [soon["id"], late["id"]]

    clock.at = clock.at.replace(month=12, day=25, hour=11)  # under way
    assert len(town.asks("GET", "/events").body) == 2
    clock.passes(hours=1)
    assert [event["id"] for event in town.asks("GET", "/events").body] == [late["id"]]
    assert town.asks("GET", f"/events/{soon['id']}").body["status"] == "past"


def test_a_list_is_walked_page_by_page(organizer, town):
    made = [organizer.event(event_name=f"Show {n}")["id"] for n in range(5)]

    seen, path = [], "/events?limit=2"
    while path:
        answer = town.asks("GET", path)
        assert answer.status == 200
        assert len(answer.body) <= 2
        seen += [event["id"] for event in answer.body]
        link = answer.header("Link")
        path = "/events" + link[link.index("<") + 1 : link.index(">")] if link else ""

    assert sorted(seen) == sorted(made)


def test_a_category_filters_the_list(organizer, town, clock):
    from chalicelib.catalog import categories

    music = categories.create("Music", clock())
    event = organizer.event(category_id=str(music.id))
    organizer.event()

    assert [found["id"] for found in town.asks("GET", f"/events?category_id={music.id}").body] == [
        event["id"]
    ]
    assert town.asks("GET", "/categories").body == [{"id": 1, "name": "Music"}]


def test_an_organizers_own_list_is_filtered_too(organizer, town, clock):
    from chalicelib.catalog import categories

    music = categories.create("Music", clock())
    event = organizer.event(category_id=music.id)
    organizer.event(status="draft")

    found = organizer.asks("GET", f"/events?user_id={organizer.id}&category_id={music.id}").body

    assert [one["id"] for one in found] == [event["id"]]


def test_a_list_reads_a_bounded_number_of_events(organizer, town, clock, monkeypatch):
    from chalicelib.catalog import categories, listing

    monkeypatch.setattr(listing, "_MOST_READ", 3)
    monkeypatch.setattr(listing, "_READ_AT_ONCE", 2)
    jazz = categories.create("Jazz", clock()).id
    for n in range(5):
        organizer.event(event_name=f"Rock {n}")
    event = organizer.event(category_id=jazz, start_time="2026-12-24T17:00:00Z")

    first = town.asks("GET", f"/events?category_id={jazz}")
    assert first.body == []  # short, and yet
    link = first.header("Link")
    second = town.asks("GET", "/events" + link[link.index("<") + 1 : link.index(">")])

    assert [one["id"] for one in second.body] == [event["id"]]


def test_shards_are_read_in_their_order(aws):
    from chalicelib.catalog import stock
    from chalicelib.catalog.models import Event, Stock

    for shard in range(3):
        Stock(f"e#{shard}", on_sale=True, remaining={"shared": shard}, held={}, sold={}, revenue={}).save()

    assert [one.key for one in stock.read_stock(Event(id="e", shards=3))] == ["e#0", "e#1", "e#2"]


def test_a_category_name_is_taken_once(aws, clock):
    from chalicelib.catalog import categories
    from chalicelib.catalog.problems import CategoryExists

    categories.create("Music", clock())

    with pytest.raises(CategoryExists):
        categories.create("MUSIC", clock())
    assert categories.create("Theatre", clock()).id == 3  # numbers are never used again


def test_availability_is_by_ticket_type(organizer, town, clock):
    event = organizer.event(quotas={"MVP": 3}, labels={"MVP": "Front row"})

    body = town.asks("GET", f"/events/{event['id']}/availability").body

    assert body["available_tickets"] == 10
    assert body["ticket_types"]["MVP"] == {
        "label": "Front row",
        "price": 5000,
        "available": 3,
        "on_sale": True,
    }
    assert body["ticket_types"]["regular"]["available"] == 7
    assert body["ticket_types"]["early_booking"]["on_sale"] is True

    clock.at = clock.at.replace(month=12, day=18)
    late = town.asks("GET", f"/events/{event['id']}/availability").body
    assert late["ticket_types"]["early_booking"]["on_sale"] is False
    assert late["ticket_types"]["regular"]["on_sale"] is True


def test_an_unknown_event_is_not_found(town):
    assert town.asks("GET", "/events/abc").status == 404
    assert town.asks("GET", "/events/abc/availability").status == 404
