"""All that we hold of somebody, for themself and for whoever may see people."""

import json

from chalicelib.accounts import trail
from chalicelib.privacy import gathering
from tests.personal import addresses_in
from tests.privacy.people import everything_of


def kinds(held: list[dict]) -> list[str]:
    return [record["kind"] for record in held]


def test_a_buyer_gets_their_account_payments_messages_and_tickets(town, organizer, buyer, safaricom):
    event = organizer.event()
    path = f"/events/{event['id']}/promo-codes"
    assert organizer.asks("POST", path, {"code": "JAZZ-20", "percent_off": 20}).status == 201
    paid = buyer.buys(event, 2, phone="0733 000 001", promo_code="JAZZ-20")
    safaricom.calls_back(receipt="TKX0000001")
    town.clock.passes(seconds=1)
    buyer.buys(event, phone="0733 000 002")
    safaricom.calls_back(1032)
    town.posts()
    refund = {"reason": "Amina is ill.", "method": "manual"}
    assert organizer.asks("POST", f"/payments/{paid['id']}/refund", refund).status == 202

    held = everything_of(buyer)

    assert sorted(set(kinds(held))) == ["account", "payment", "ticket"]
    account = held[0]["data"]
    assert (account["username"], account["phone_number"]) == ("amina", "254712345678")
    assert (account["roles"], account["language"], account["has_password"]) == (["User"], "en", True)
    failed, first = (record["data"] for record in held if record["kind"] == "payment")
    assert (first["promo_code"], first["receipt"], first["payer_phone"]) == (
        "JAZZ-20",
        "TKX0000001",
        "254733000001",
    )
    assert [line["kind"] for line in first["ledger"]] == ["asked", "received", "refund_due", "refunded"]
    assert [(one["reason"], one["asked_by"]) for one in first["refunds"]] == [("Amina is ill.", None)]
    assert {one["kind"] for one in first["messages"]} >= {"tickets_issued"}
    assert [one["phone"] for one in failed["attempts"]] == ["254733000002"]
    assert [one["data"]["status"] for one in held if one["kind"] == "ticket"] == ["revoked", "revoked"]


def test_nothing_in_it_lets_one_in_or_log_in(town, organizer, buyer, safaricom):
    buyer.buys(organizer.event())
    safaricom.calls_back()
    code = buyer.asks("GET", f"/tickets/{buyer.tickets()[0]['id']}").body["code"]

    text = json.dumps(everything_of(buyer))

    assert code not in text
    assert "$argon2" not in text
    assert "T1." not in text


def test_a_seller_gets_their_sales_cash_and_duties_and_no_customers_phone(town, organizer):
    event = organizer.event()
    seller = town.signs_up("kamau")
    staff = organizer.asks("PUT", f"/events/{event['id']}/staff/{seller.id}", {"role": "gate"})
    assert staff.status == 200
    assert seller.orders(event, 2, payment_type="Cash", phone="0733 000 001").status == 202
    form = {"seller_id": seller.id, "amount": 3000, "note": "First evening"}
    assert organizer.asks("POST", f"/events/{event['id']}/cash-ups", form).status == 201

    held = everything_of(seller)

    (cash,) = (record["data"] for record in held if record["kind"] == "cash")
    assert (cash["taken"], cash["in_hand"], cash["cash_ups"][0]["note"]) == (4000, 1000, "First evening")
    assert {"event_id": event["id"], "as": "gate"} in [record["data"] for record in held]
    assert "254733000001" not in json.dumps(held)


def test_who_only_gave_cash_back_gets_that(town, organizer):
    event, seller = organizer.event(), town.signs_up("kamau")
    path = f"/events/{event['id']}/staff/{seller.id}"
    assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
    sold = seller.orders(event, payment_type="Cash").body
    form = {"reason": "Rain", "method": "manual"}
    assert organizer.asks("POST", f"/payments/{sold['id']}/refund", form).status == 202

    (cash,) = (record["data"] for record in everything_of(organizer) if record["kind"] == "cash")

    assert (cash["event_id"], cash["given_back"], cash["taken"]) == (event["id"], 2000, 0)


def test_of_cash_that_is_counted_often_all_is_got_in_steps(town, organizer, monkeypatch):
    monkeypatch.setattr(gathering, "_COUNTED", 2)
    first, second = organizer.event(), organizer.event(name="Another evening")
    seller = town.signs_up("kamau")
    for event in (first, second):
        path = f"/events/{event['id']}/staff/{seller.id}"
        assert organizer.asks("PUT", path, {"role": "gate"}).status == 200
        for person in (seller, organizer):
            assert person.orders(event, payment_type="Cash").status == 202
            for _ in range(3):
                form = {"seller_id": person.id, "amount": 100}
                assert organizer.asks("POST", f"/events/{event['id']}/cash-ups", form).status == 201
                town.clock.passes(seconds=1)

    held = [one["data"] for one in everything_of(seller, limit=2) if one["kind"] == "cash"]

    assert [one["seller_id"] for one in held] == [seller.id] * len(held)
    counted = [(one["event_id"], up["id"]) for one in held for up in one["cash_ups"]]
    assert len(counted) == len(set(counted)) == 6
    assert {event_id for event_id, _ in counted} == {first["id"], second["id"]}
    assert max(len(one["cash_ups"]) for one in held) <= 2


def test_an_organizer_gets_their_events_and_what_was_paid_out(town, organizer, buyer, safaricom):
    event, admin = organizer.event(), town.admin()
    buyer.buys(event)
    safaricom.calls_back()
    assert admin.asks("PUT", f"/users/{organizer.id}/verification").status == 200
    form = {"amount": 500, "reference": "FT26331XK9P2"}
    assert admin.asks("POST", f"/events/{event['id']}/payouts", form).status == 201
    other = town.organizer("mutua")
    path = f"/events/{event['id']}/staff/{other.id}"
    assert organizer.asks("PUT", path, {"role": "organizer"}).status == 200

    held = everything_of(organizer)

    assert kinds(held) == ["account", "event", "payout", "trail"]
    assert held[2]["data"]["reference"] == "FT26331XK9P2"
    assert held[3]["data"]["what"] == "user.verified"
    assert {"event_id": event["id"], "as": "organizer"} in [one["data"] for one in everything_of(other)]
    assert addresses_in(json.dumps(held)) == {"otieno@example.com", "254712345678"}


def test_it_comes_in_pages_and_is_the_same_whatever_their_size(town, organizer, buyer, safaricom):
    event = organizer.event(available_tickets=50)
    for _ in range(4):
        buyer.buys(event)
        safaricom.calls_back(receipt=f"TKX000{len(safaricom.prompts):04d}")
    town.admin().asks("PATCH", f"/users/{buyer.id}", {"language": "sw"})

    assert everything_of(buyer, limit=1) == everything_of(buyer, limit=3) == everything_of(buyer)
    assert kinds(everything_of(buyer, limit=2)) == ["account", *["payment"] * 4, *["ticket"] * 4, "trail"]


def test_whoever_may_see_people_may_see_it_and_that_is_written_down(town, buyer):
    admin = town.admin()

    held = everything_of(buyer, asked_by=admin, limit=1)

    assert kinds(held)[0] == "account"
    assert [line.what for line in trail.of_person(buyer.id)] == ["user.data_read"]
    everything_of(buyer)
    assert len(trail.of_person(buyer.id)) == 1
    assert town.signs_up("zuhura").asks("GET", f"/users/{buyer.id}/data").status == 404
