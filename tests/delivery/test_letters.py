"""What letters say, by what has happened, in both languages."""

import json
import re
from urllib.parse import urlsplit

import pytest

from chalicelib.accounts.models import User
from chalicelib.delivery import letters
from chalicelib.tickets.admission import REVOKED
from chalicelib.tickets.models import Ticket
from tests.actors import callback_body
from tests.delivery import post
from tests.payments.test_round_trips import counted
from tests.tickets import reading

FREE = {"early_booking_price": "", "regular_price": 0, "MVP_price": ""}


@pytest.fixture
def event(organizer):
    return organizer.event()


def speaks(person, language):
    assert person.asks("PATCH", f"/users/{person.id}", {"language": language}).status == 200


def pays(world, n=1, **callback):
    payment = world.buyer.buys(world.event, n)
    world.safaricom.calls_back(0, **callback)
    return payment


def fails(world, code=1032):
    payment = world.buyer.buys(world.event)
    world.safaricom.calls_back(code)
    return payment


def runs_out(world):
    payment = world.buyer.buys(world.event)
    world.clock.passes(seconds=300)
    world.town.reconciles()
    return payment


def cancels_order(world):
    payment = world.buyer.buys(world.event)
    world.buyer.asks("DELETE", f"/payments/{payment['id']}")
    return payment


def calls_off(world):
    assert world.organizer.asks("POST", f"/events/{world.event['id']}/cancel").status == 200
    world.town.unwinds()


def loses_the_order_to_the_event(world):
    payment = world.buyer.buys(world.event)
    calls_off(world)
    return payment


def loses_the_event(world):
    payment = pays(world, 2)
    calls_off(world)
    return payment


def gets_it_back(world):
    payment = pays(world, 2)
    by_hand = {"reason": "The buyer fell ill.", "method": "manual"}
    assert world.organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand).status == 202
    return payment


def gets_a_part_back(world):
    payment = pays(world, 3, receipt="TKX0000001")
    by_hand = {"reason": "One fell ill.", "method": "manual", "tickets": [f"{payment['id']}01"]}
    assert world.organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand).status == 202
    return payment


def pays_twice(world):
    payment = pays(world, receipt="TKX0000001")
    world.safaricom.calls_back(0, receipt="TKX0000002")
    return payment


def pays_too_little(world):
    return pays(world, amount=100)


def pays_too_late(world):
    payment = world.buyer.buys(world.event, 10)
    world.clock.passes(seconds=300)
    world.town.reconciles()
    world.town.signs_up("zuhura").buys(world.event, 10)
    world.safaricom.calls_back(0, prompt=0)
    return payment


def paid_other_than_told_first(world):
    payment = world.buyer.buys(world.event)
    for amount in (None, 100):
        body = json.dumps(callback_body(0, amount, "TKX0000001", "ws_CO_1")).encode()
        world.safaricom.calls_back(body=body)
    return payment


def takes_free_tickets(world):
    world.event = world.organizer.event(event_name="Siku ya Wazi", **FREE)
    return world.buyer.buys(world.event, 2)


def loses_the_free_event(world):
    payment = takes_free_tickets(world)
    calls_off(world)
    return payment


def loses_the_free_tickets(world):
    payment = takes_free_tickets(world)
    by_hand = {"reason": "The buyer fell ill.", "method": "manual"}
    assert world.organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand).status == 202
    return payment


def changes_the_account(world, **form):
    assert world.buyer.asks("PATCH", f"/users/{world.buyer.id}", form).status == 200


def forgets_the_password(world):
    assert world.town.asks("POST", "/password-resets", {"email": "amina@example.com"}).status == 202


#: What happens, the row it leaves, and what both languages must say then.
SCENES = {
    "one ticket": (
        pays,
        "tickets_issued",
        {
            "en": ["Your ticket is here", "We have received your payment of KES 2,000.", "Ticket 1 of 1"],
            "sw": ["Tiketi yako iko tayari", "Tumepokea malipo yako ya KES 2,000.", "Tiketi 1 kati ya 1"],
        },
    ),
    "three tickets": (
        lambda world: pays(world, 3),
        "tickets_issued",
        {
            "en": ["Your 3 tickets are here", "KES 6,000", "Ticket 3 of 3", "3 × Regular"],
            "sw": ["Tiketi zako 3 ziko tayari", "KES 6,000", "Tiketi 3 kati ya 3", "3 × Regular"],
        },
    ),
    "free tickets": (
        takes_free_tickets,
        "tickets_issued",
        {"en": ["there is nothing to pay"], "sw": ["hakuna cha kulipa"]},
    ),
    "free tickets that ended": (
        loses_the_free_event,
        "tickets_revoked",
        {
            "en": ["Siku ya Wazi does not take place", "They were free"],
            "sw": ["Siku ya Wazi haitafanyika", "Zilikuwa za bure"],
        },
    ),
    "free tickets that were taken back": (
        loses_the_free_tickets,
        "tickets_revoked",
        {
            "en": ["Your tickets for Siku ya Wazi are not valid any more.", "They were free"],
            "sw": ["Tiketi zako za Siku ya Wazi si halali tena.", "Zilikuwa za bure"],
        },
    ),
    "a refund": (
        gets_it_back,
        "refunded",
        {
            "en": ["KES 4,000 has been returned to you", "Your order has been taken back."],
            "sw": ["Umerudishiwa KES 4,000", "Agizo lako limebatilishwa."],
        },
    ),
    "a refund of a part": (
        gets_a_part_back,
        "refunded",
        {
            "en": ["KES 2,000 has been returned to you", "Some tickets of your order have been taken back."],
            "sw": ["Umerudishiwa KES 2,000", "Baadhi ya tiketi za agizo lako zimebatilishwa."],
        },
    ),
    "a refusal": (
        fails,
        "payment_failed",
        {
            "en": ["did not go through", "The payment was cancelled on the phone", "To try again, open"],
            "sw": ["hayakufanikiwa", "Malipo yalighairiwa kwenye simu", "Ili kujaribu tena, fungua"],
        },
    ),
    "a refusal for good": (
        lambda world: fails(world, 2028),
        "payment_failed",
        {
            "en": ["M-Pesa refused our side", "You may make a new order"],
            "sw": ["M-Pesa imekataa upande wetu", "Unaweza kuweka agizo jipya"],
        },
    ),
    "nothing heard": (
        runs_out,
        "payment_expired",
        {
            "en": ["Your order has expired", "We heard nothing from M-Pesa in time", "To try again"],
            "sw": ["Muda wa agizo lako umeisha", "Hatukupata jibu la M-Pesa", "Ili kujaribu tena"],
        },
    ),
    "an order taken back": (
        cancels_order,
        "payment_cancelled",
        {
            "en": ["The order was cancelled before it was paid", "do not enter your PIN"],
            "sw": ["Agizo lilighairiwa kabla ya kulipiwa", "usiweke PIN yako"],
        },
    ),
    "an order lost with its event": (
        loses_the_order_to_the_event,
        "payment_cancelled",
        {
            "en": ["Blankets & Wine has been cancelled, and with it your order", "do not enter your PIN"],
            "sw": ["Blankets & Wine imefutwa, pamoja na agizo lako", "usiweke PIN yako"],
        },
    ),
    "money of a cancelled event": (
        loses_the_event,
        "refund_due",
        {
            "en": ["You will get KES 4,000 back", "Blankets & Wine has been cancelled", "not valid any more"],
            "sw": ["Utarudishiwa KES 4,000", "Blankets & Wine imefutwa", "si halali tena"],
        },
    ),
    "a second payment": (
        pays_twice,
        "refund_due",
        {
            "en": ["You had paid for this order already", "The tickets of the order stay good."],
            "sw": ["Ulikuwa umeshalipia agizo hili", "Tiketi za agizo hili bado ni halali."],
        },
    ),
    "another amount": (
        pays_too_little,
        "refund_due",
        {
            "en": ["You will get KES 100 back", "We received KES 100, but the order costs KES 2,000"],
            "sw": ["Utarudishiwa KES 100", "Tulipokea KES 100, lakini agizo hili ni la KES 2,000"],
        },
    ),
    "another amount, told later": (
        paid_other_than_told_first,
        "refund_due",
        {
            "en": ["You will get KES 100 back", "Tickets that you already got for it are not valid"],
            "sw": ["Utarudishiwa KES 100", "Tiketi ulizokuwa umeshapata kwa agizo hili si halali"],
        },
    ),
    "money after the seats were gone": (
        pays_too_late,
        "refund_due",
        {
            "en": ["You will get KES 20,000 back", "when the seats could not be had any more"],
            "sw": ["Utarudishiwa KES 20,000", "wakati nafasi hazikupatikana tena"],
        },
    ),
    "a forgotten password": (
        forgets_the_password,
        "password_reset",
        {
            "en": ["Choose a new password", "It counts once, for 1 hour.", "If that was not you, do nothing"],
            "sw": ["Chagua nenosiri jipya", "kwa muda wa saa moja.", "Ikiwa si wewe uliyeomba"],
        },
    ),
    "a new password": (
        lambda world: changes_the_account(world, password="Another@123"),
        "account_changed",
        {
            "en": [
                "Your account has changed",
                "24 November 2026, 12:00 EAT.",
                "ask for a link",
                "ends every other",
            ],
            "sw": ["Akaunti yako imebadilishwa", "24 Novemba 2026, 12:00 EAT.", "omba sasa kiungo"],
        },
    ),
    "another address": (
        lambda world: changes_the_account(world, email="zuhura@example.com"),
        "account_changed",
        {
            "en": ["It is not this one any more.", "write to us now"],
            "sw": ["Si hii tena.", "tuandikie sasa"],
        },
    ),
    "another address and password": (
        lambda world: changes_the_account(world, email="zuhura@example.com", password="Another@123"),
        "account_changed",
        {
            "en": [
                "The password and the e-mail address of your account were changed",
                "write to us now",
            ],
            "sw": ["Nenosiri na anwani ya barua pepe", "tuandikie sasa"],
        },
    ),
}


class World:
    def __init__(self, **parts):
        self.__dict__ |= parts


@pytest.fixture
def world(town, buyer, organizer, safaricom, clock, event):
    return World(town=town, buyer=buyer, organizer=organizer, safaricom=safaricom, clock=clock, event=event)


def joined(text):
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_letter_says_what_happened_and_what_to_do_in_the_persons_language(world, scene, language):
    happens, kind, said = SCENES[scene]
    speaks(world.buyer, language)
    happens(world)

    letter = post.letter(kind, world.clock())

    page = post.Page(letter.html)
    for words in said[language]:
        assert words in page.words, page.words
        assert joined(words) in joined(letter.text) or joined(words).upper() in joined(letter.text)
    assert f'<html lang="{language}">' in letter.html
    assert "{" not in letter.subject + letter.text + page.words
    assert (letter.email, letter.phone) == ("amina@example.com", "254712345678")
    is_worth_an_sms = kind in ("tickets_issued", "refund_due", "refunded") and scene != "free tickets"
    assert (letter.sms is not None) == is_worth_an_sms
    assert bool(letter.attachments) == (kind == "tickets_issued")


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("scene", SCENES)
def test_text_and_html_say_the_same_and_nothing_is_fetched_from_anywhere(world, scene, language):
    happens, kind, _ = SCENES[scene]
    speaks(world.buyer, language)
    happens(world)

    letter = post.letter(kind, world.clock())

    page = post.Page(letter.html)
    in_text = set(re.findall(r"\w+", letter.text.lower()))
    assert set(re.findall(r"\w+", page.words.lower())) - in_text <= {"open", "fungua", "tiketi", "tamasha"}
    assert set(page.links) == set(re.findall(r"^http\S+$", letter.text, re.MULTILINE))
    assert not {"img", "script", "link", "style", "iframe", "form"} & set(page.elements)
    assert "url(" not in letter.html
    assert not [name for name in page.attributes if name.startswith("on")]


def test_every_kind_of_row_that_a_payment_leaves_has_a_letter():
    from chalicelib.payments.states import CONSEQUENCES

    told = {follows.tell for follows in CONSEQUENCES.values() if follows.tell}

    assert told == set(letters.OF_ORDERS)
    assert {kind for _, kind, _ in SCENES.values()} == told | set(letters.OF_ACCOUNTS)


def test_links_open_the_tickets_and_the_pdf_has_their_codes_and_nobody_elses(world):
    pays(world, 3)
    world.town.signs_up("zuhura").buys(world.event)
    tickets = sorted(world.buyer.tickets(), key=lambda ticket: ticket["id"])

    letter = post.letter("tickets_issued", world.clock())

    opened = [world.town.asks("GET", path(link)) for link in post.Page(letter.html).links]
    assert [answer.status for answer in opened] == [200, 200, 200]
    codes = [[ticket["code"]] for ticket in tickets]
    assert [reading.codes(reading.picture(answer.raw)) for answer in opened] == codes
    [pdf] = letter.attachments
    assert (pdf.name, pdf.kind) == (f"tiketi-{tickets[0]['payment_id'][-12:]}.pdf", "application/pdf")
    assert [reading.codes(page) for page in reading.pages(pdf.content)] == codes


def path(link):
    address = urlsplit(link)
    return f"{address.path}?{address.query}"


def test_the_link_of_an_sms_opens_the_first_ticket(world):
    pays(world, 2)

    sms = post.letter("tickets_issued", world.clock()).sms

    assert "Blankets & Wine, 24 Dec 19:00." in sms
    [link] = re.findall(r"http\S+", sms)
    assert world.town.asks("GET", path(link)).status == 200


@pytest.mark.parametrize(
    ("happens", "kind", "calls"),
    [
        (pays, "tickets_issued", ["GetItem", "BatchGetItem"]),
        (fails, "payment_failed", ["GetItem", "BatchGetItem"]),
        (pays_too_little, "refund_due", ["GetItem", "BatchGetItem", "Query"]),
        (forgets_the_password, "password_reset", ["GetItem", "PutItem"]),
        (lambda world: changes_the_account(world, email="zuhura@example.com"), "account_changed", []),
    ],
)
def test_a_letter_costs_few_round_trips(world, monkeypatch, happens, kind, calls):
    happens(world)
    row, person = post.rows(kind)[-1], User.get(world.buyer.id)

    with counted(monkeypatch) as made:
        assert letters.write(row, person, world.clock())

    assert made == calls


def test_a_ticket_that_was_revoked_meanwhile_is_left_out(world):
    payment = pays(world, 3)
    Ticket(f"{payment['id']}02").update([Ticket.status.set(REVOKED)])

    letter = post.letter("tickets_issued", world.clock())

    words = post.Page(letter.html).words
    assert "Your 2 tickets are here" in words
    assert "Ticket 1 of 3" in words
    assert "Ticket 2 of 3" not in words
    assert len(reading.pages(letter.attachments[0].content)) == 2


def test_fifty_tickets_are_one_letter_that_a_cheap_phone_can_fetch(world, monkeypatch):
    from chalicelib.core.settings import settings
    from chalicelib.delivery import mime

    monkeypatch.setenv("MAX_TICKETS", "50")
    settings.cache_clear()
    world.event = world.organizer.event(available_tickets=100, regular_price=1000)
    pays(world, 50)

    letter = post.letter("tickets_issued", world.clock())

    assert len(reading.pages(letter.attachments[0].content)) == 50
    assert len(mime.raw(letter, "tickets@example.com", "1", world.clock())) < 700_000
    assert len(letter.html.encode()) < 100_000  # above 102 KB Gmail cuts it off
    settings.cache_clear()


@pytest.mark.parametrize("then", [calls_off, lambda world: world.safaricom.calls_back(0)])
def test_a_failure_that_has_been_overtaken_is_not_told_any_more(world, then):
    fails(world)
    then(world)

    letter = post.letter("payment_failed", world.clock())

    if then is calls_off:
        assert "these tickets are not on sale any more" in post.Page(letter.html).words
    else:
        assert letter is None


def test_a_failure_is_not_told_while_a_new_attempt_is_open_nor_after_it(world):
    payment = fails(world)
    again = {"payment_id": payment["id"], "phone": world.town.another_phone()}
    assert world.buyer.asks("POST", "/lnmo", again).status == 202

    assert post.letter("payment_failed", world.clock()) is None
    world.safaricom.calls_back(2001)

    assert post.letter("payment_failed", world.clock(), 0) is None
    assert "PIN was wrong" in post.letter("payment_failed", world.clock(), 1).text


def test_an_order_that_its_buyer_took_back_before_the_event_was_cancelled_says_so(world):
    cancels_order(world)
    world.clock.passes(seconds=60)
    calls_off(world)

    text = post.letter("payment_cancelled", world.clock()).text

    assert "The order was cancelled before it was paid" in joined(text)
    assert "with it your order" not in text


@pytest.mark.parametrize("ends", [runs_out, cancels_order])
def test_an_order_that_was_paid_late_is_not_told_to_have_ended(world, ends):
    ends(world)
    [kind] = {"payment_expired", "payment_cancelled"} & {row.kind for row in all_rows()}
    assert post.letter(kind, world.clock())

    world.safaricom.calls_back(0)

    assert post.letter(kind, world.clock()) is None
    assert post.letter("tickets_issued", world.clock())


def all_rows():
    from chalicelib.core.outbox import OutboxMessage

    return list(OutboxMessage.scan())


def test_tickets_are_not_sent_of_an_event_that_is_cancelled_or_an_order_taken_back(world):
    pays(world)
    assert world.organizer.asks("POST", f"/events/{world.event['id']}/cancel").status == 200
    assert post.letter("tickets_issued", world.clock()) is None

    world.town.unwinds()

    assert post.letter("tickets_issued", world.clock()) is None
    assert post.letter("refund_due", world.clock())


def test_money_that_has_gone_back_is_told_so(world):
    payment = loses_the_event(world)
    by_hand = {"reason": "The event was cancelled.", "method": "manual"}
    assert world.organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand).status == 202

    letter = post.letter("refund_due", world.clock())

    assert letter.subject == "KES 4,000 for Blankets & Wine has been returned to you"
    assert "KES 4,000 HAS BEEN RETURNED TO YOU" in letter.text
    assert "has been returned to you" in letter.sms
    assert "will get" not in letter.text + letter.sms
    assert post.letter("refunded", world.clock()).text == letter.text


def test_each_of_two_sums_that_are_due_back_is_told_by_itself(world):
    pays_twice(world)
    calls_off(world)

    told = {post.letter("refund_due", world.clock(), which).text for which in (0, 1)}

    assert len(told) == 2
    [again] = [text for text in told if "paid for this order already" in text]
    assert "stay good" not in again
    [own] = told - {again}
    assert "has been cancelled" in own


def test_a_second_receipt_of_the_same_prompt_does_not_take_over_the_first_ones_letter(world):
    pays(world, receipt="TKX0000001")
    calls_off(world)
    world.safaricom.calls_back(0, receipt="TKX0000002")

    told = {row.which: letters.write(row, User.get(row.user_id), world.clock()).text for row in due_rows()}

    assert "has been cancelled" in joined(told["1"])
    assert "paid for this order already" not in joined(told["1"])
    assert "paid for this order already" in joined(told["TKX0000002"])


def due_rows():
    return post.rows("refund_due")


def test_a_refund_of_which_nothing_is_known_is_not_told(world):
    pays_too_little(world)
    [row] = due_rows()
    row.which = "TKX9999999"

    assert letters.write(row, User.get(row.user_id), world.clock()) is None


def test_the_rest_of_an_order_after_a_part_goes_back_for_its_own_reason(world):
    payment = gets_a_part_back(world)
    by_hand = {"reason": "The buyer fell ill.", "method": "manual"}
    assert world.organizer.asks("POST", f"/payments/{payment['id']}/refund", by_hand).status == 202

    [rest] = [row for row in post.rows("refunded") if row.which == "TKX0000001"]
    text = joined(letters.write(rest, User.get(rest.user_id), world.clock()).text)

    assert "Your order has been taken back." in text
    assert "KES 4,000 for Blankets & Wine" not in text
    assert "We received" not in text


def test_the_link_of_a_forgotten_password_sets_a_new_one(world):
    forgets_the_password(world)

    letter = post.letter("password_reset", world.clock())

    [link] = post.Page(letter.html).links
    answer = world.town.asks("PUT", urlsplit(link).path, {"password": "Another@123"})
    assert answer.status == 200


def test_a_link_for_a_password_goes_only_to_the_address_that_was_asked_for(world):
    forgets_the_password(world)
    other = {"email": "zuhura@example.com"}
    assert world.buyer.asks("PATCH", f"/users/{world.buyer.id}", other).status == 200

    assert post.letter("password_reset", world.clock()) is None


@pytest.mark.parametrize("kind", ["tickets_issued", "password_reset"])
def test_who_has_left_gets_nothing(world, kind):
    pays(world)
    forgets_the_password(world)
    row = post.rows(kind)[0]
    assert world.buyer.asks("DELETE", f"/users/{world.buyer.id}?give_up_tickets=true").status == 204

    assert letters.write(row, User.get(world.buyer.id), world.clock()) is None


def test_a_person_who_leaves_while_the_letter_is_written_gets_no_link(world):
    forgets_the_password(world)
    [row] = post.rows("password_reset")
    person = User.get(world.buyer.id)
    world.buyer.asks("DELETE", f"/users/{world.buyer.id}")

    assert letters.write(row, person, world.clock()) is None


def test_dates_are_the_languages_and_the_events_zones(world):
    world.event = world.organizer.event(
        start_time="2026-12-26T16:00:00Z", end_time="2026-12-27T20:30:00Z", timezone="Asia/Dubai"
    )
    pays(world)

    english = post.letter("tickets_issued", world.clock()).text
    speaks(world.buyer, "sw")
    swahili = post.letter("tickets_issued", world.clock())

    assert "Saturday 26 December 2026, 20:00 – Monday 28 December 2026, 00:30 UTC+04" in english
    assert "Jumamosi 26 Desemba 2026, 20:00 – Jumatatu 28 Desemba 2026, 00:30 UTC+04" in swahili.text
    assert "26 Des 20:00" in swahili.sms
