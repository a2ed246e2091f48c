"""Organizers and gate staff see of others neither phone number nor e-mail address, wherever they look."""

import io
import json
import struct

import pytest
from PIL import Image, PngImagePlugin

from chalicelib.accounts.models import User
from chalicelib.tickets.drawing import pdf
from chalicelib.tickets.drawing.sheet import Sheet, Text
from chalicelib.web.endpoint import ROUTES
from tests.actors import Organizer, Person, Town
from tests.personal import addresses_in, of_others

#: What a path variable is, for the event below; what is not here is made up.
NAMES = ("event_id", "payment_id", "ticket_id", "user_id", "message_id")


class Event:
    """An event with all that buyers leave behind: a sale by M-Pesa, others for cash, a refund, a scan."""

    def __init__(self, town: Town, organizer: Organizer, gate: Person) -> None:
        town.post.sends_sms = True
        self.town, self.organizer, self.gate = town, organizer, gate
        self.buyer = town.signs_up("zuhura")
        for number, person in enumerate((organizer, gate, self.buyer)):
            User(person.id).update(actions=[User.phone_number.set(f"25470000000{number}")])
        User(self.buyer.id).update(actions=[User.username.set("zuhura@example.com, 0700 000 002")])
        event = organizer.event()
        self.path = f"/events/{event['id']}"
        staff = organizer.asks("PUT", f"{self.path}/staff/{gate.id}", {"role": "gate"})
        assert staff.status == 200
        bought = self.buyer.buys(event, 2, phone="0733 000 001")
        town.safaricom.calls_back(receipt="TKX0000001")
        self.sales = [bought]
        for seller, phone in ((gate, "0733 000 002"), (organizer, "0733 000 003")):
            sold = seller.orders(event, payment_type="Cash", phone=phone)
            assert sold.status == 202
            self.sales.append(sold.body)
        ticket, other = self.buyer.payment(bought)["tickets"]
        self.ids = {"event_id": event["id"], "ticket_id": ticket["id"], "user_id": self.buyer.id}
        admitted = gate.asks("POST", f"{self.path}/checkins", {"code": ticket["code"], "device": "Gate A"})
        assert admitted.status == 200
        form = {"reason": "Rain.", "method": "manual", "tickets": [other["id"]]}
        assert organizer.asks("POST", f"/payments/{bought['id']}/refund", form).status == 202
        counted = organizer.asks("POST", f"{self.path}/cash-ups", {"seller_id": gate.id, "amount": 2000})
        assert counted.status == 201
        town.posts()

    def paths(self) -> list[str]:
        """Every GET route, for each of the payments."""
        found = []
        for method, path in ROUTES:
            if method == "GET" and path != "/openapi.json":
                found += [self._filled(path, sale) for sale in self.sales]
        return sorted(set(found))

    def _filled(self, path: str, sale: dict[str, str]) -> str:
        for name, value in {"payment_id": sale["id"], "file": "app.js", **self.ids}.items():
            path = path.replace(f"{{{name}}}", value)
        return path.replace("{", "").replace("}", "")


@pytest.fixture
def event(town, organizer) -> Event:
    return Event(town, organizer, town.signs_up("kamau"))


def test_no_route_shows_organizers_or_gate_staff_an_address_of_others(event):
    for person in (event.organizer, event.gate):
        own = json.dumps(person.asks("GET", f"/users/{person.id}").body)
        seen = {path: person.asks("GET", path) for path in event.paths()}

        assert {path: found for path in seen if (found := of_others(seen[path].raw, own))} == {}
        open_to_them = {path for path, answer in seen.items() if answer.status == 200}
        assert {"/payments", f"{event.path}/cash"} <= open_to_them


def test_the_organizer_looked_where_buyers_are(event):
    """The control: what was walked through above tells of each sale, and an Admin sees the phones there."""
    admin = event.town.admin()
    csv = f"{event.path}/report.csv"

    seen = event.organizer.asks("GET", csv).raw.decode()
    assert [seen.count(f"2547•••••00{number}") for number in (1, 2, 3)] == [2, 1, 1]
    assert "z•••••@example.com, 0700•••••002" in seen
    detail = admin.asks("GET", f"/payments/{event.sales[1]['id']}").raw.decode()
    assert addresses_in(detail) == {"254733000002"}
    assert event.buyer.payment(event.sales[0])["payer_phone"] == "254733000001"


def test_who_sells_at_the_gate_sees_no_whole_phone_of_a_customer(event):
    sale = event.sales[1]

    answers = [event.gate.payment(sale), *event.gate.asks("GET", "/payments").body]

    assert sale["payer_phone"] == "2547•••••002"
    assert {answer["payer_phone"] for answer in answers} == {"2547•••••002"}


def test_in_pictures_words_are_read_and_noise_is_not():
    """An address is found in notes of a picture and on a page; packed pixels look like one, and are none."""
    noted = PngImagePlugin.PngInfo()
    noted.add_text("Comment", "zuhura@example.com")
    looks_like_one = b"a@b.cd"
    noise = struct.pack(">I", len(looks_like_one)) + b"IDAT" + looks_like_one + bytes(4)
    words = Text(10, 20, 9, "regular", "#000000", "#ffffff", "zuhura@example.com")
    page = Sheet(200, 200, "For 0733 000 002", [words])

    assert of_others(_png(noted), "") == {"zuhura@example.com"}
    assert of_others(_png() + noise, "") == set()
    assert of_others(pdf.painted(page), "") == {"zuhura@example.com", "254733000002"}


def _png(notes: PngImagePlugin.PngInfo | None = None) -> bytes:
    file = io.BytesIO()
    Image.new("1", (1, 1)).save(file, "PNG", pnginfo=notes)
    return file.getvalue()
