"""What was told of a payment, asking for it again, and sending by hand what went wrong."""

from chalicelib.accounts import trail
from chalicelib.delivery.outcomes import Refused, Sent, Unknown

NO_ANSWER = Unknown("ReadTimeoutError")


def path_of(payment):
    return f"/payments/{payment['id']}/messages"


def buys_free(person, organizer):
    return person.buys(organizer.event(regular_price=0))


def pays(person, organizer, safaricom):
    payment = person.buys(organizer.event())
    safaricom.calls_back(0)
    return payment


def in_trouble(town, buyer, organizer, outcome=NO_ANSWER):
    """The id of a message that went wrong."""
    town.post.next_outcomes = [outcome]
    payment = buys_free(buyer, organizer)
    town.posts()
    return buyer.asks("GET", path_of(payment)).body[0]["id"]


def test_a_buyer_sees_what_was_told_newest_first(town, buyer, organizer, clock):
    payment = buys_free(buyer, organizer)
    town.posts()
    clock.passes(minutes=2)
    assert buyer.asks("POST", path_of(payment)).status == 202

    waiting, sent = buyer.asks("GET", path_of(payment)).body

    assert (waiting["status"], waiting["to"], waiting["sent_at"]) == ("waiting", None, None)
    assert sent == {
        "id": sent["id"],
        "kind": "tickets_issued",
        "channel": "email",
        "status": "sent",
        "to": "a•••••@example.com",
        "created_at": "2026-11-24 12:00:00+03:00",
        "sent_at": "2026-11-24 12:00:00+03:00",
        "why": None,
    }


def test_the_tickets_are_sent_again_to_the_buyer_whoever_asks(town, buyer, organizer, clock):
    payment = buys_free(buyer, organizer)
    town.posts()

    for asker in (buyer, organizer, town.admin()):
        clock.passes(minutes=2)
        assert asker.asks("POST", path_of(payment)).body["status"] == "waiting"
        town.posts()

    assert [one.letter.email for one in town.post.taken] == ["amina@example.com"] * 4
    lines = [line for line in trail.of_month("2026-11") if line.what == "tickets.sent"]
    assert {line.on for line in lines} == {f"payment#{payment['id']}"}
    assert len(lines) == 2  # who asks for their own leaves none


def test_strangers_neither_see_nor_send(town, buyer, organizer):
    payment = buys_free(buyer, organizer)
    stranger, other = town.signs_up("zuhura"), town.organizer("njeri")

    for person in (stranger, other):
        assert person.asks("GET", path_of(payment)).status == 404
        assert person.asks("POST", path_of(payment)).status == 404


def test_again_is_once_a_minute(town, buyer, organizer, clock):
    payment = buys_free(buyer, organizer)
    assert buyer.asks("POST", path_of(payment)).status == 202

    refused = buyer.asks("POST", path_of(payment))
    clock.passes(seconds=20)
    later = buyer.asks("POST", path_of(payment))
    clock.passes(seconds=40)

    assert (refused.status, refused.body["code"], refused.header("Retry-After")) == (
        429,
        "rate_limited",
        "60",
    )
    assert (later.status, later.header("Retry-After")) == (429, "40")
    assert buyer.asks("POST", path_of(payment)).status == 202


def test_again_is_five_times_a_day(town, buyer, organizer, clock):
    payment = buys_free(buyer, organizer)
    for _ in range(5):
        assert buyer.asks("POST", path_of(payment)).status == 202
        clock.passes(hours=1)

    refused = buyer.asks("POST", path_of(payment))
    clock.passes(seconds=int(refused.header("Retry-After")))
    log_in = {"email": "amina@example.com", "password": "Tiketi@123"}
    buyer.token = town.asks("POST", "/login", log_in).body["token"]

    assert (refused.status, refused.header("Retry-After")) == (429, str(19 * 3600 + 1))
    assert buyer.asks("POST", path_of(payment)).status == 202
    assert buyer.asks("POST", path_of(payment)).status == 429


def test_what_organizers_have_sent_is_not_taken_off_the_buyers_day(town, buyer, organizer, clock):
    payment = buys_free(buyer, organizer)
    for _ in range(5):
        assert organizer.asks("POST", path_of(payment)).status == 202
        clock.passes(minutes=2)

    assert organizer.asks("POST", path_of(payment)).status == 429
    assert buyer.asks("POST", path_of(payment)).status == 202


def test_tickets_of_a_cancelled_event_are_not_sent_again_though_they_are_not_revoked_yet(
    town, buyer, organizer
):
    event = organizer.event(regular_price=0)
    payment = buyer.buys(event)
    organizer.asks("POST", f"/events/{event['id']}/cancel")

    assert buyer.asks("POST", path_of(payment)).status == 409


def test_without_valid_tickets_there_is_nothing_to_send(town, buyer, organizer, safaricom):
    pending = buyer.buys(organizer.event())
    cancelled = organizer.event(regular_price=0)
    gone = buyer.buys(cancelled)
    organizer.asks("POST", f"/events/{cancelled['id']}/cancel")
    town.unwinds()

    for payment in (pending, gone):
        refused = buyer.asks("POST", path_of(payment))
        assert (refused.status, refused.body["code"]) == (409, "conflict")
        assert "no valid tickets" in refused.body["message"]


def test_an_admin_sees_what_went_wrong_latest_first_in_pages(town, buyer, organizer, clock):
    admin, ids = town.admin(), []
    for _ in range(3):
        ids.insert(0, in_trouble(town, buyer, organizer))
        clock.passes(minutes=1)
    failed = in_trouble(town, buyer, organizer, Refused("MessageRejected", for_good=True))

    first = admin.asks("GET", "/messages?status=unknown&limit=2")
    cursor = first.header("Link").partition("cursor=")[2].partition("&")[0]
    rest = admin.asks("GET", f"/messages?status=unknown&limit=2&cursor={cursor}")

    assert [one["id"] for one in first.body + rest.body] == ids
    assert [one["id"] for one in admin.asks("GET", "/messages?status=failed").body] == [failed]
    shown = first.body[0]
    assert (shown["user_id"], shown["tries"], shown["why"]) == (buyer.id, 1, "ReadTimeoutError")
    assert admin.asks("GET", "/messages?status=sent").status == 422


def test_an_admin_sends_what_is_unknown_again_by_hand(town, buyer, organizer, clock):
    admin, message = town.admin(), in_trouble(town, buyer, organizer)

    answer = admin.asks("POST", f"/messages/{message}/resend")
    town.posts()

    assert (answer.status, answer.body["status"]) == (202, "waiting")
    assert len(town.post.taken) == 2
    assert len({one.claim for one in town.post.taken}) == 2
    assert admin.asks("GET", "/messages").body == []
    (line,) = [line for line in trail.of_month("2026-11") if line.what == "message.resent"]
    assert (line.by, line.on, dict(line.details)) == (admin.id, f"message#{message}", {"was": "unknown"})


def test_one_of_two_who_resend_at_once_is_refused(town, buyer, organizer):
    admin, message = town.admin(), in_trouble(town, buyer, organizer)

    answers = [admin.asks("POST", f"/messages/{message}/resend") for _ in range(2)]
    town.posts()

    assert [answer.status for answer in answers] == [202, 409]
    assert len(town.post.taken) == 2


def test_what_was_sent_or_waits_is_not_resent(town, buyer, organizer):
    admin = town.admin()
    payment = buys_free(buyer, organizer)
    message = buyer.asks("GET", path_of(payment)).body[0]["id"]

    while_waiting = admin.asks("POST", f"/messages/{message}/resend")
    town.posts()
    when_sent = admin.asks("POST", f"/messages/{message}/resend")

    assert (while_waiting.status, when_sent.status) == (409, 409)
    assert len(town.post.taken) == 1
    assert admin.asks("POST", f"/messages/{'0' * 48}/resend").status == 404


def test_what_failed_after_many_tries_gets_one_more_by_hand(town, buyer, organizer, clock):
    admin = town.admin()
    message = in_trouble(town, buyer, organizer, Refused("MessageRejected", for_good=True))
    town.post.next_outcomes = [Sent("now")]

    admin.asks("POST", f"/messages/{message}/resend")
    town.posts()

    assert admin.asks("GET", "/messages?status=failed").body == []


def test_tickets_that_are_sent_again_come_by_sms_too(town, buyer, organizer, safaricom):
    town.post.sends_sms = True
    payment = pays(buyer, organizer, safaricom)
    town.posts()

    buyer.asks("POST", path_of(payment))
    town.posts()

    assert [one.channel for one in town.post.taken] == ["email", "sms"] * 2


def test_the_link_for_a_password_is_made_when_it_is_sent_and_counts(town, buyer, clock):
    from urllib.parse import urlsplit

    town.asks("POST", "/password-resets", {"email": "amina@example.com"})
    clock.passes(hours=2)

    town.posts()

    (posted,) = town.post.taken
    link = next(word for word in posted.letter.text.split() if "/password-resets/" in word)
    assert posted.letter.email == "amina@example.com"
    new = {"_password_hash": "Another@123", "confirmPassword": "Another@123"}
    assert town.asks("PUT", urlsplit(link).path, new).status == 200
