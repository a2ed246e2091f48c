"""Check-in at the gate, through the routes."""

from datetime import timedelta

import pytest

from chalicelib.tickets import codes, conflicts
from chalicelib.tickets.models import Scan, Ticket
from tests.actors import Organizer, Person
from tests.faults.crashing import Outside


@pytest.fixture
def event(organizer):
    return organizer.event(labels={"regular": "Kawaida"})


@pytest.fixture
def tickets(buyer, event, safaricom):
    buyer.buys(event, 3)
    safaricom.calls_back(0)
    return buyer.tickets()


@pytest.fixture
def ticket(tickets):
    return tickets[0]


@pytest.fixture
def gate(town, organizer, event):
    """Somebody without any permission, whom the organizer has put at the gate."""
    person = town.signs_up("kamau")
    assert organizer.asks("PUT", f"/events/{event['id']}/staff/{person.id}", {"role": "gate"}).status == 200
    return person


def scans(person, event, code, **more):
    return person.asks("POST", f"/events/{event['id']}/checkins", {"code": code, **more})


def uploads(person, event, *rows, **more):
    answer = person.asks("POST", f"/events/{event['id']}/checkins", {"scans": list(rows), **more})
    assert answer.status == 200, answer.body
    return answer.body


def row(ticket, seconds=0.0, device="Gate A", clock=None):
    """A scan so many seconds after the clock's start."""
    at = clock.start + timedelta(seconds=seconds)
    return {"code": ticket["code"], "scanned_at": at.isoformat(), "device": device}


def undoes(person, event, ticket):
    return person.asks("DELETE", f"/events/{event['id']}/checkins/{ticket['id']}")


def gives_back(organizer, town, event):
    assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200
    town.unwinds()


def test_a_good_code_is_admitted_with_what_the_gate_wants_to_know(gate, event, ticket, buyer):
    answer = scans(gate, event, ticket["code"], device="Gate A")

    assert answer.status == 200
    assert answer.body == {
        "outcome": "admitted",
        "ticket_id": ticket["id"],
        "ticket_type": "regular",
        "label": "Kawaida",
        "admitted_at": "2026-11-24 12:00:00+03:00",
        "admitted_by": gate.id,
        "device": "Gate A",
    }
    assert buyer.asks("GET", f"/tickets/{ticket['id']}").body["status"] == "admitted"


def test_a_good_code_is_admitted_at_our_time(gate, event, ticket, clock):
    """Whatever the device's clock says: this one is three minutes behind, and says nothing of it."""
    clock.passes(minutes=5)

    answer = scans(gate, event, ticket["code"], device="Gate A", scanned_at="2026-11-24T09:02:00Z")

    assert answer.body["admitted_at"] == "2026-11-24 12:05:00+03:00"


def test_a_second_scan_is_told_who_when_and_where(gate, organizer, event, ticket, clock):
    scans(gate, event, ticket["code"], device="Gate A")
    clock.passes(minutes=5)

    answer = scans(organizer, event, ticket["code"], device="Gate B")

    assert answer.status == 409
    assert answer.body == {
        "request_id": answer.header("X-Request-Id"),
        "code": "already_admitted",
        "message": "Somebody was let in with this ticket already: 2026-11-24 12:00:00+03:00 on Gate A.",
        "ticket_id": ticket["id"],
        "ticket_type": "regular",
        "label": "Kawaida",
        "admitted_at": "2026-11-24 12:00:00+03:00",
        "admitted_by": gate.id,
        "admitted_by_name": "kamau",
        "device": "Gate A",
    }


def test_a_gate_that_got_no_answer_asks_again_and_is_told_admitted(gate, event, ticket, clock):
    first = scans(gate, event, ticket["code"], device="Gate A", scanned_at="2026-11-24T12:00:00.120+03:00")
    clock.passes(seconds=40)

    again = scans(gate, event, ticket["code"], device="Gate A", scanned_at="2026-11-24T09:00:00.120Z")

    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body
    assert len(list(Scan.scan())) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"device": "Gate A", "scanned_at": "2026-11-24T09:00:01.120Z"},  # the guest's friend, a second later
        {"device": "Gate B", "scanned_at": "2026-11-24T09:00:00.120Z"},
        {"device": "Gate A"},
        {},
    ],
)
def test_another_scan_is_not_taken_for_the_same(gate, event, ticket, other):
    scans(gate, event, ticket["code"], device="Gate A", scanned_at="2026-11-24T09:00:00.120Z")

    assert scans(gate, event, ticket["code"], **other).status == 409


def test_one_who_waits_is_never_before_one_who_is_in(gate, organizer, event, ticket, clock):
    clock.passes(minutes=10)
    scans(gate, event, ticket["code"], device="Gate A", scanned_at="2026-11-24T09:10:00Z")

    late = scans(organizer, event, ticket["code"], device="Gate B", scanned_at="2026-11-24T09:05:00Z")

    assert late.status == 409


def not_valid(answer):
    assert answer.status == 422, answer.body
    assert answer.body["code"] == "not_valid"
    return answer.body["reason"], answer.body["message"]


@pytest.mark.parametrize(
    "code", ["", "hello", "T1.1.", "https://example.com", "T1.9.AAAA", "é" * 300, "\u0000"]
)
def test_what_is_no_code_is_not_valid_and_says_so(gate, event, code):
    reason, message = not_valid(scans(gate, event, code))

    assert reason == "not_genuine"
    assert message.startswith("This is no code of ours")


def test_a_forged_code_is_not_valid(gate, event, ticket, monkeypatch):
    from dataclasses import replace

    from chalicelib.core.settings import settings as present

    with monkeypatch.context() as forger:
        forger.setattr(codes, "settings", lambda: replace(present(), ticket_keys={"1": "ab" * 32}))
        forged = codes.code_of(Ticket.get(ticket["id"]))

    assert not_valid(scans(gate, event, forged))[0] == "not_genuine"
    assert Ticket.get(ticket["id"]).status == "valid"


def test_a_genuine_code_of_no_ticket_is_not_valid(gate, event, ticket):
    unsold = codes.code_of(Ticket("0" * 34, event_id=event["id"], ticket_type="MVP"))

    assert not_valid(scans(gate, event, unsold))[0] == "not_genuine"
    assert list(Scan.scan()) == []


def test_a_ticket_of_another_event_is_not_valid(town, organizer, ticket):
    other = organizer.event(event_name="Koroga")

    assert not_valid(scans(organizer, other, ticket["code"])) == (
        "other_event",
        "This ticket is for another event.",
    )
    assert Ticket.get(ticket["id"]).status == "valid"


def test_a_revoked_ticket_is_not_valid_and_its_scan_is_kept(gate, event, ticket):
    Ticket(ticket["id"]).update(actions=[Ticket.status.set("revoked")])

    assert not_valid(scans(gate, event, ticket["code"], device="Gate A"))[0] == "revoked"
    assert [one.outcome for one in conflicts.of_event(event["id"])] == ["revoked"]


def test_nobody_is_let_in_to_a_cancelled_event(gate, organizer, event, ticket):
    assert organizer.asks("POST", f"/events/{event['id']}/cancel").status == 200

    assert not_valid(scans(gate, event, ticket["code"]))[0] == "event_cancelled"


def test_who_may_admit(town, buyer, organizer, event, ticket, gate):
    assert scans(town, event, ticket["code"]).status == 401
    assert scans(buyer, event, ticket["code"]).status == 403
    assert scans(town.organizer("other"), event, ticket["code"]).status == 403
    assert scans(town.admin(), {"id": "0" * 32}, ticket["code"]).status == 404
    assert scans(organizer, event, ticket["code"]).status == 200


def test_who_was_taken_off_the_gate_admits_nobody(organizer, event, ticket, gate):
    organizer.asks("DELETE", f"/events/{event['id']}/staff/{gate.id}")

    assert scans(gate, event, ticket["code"]).status == 403


def test_an_organizer_needs_the_permission(town, organizer, event, ticket):
    admin = town.admin()
    role = admin.asks("POST", "/roles", {"name": "Planner", "permissions": ["events:write"]}).body
    assert admin.asks("PATCH", f"/users/{organizer.id}", {"role_ids": [role["id"]]}).status == 200

    assert scans(organizer, event, ticket["code"]).status == 403
    assert undoes(organizer, event, ticket).status == 403


@pytest.mark.parametrize("body", [{}, {"code": "x", "scans": [{"code": "x"}]}, {"scans": []}, {"code": 5}])
def test_a_body_is_one_code_or_some_scans(gate, event, body):
    answer = gate.asks("POST", f"/events/{event['id']}/checkins", body)

    assert (answer.status, answer.body["code"]) == (422, "validation_error")


def test_an_upload_takes_100_scans(gate, event, ticket, clock):
    rows = [row(ticket, n, clock=clock) for n in range(101)]

    answer = gate.asks("POST", f"/events/{event['id']}/checkins", {"scans": rows})

    assert answer.body["fields"] == {"scans": "Must have at most 100."}
    assert len(uploads(gate, event, *rows[:100])) == 100


def test_an_upload_answers_each_scan_in_its_order_and_lists_the_bad_ones(gate, event, tickets, clock):
    good, other, third = tickets
    clock.passes(minutes=1)

    answers = uploads(
        gate,
        event,
        row(good, 1, clock=clock),
        "what",
        {"code": 7, "scanned_at": "yesterday"},
        {"code": "rubbish"},
        row(good, 2, clock=clock),
        {"code": third["code"]},
        row(other, 3, clock=clock),
    )

    assert [(one["outcome"], one.get("ticket_id")) for one in answers] == [
        ("admitted", good["id"]),
        ("not_valid", None),
        ("not_valid", None),
        ("not_valid", None),
        ("already_admitted", good["id"]),
        ("admitted", third["id"]),
        ("admitted", other["id"]),
    ]
    assert answers[1]["message"] == "Send one JSON object."
    assert answers[2]["reason"] == "unreadable"
    assert "code: Must be text." in answers[2]["message"]
    assert "scanned_at: Must be a date and time" in answers[2]["message"]
    assert answers[3]["reason"] == "not_genuine"
    assert answers[4]["admitted_by_name"] == "kamau"


def test_an_upload_of_many_tickets_is_read_in_parts(gate, event, ticket, clock):
    """Unknown tickets cost no write; 60 of them are more than one read gives."""
    made_up = [codes.code_of(Ticket(f"{n:034x}", event_id=event["id"], ticket_type="MVP")) for n in range(60)]

    answers = uploads(gate, event, *({"code": code} for code in made_up), row(ticket, clock=clock))

    assert [one["outcome"] for one in answers] == ["not_valid"] * 60 + ["admitted"]


def test_within_an_upload_the_first_scanned_is_admitted_though_it_stands_last(gate, event, ticket, clock):
    clock.passes(minutes=1)

    answers = uploads(gate, event, row(ticket, 30, clock=clock), row(ticket, 10, clock=clock))

    assert [one["outcome"] for one in answers] == ["already_admitted", "admitted"]
    assert "instead_of" not in answers[1]


def test_an_upload_that_got_no_answer_is_sent_again(gate, event, tickets, clock):
    rows = [row(one, n, clock=clock) for n, one in enumerate(tickets)]
    clock.passes(minutes=1)
    first = uploads(gate, event, *rows, sent_at=clock().isoformat())
    clock.passes(minutes=1)

    again = uploads(gate, event, *rows, sent_at=(clock() - timedelta(seconds=2)).isoformat())

    assert again == first
    assert len(list(Scan.scan())) == 3


def test_two_gates_that_were_offline_agree_who_was_first(gate, organizer, event, ticket, clock):
    clock.passes(minutes=30)
    later = uploads(gate, event, row(ticket, 600, "Gate B", clock=clock))

    sooner = uploads(organizer, event, row(ticket, 60, "Gate A", clock=clock))

    assert later[0]["outcome"] == "admitted"
    assert sooner == [
        {
            "outcome": "admitted",
            "ticket_id": ticket["id"],
            "ticket_type": "regular",
            "label": "Kawaida",
            "admitted_at": "2026-11-24 12:01:00+03:00",
            "admitted_by": organizer.id,
            "device": "Gate A",
            "instead_of": {
                "admitted_at": "2026-11-24 12:10:00+03:00",
                "admitted_by": gate.id,
                "admitted_by_name": "kamau",
                "device": "Gate B",
            },
        }
    ]
    assert uploads(gate, event, row(ticket, 600, "Gate B", clock=clock))[0]["device"] == "Gate A"
    (conflict,) = conflicts.of_event(event["id"])
    assert conflict.outcome == "admitted"
    assert Scan.get(conflict.took_over).device == "Gate B"


def test_in_the_other_order_it_comes_to_the_same(gate, organizer, event, ticket, clock):
    clock.passes(minutes=30)
    uploads(organizer, event, row(ticket, 60, "Gate A", clock=clock))

    later = uploads(gate, event, row(ticket, 600, "Gate B", clock=clock))

    assert (later[0]["outcome"], later[0]["device"]) == ("already_admitted", "Gate A")
    (conflict,) = conflicts.of_event(event["id"])
    assert (conflict.outcome, conflict.device) == ("already_admitted", "Gate B")


def test_a_device_with_a_wrong_clock_does_not_come_first_by_it(gate, organizer, event, ticket, clock):
    """Gate B's clock is an hour behind: what it scanned at 12:10 it calls 11:10."""
    clock.passes(minutes=30)
    uploads(organizer, event, row(ticket, 60, "Gate A", clock=clock))
    behind = (clock() - timedelta(hours=1)).isoformat()

    answers = uploads(gate, event, row(ticket, 600 - 3600, "Gate B", clock=clock), sent_at=behind)

    assert answers[0]["outcome"] == "already_admitted"
    assert Ticket.get(ticket["id"]).device == "Gate A"


def test_an_offline_scan_takes_over_from_one_online(gate, organizer, event, ticket, clock):
    """Gate A let somebody in while it had no network; then gate B, which had, let in another."""
    clock.passes(minutes=30)
    scans(gate, event, ticket["code"], device="Gate B")

    answers = uploads(organizer, event, row(ticket, 60, "Gate A", clock=clock))

    assert answers[0]["instead_of"]["device"] == "Gate B"
    assert Ticket.get(ticket["id"]).device == "Gate A"


def test_who_undoes_makes_the_ticket_valid_again(organizer, gate, buyer, event, ticket):
    scans(gate, event, ticket["code"], device="Gate A")

    undone = undoes(organizer, event, ticket)

    assert (undone.status, undone.raw) == (204, b"")
    assert buyer.asks("GET", f"/tickets/{ticket['id']}").body["status"] == "valid"
    assert [one.outcome for one in conflicts.of_event(event["id"])] == ["undone"]
    assert undoes(organizer, event, ticket).status == 204  # and once more, for who got no answer
    assert len(conflicts.of_event(event["id"])) == 1
    assert scans(gate, event, ticket["code"], device="Gate A").status == 200


def test_a_repeat_does_not_bring_back_what_was_undone(organizer, gate, event, ticket, clock):
    first = row(ticket, clock=clock)
    uploads(gate, event, first)
    undoes(organizer, event, ticket)

    (again,) = uploads(gate, event, first)

    assert (again["outcome"], again["reason"]) == ("not_valid", "undone")
    assert Ticket.get(ticket["id"]).status == "valid"


def test_an_offline_scan_that_nobody_had_told_counts_after_the_undoing(organizer, gate, event, ticket, clock):
    clock.passes(minutes=30)
    scans(gate, event, ticket["code"], device="Gate B")
    undoes(organizer, event, ticket)

    (told,) = uploads(gate, event, row(ticket, 60, "Gate A", clock=clock))

    assert told["outcome"] == "admitted"


def test_only_organizers_undo(gate, buyer, town, organizer, event, ticket):
    scans(gate, event, ticket["code"])

    assert undoes(gate, event, ticket).status == 403
    assert undoes(buyer, event, ticket).status == 403
    assert undoes(town.organizer("other"), event, ticket).status == 403
    assert undoes(organizer, organizer.event(event_name="Koroga"), ticket).status == 404
    assert undoes(organizer, event, {"id": "0" * 34}).status == 404
    assert Ticket.get(ticket["id"]).status == "admitted"


def test_gate_staff_with_the_permission_undo_nothing(gate, town, event, ticket):
    admin = town.admin()
    role = admin.asks("POST", "/roles", {"name": "Gate", "permissions": ["tickets:checkin"]}).body
    assert admin.asks("PATCH", f"/users/{gate.id}", {"role_ids": [3, role["id"]]}).status == 200
    scans(gate, event, ticket["code"])

    assert undoes(gate, event, ticket).status == 403


def test_a_ticket_that_was_given_back_is_not_made_valid(organizer, town, gate, event, ticket):
    scans(gate, event, ticket["code"])
    gives_back(organizer, town, event)

    assert (undoes(organizer, event, ticket).status, Ticket.get(ticket["id"]).status) == (409, "revoked")


@pytest.fixture
def outside():
    outside = Outside()
    with outside.aws():
        yield outside


def before_the_write(outside: Outside, act, who: Person | Organizer, event, code, **more):
    """A scan, while somebody else acts between its reading and its writing."""
    with outside.interrupted(3, act) as meanwhile:  # who is it, what is stored, the admission
        answer = scans(who, event, code, **more)
    assert meanwhile.has_been
    return answer


def test_a_refund_between_looking_and_admitting_is_seen(outside, organizer, town, gate, event, ticket):
    revoke = [Ticket.status.set("revoked")]

    answer = before_the_write(
        outside, lambda: Ticket(ticket["id"]).update(actions=revoke), gate, event, ticket["code"]
    )

    assert not_valid(answer)[0] == "revoked"
    stored = Ticket.get(ticket["id"])
    assert (stored.status, stored.first_scan) == ("revoked", None)


def test_a_refund_after_the_admission_wins_and_who_was_let_in_stays_known(
    organizer, town, gate, event, ticket
):
    scans(gate, event, ticket["code"], device="Gate A")

    gives_back(organizer, town, event)

    stored = Ticket.get(ticket["id"])
    assert (stored.status, stored.device) == ("revoked", "Gate A")
    assert not_valid(scans(gate, event, ticket["code"]))[0] == "event_cancelled"


def test_another_gate_between_looking_and_admitting_is_seen(outside, organizer, gate, event, ticket):
    answer = before_the_write(
        outside,
        lambda: scans(organizer, event, ticket["code"], device="Gate B"),
        gate,
        event,
        ticket["code"],
        device="Gate A",
    )

    assert (answer.status, answer.body["device"]) == (409, "Gate B")


def test_the_same_scan_sent_twice_at_once_is_one(outside, gate, event, ticket, clock):
    one = {"device": "Gate A", "scanned_at": clock().isoformat()}

    answer = before_the_write(
        outside, lambda: scans(gate, event, ticket["code"], **one), gate, event, ticket["code"], **one
    )

    assert answer.status == 200
    assert len(list(Scan.scan())) == 1


def test_two_offline_gates_that_take_over_at_once_leave_the_first(outside, gate, event, ticket, clock):
    clock.passes(minutes=30)
    uploads(gate, event, row(ticket, 600, "Gate C", clock=clock))

    def sooner():
        uploads(gate, event, row(ticket, 60, "Gate A", clock=clock))

    with outside.interrupted(3, sooner):
        (later,) = uploads(gate, event, row(ticket, 300, "Gate B", clock=clock))

    assert (later["outcome"], later["device"]) == ("already_admitted", "Gate A")


def test_an_undoing_between_looking_and_taking_over_is_seen(outside, organizer, gate, event, ticket, clock):
    clock.passes(minutes=30)
    uploads(gate, event, row(ticket, 600, "Gate B", clock=clock))

    with outside.interrupted(3, lambda: undoes(organizer, event, ticket)):
        (told,) = uploads(gate, event, row(ticket, 60, "Gate A", clock=clock))

    assert "instead_of" not in told
    assert Ticket.get(ticket["id"]).device == "Gate A"


def test_an_undoing_takes_back_what_it_saw_only(outside, organizer, gate, event, ticket, clock):
    """Meanwhile another organizer undoes, and the gate admits anew: that one is seen before it is undone."""
    scans(gate, event, ticket["code"], device="Gate A")

    def again():
        undoes(organizer, event, ticket)
        scans(gate, event, ticket["code"], device="Gate B")

    with outside.interrupted(3, again):
        undoes(organizer, event, ticket)

    lines = [one for one in conflicts.of_event(event["id"]) if one.outcome == "undone"]
    assert {Scan.get(one.took_over).device for one in lines} == {"Gate A", "Gate B"}
    assert Ticket.get(ticket["id"]).status == "valid"


def test_a_gate_that_never_gets_its_turn_is_told_to_come_again(outside, gate, event, ticket, monkeypatch):
    from chalicelib.tickets import checking_in

    monkeypatch.setattr(checking_in, "_admit", lambda *_: False)

    assert scans(gate, event, ticket["code"]).status == 503


def test_what_went_wrong_is_shown_to_a_person(gate, organizer, event, ticket, clock, capsys):
    clock.passes(minutes=30)
    uploads(gate, event, row(ticket, 600, "Gate B", clock=clock))
    uploads(gate, event, row(ticket, 60, "Gate A", clock=clock))
    undoes(organizer, event, ticket)

    capsys.readouterr()
    conflicts.main([event["id"]])
    first, second = capsys.readouterr().out.splitlines()
    conflicts.main(["nothing"])

    assert f"2026-11-24 09:01:00Z  ticket {ticket['id']}  admitted instead of {ticket['id']}#" in first
    assert first.endswith(f"by {gate.id}  on Gate A")
    assert f"undone instead of {ticket['id']}#" in second
    assert capsys.readouterr().out == "Nothing.\n"
