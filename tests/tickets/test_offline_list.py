"""What a scanner gets to go on with while there is no network."""

import base64
import time
from dataclasses import replace

import pytest
from nacl.signing import VerifyKey

from bench.capacity import metered
from chalicelib.core.settings import settings as present
from chalicelib.tickets import codes
from chalicelib.tickets.models import Ticket


@pytest.fixture
def event(organizer):
    return organizer.event(regular_price=0)


def sold(buyer, event, n):
    payment = buyer.buys(event, n)
    return [one for one in buyer.tickets() if one["payment_id"] == payment["id"]]


def known(person, event):
    answer = person.asks("GET", f"/events/{event['id']}/gate")
    assert answer.status == 200, answer.body
    return answer.body


def test_it_lists_what_lets_nobody_in_any_more_of_this_event(buyer, organizer, event, town):
    one, other, _ = sold(buyer, event, 3)
    elsewhere = organizer.event(regular_price=0, event_name="Koroga")
    (foreign,) = sold(buyer, elsewhere, 1)
    for at, code in ((event, one["code"]), (elsewhere, foreign["code"])):
        assert organizer.asks("POST", f"/events/{at['id']}/checkins", {"code": code}).status == 200

    assert known(organizer, event) == {"keys": codes.public_keys(), "admitted": [one["id"]], "revoked": []}

    organizer.asks("DELETE", f"/events/{event['id']}/checkins/{one['id']}")
    assert known(organizer, event)["admitted"] == []
    organizer.asks("POST", f"/events/{event['id']}/checkins", {"code": other["code"]})
    organizer.asks("POST", f"/events/{event['id']}/cancel")
    town.unwinds()
    listed = known(organizer, event)
    assert (listed["admitted"], len(listed["revoked"])) == ([], 3)


def test_a_code_is_checked_with_what_it_gives_alone(buyer, organizer, event):
    """As a scanner does: with the public key of the code's own key id."""
    (ticket,) = sold(buyer, event, 1)

    version, key_id, text = ticket["code"].split(".")
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    key = VerifyKey(bytes.fromhex(known(organizer, event)["keys"][key_id]))

    key.verify(f"{version}.{key_id}.".encode() + raw[:-64], raw[-64:])
    assert (raw[:17].hex(), raw[17:33].hex()) == (ticket["id"], event["id"])


def test_after_a_rotation_old_and_new_tickets_are_admitted(buyer, organizer, event, monkeypatch):
    (old,) = sold(buyer, event, 1)
    rotated = replace(present(), ticket_keys={"2": "ab" * 32, **present().ticket_keys})
    monkeypatch.setattr(codes, "settings", lambda: rotated)
    (new,) = sold(buyer, event, 1)

    answers = [
        organizer.asks("POST", f"/events/{event['id']}/checkins", {"code": one["code"]}).status
        for one in (old, new)
    ]

    assert (old["code"][:5], new["code"][:5]) == ("T1.1.", "T1.2.")
    assert answers == [200, 200]
    assert set(known(organizer, event)["keys"]) == {"1", "2"}


def test_a_long_list_comes_in_parts(buyer, organizer, town, event, monkeypatch):
    from chalicelib.tickets import gate

    monkeypatch.setattr(gate, "PART", 2)
    tickets = sold(buyer, event, 3)
    for one in tickets:
        organizer.asks("POST", f"/events/{event['id']}/checkins", {"code": one["code"]})
    for one in sold(buyer, event, 2):
        Ticket(one["id"]).update(
            actions=[Ticket.status.set("revoked"), Ticket.at_gate.set(f"{event['id']}#revoked")]
        )

    parts, path = [], f"/events/{event['id']}/gate"
    while path:
        body = organizer.asks("GET", path).body
        parts.append((len(body["admitted"]), len(body["revoked"])))
        path = "next" in body and f"/events/{event['id']}/gate?after={body['next']}"

    assert parts == [(2, 0), (1, 1), (0, 1)]
    wrong = organizer.asks("GET", f"/events/{event['id']}/gate?after=somewhere")
    assert (wrong.status, list(wrong.body["fields"])) == (422, ["after"])


def test_who_has_it_already_is_told_so(organizer, event):
    first = organizer.asks("GET", f"/events/{event['id']}/gate")

    again = organizer.asks(
        "GET", f"/events/{event['id']}/gate", headers={"If-None-Match": first.header("ETag")}
    )

    assert again.status == 304
    assert "private" in first.header("Cache-Control")


def test_who_may_read_it(town, buyer, organizer, event):
    assert town.asks("GET", f"/events/{event['id']}/gate").status == 401
    assert buyer.asks("GET", f"/events/{event['id']}/gate").status == 403
    draft = organizer.event(status="draft")
    assert buyer.asks("GET", f"/events/{draft['id']}/gate").status == 404


@pytest.mark.stack
@pytest.mark.slow
def test_the_list_of_30000_admitted_tickets_takes_a_few_queries(emulator, clock):
    """Their index is read, never the table, and the answer stays far below what Lambda can send."""
    from chalicelib.tickets import gate
    from chalicelib.tickets.admission import ADMITTED
    from chalicelib.tickets.models import at_gate

    with Ticket.batch_write() as writing:
        for n in range(30_000):
            writing.save(
                Ticket(
                    f"{n:034x}",
                    payment_id="p",
                    event_id="e" * 32,
                    user_id="u",
                    ticket_type="regular",
                    label="Regular",
                    status=ADMITTED,
                    issued_at=clock(),
                    at_gate=at_gate("e" * 32, ADMITTED),
                )
            )

    begun = time.process_time()
    with metered() as meter:
        listed = [ticket for _, ticket in gate._tickets("e" * 32, None)]
    print(f"{len(meter.calls)} queries, {time.process_time() - begun:.2f} s of CPU")

    assert len(set(listed)) == 30_000
    assert set(meter.calls) == {"Query"}
    assert len(meter.calls) <= 6, meter
