"""Every kind of token is tried in every place where one is read, and opens only its own.

All of them are about one buyer, one payment and one ticket, so that nothing but the kind is wrong.
"""

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import chalicelib
from chalicelib.accounts import resetting
from chalicelib.core.queues import REFUNDS
from chalicelib.core.settings import LOCAL_SECRETS, settings
from chalicelib.payments.callback_urls import RESULT, STATUS, STK, TIMEOUT, token_of
from chalicelib.tickets import links
from chalicelib.tickets.models import Ticket
from tests.actors import Answer, Organizer, Person, Town

#: Which modules make tokens, of which kinds, and with which secret; a reset token is kept as a hash instead.
MAKERS = {
    "accounts/tokens.py": ("JWT_KEYS", ["session"]),
    "accounts/resetting.py": (None, ["reset"]),
    "web/paging.py": ("CURSOR_KEY", ["cursor of payments", "cursor of events", "cursor of a report"]),
    "tickets/codes.py": ("TICKET_KEYS", ["ticket code"]),
    "tickets/links.py": ("TICKET_KEYS", ["link"]),
    "payments/callback_urls.py": ("CALLBACK_KEY", [STK, RESULT, TIMEOUT, STATUS]),
}
KINDS = [kind for _, kinds in MAKERS.values() for kind in kinds]
#: What makes a module one of them.
_SIGNS = {"hmac", "jwt", "secrets", "nacl.signing"}
#: Modules that hide by a secret whom something is about, and the purpose that they put before it. Nobody is
#: let in by what they make: it is a key in a table.
HIDES = {
    "core/counters.py": ("CURSOR_KEY", "tiketi/limits/1"),
    "offers/counting.py": ("CALLBACK_KEY", "tiketi/count-of-phone/1:"),
}
#: Compares a secret of CloudFront's with ours, and makes nothing.
COMPARES = {"web/viewer.py"}


@dataclass
class Lock:
    """A place where a token is read, and the kinds that open it."""

    opens: set[str]
    tries: Callable[["Door", str], Answer]


@dataclass
class Door:
    """Who asks, and for what."""

    town: Town
    organizer: Organizer
    buyer: Person
    payment: dict[str, Any]
    ticket: str
    tokens: dict[str, str]

    @property
    def event(self) -> str:
        return f"/events/{self.payment['event_id']}"


def _cursor(door: Door, path: str, token: str, who: Person | None = None) -> Answer:
    sent = f"{path}?limit=1&cursor={quote(token)}"
    return who.asks("GET", sent) if who else door.town.asks("GET", sent)


def _scan(door: Door, token: str) -> Answer:
    return door.organizer.asks("POST", f"{door.event}/checkins", {"code": token})


def _offline(door: Door, token: str) -> Answer:
    return door.organizer.asks("POST", f"{door.event}/checkins", {"scans": [{"code": token}]})


def _lnmo(door: Door, number: int, token: str, after: str = "") -> Answer:
    path = f"/lnmo/{door.payment['id']}/{number}/{quote(token, safe='')}{after}"
    return door.town.asks("POST", path, {"Body": {"stkCallback": {"ResultCode": 1032}}})


LOCKS = {
    "the header": Lock(
        {"session"},
        lambda door, it: door.town.asks("GET", "/tickets", None, {"Authorization": f"Bearer {it}"}),
    ),
    "the cookie": Lock(
        {"session"},
        lambda door, it: door.town.asks("GET", "/tickets", None, {"Cookie": f"tiketi_session={it}"}),
    ),
    "a new password": Lock(
        {"reset"},
        lambda door, it: door.town.asks(
            "PUT", f"/password-resets/{quote(it, safe='')}", {"password": "Tiketi@124"}
        ),
    ),
    "a ticket's picture": Lock(
        {"link"},
        lambda door, it: door.town.asks("GET", f"/tickets/{door.ticket}/ticket.svg?link={quote(it)}"),
    ),
    "the gate": Lock({"ticket code"}, _scan),
    "the gate, afterwards": Lock({"ticket code"}, _offline),
    "the list of payments": Lock(
        {"cursor of payments"}, lambda door, it: _cursor(door, "/payments", it, door.buyer)
    ),
    "the list of events": Lock({"cursor of events"}, lambda door, it: _cursor(door, "/events", it)),
    "the search": Lock(set(), lambda door, it: _cursor(door, "/search", it)),
    "a report": Lock(
        {"cursor of a report"}, lambda door, it: _cursor(door, f"{door.event}/report.csv", it, door.organizer)
    ),
    "the gate's list": Lock(
        set(), lambda door, it: door.organizer.asks("GET", f"{door.event}/gate?after={quote(it)}")
    ),
    "a callback": Lock({STK}, lambda door, it: _lnmo(door, 1, it)),
    # One route for three purposes: the token tells which, and that is tried below.
    "a reversal": Lock({TIMEOUT, STATUS}, lambda door, it: _lnmo(door, 1, it, "/reversal")),
}


@pytest.fixture
def door(town, organizer, buyer, safaricom) -> Door:
    event = organizer.event()
    organizer.event(event_name="Another")
    other = buyer.buys(event)
    payment = buyer.buys(event)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000001")
    safaricom.calls_back(0, prompt=1, receipt="TKX0000002")
    ticket = buyer.payment(payment)["tickets"][0]
    link = parse_qs(urlsplit(links.url_of(Ticket.get(ticket["id"]), town.clock())).query)["link"][0]
    reset = resetting.new_link(buyer.id, town.clock())
    assert other
    assert reset
    tokens = {
        "session": buyer.token,
        "reset": reset.rpartition("/")[2],
        "cursor of payments": _next(buyer.asks("GET", "/payments?limit=1")),
        "cursor of events": _next(town.asks("GET", "/events?limit=1")),
        "cursor of a report": _next(organizer.asks("GET", f"/events/{event['id']}/report.csv?limit=1")),
        "ticket code": ticket["code"],
        "link": link,
        **{kind: token_of(settings(), kind, payment["id"], 1) for kind in (STK, RESULT, TIMEOUT, STATUS)},
    }
    return Door(town, organizer, buyer, payment, ticket["id"], tokens)


def _next(answer: Answer) -> str:
    return parse_qs((answer.header("Link") or "").partition("?")[2].partition(">")[0])["cursor"][0]


def _is_open(answer: Answer) -> bool:
    """Whether a token was taken; a code that is no ticket's is answered row by row."""
    assert answer.status < 500
    if answer.status == 200 and answer.raw.startswith(b'[{"outcome"'):
        return bool(answer.body[0]["outcome"] == "admitted")
    return answer.status < 300


def test_each_place_opens_to_its_own_kind_of_token_and_to_no_other(door):
    before = door.buyer.payment(door.payment)

    opened = {
        (place, kind)
        for place, lock in LOCKS.items()
        for kind in {*KINDS} - lock.opens - {RESULT}
        if _is_open(lock.tries(door, door.tokens[kind]))
    }

    assert opened == set()
    assert (door.town.settles(), door.town.refunds()) == (0, 0)
    assert door.buyer.payment(door.payment) == before
    # The controls; the new password last, since it ends the session.
    for place in sorted(LOCKS, key="a new password".__eq__):
        for kind in LOCKS[place].opens:
            assert _is_open(LOCKS[place].tries(door, door.tokens[kind])), (place, kind)


def test_the_token_tells_what_a_message_about_a_reversal_is_and_not_the_message(door):
    said = {"Result": {"ResultCode": 0}, "timed_out": True, "status": True, "sending": 7, "payment_id": "x"}
    for kind in (RESULT, TIMEOUT, STATUS):
        token = token_of(settings(), kind, door.payment["id"], 101)
        answer = door.town.asks("POST", f"/lnmo/{door.payment['id']}/101/{token}/reversal", said)
        assert answer.status == 200

    url = door.town.sqs.get_queue_url(QueueName=REFUNDS.name)["QueueUrl"]
    received = door.town.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = [json.loads(message["Body"]) for message in received]
    assert {(one["timed_out"], one["status"]) for one in told} == {
        (False, False),
        (True, False),
        (False, True),
    }
    assert {(one["payment_id"], one["sending"]) for one in told} == {(door.payment["id"], 101)}


@pytest.mark.parametrize("kind", [STK, RESULT, TIMEOUT, STATUS])
def test_a_callbacks_token_is_for_one_payment_one_number_and_one_purpose(door, kind):
    """Also where the parts run together otherwise: `a:1` and 2, or `a` and `1:2`."""
    of, genuine = door.payment["id"], token_of(settings(), kind, door.payment["id"], 1)
    others = {
        token_of(settings(), other, payment, number)
        for other in (STK, RESULT, TIMEOUT, STATUS, f"{kind}:{of}", "")
        for payment in (of, f"{of}:1", f"{of}:", of[:-1], "", f"{kind}:{of}")
        for number in (0, 1, 2, 11, 101)
        if (other, payment, number) != (kind, of, 1)
    }

    assert genuine not in others
    assert token_of(replace(settings(), callback_key="another"), kind, of, 1) != genuine


def test_every_module_that_makes_a_token_is_in_the_table():
    """A new kind of token has to be tried in every place too."""
    root = Path(chalicelib.__file__).parent
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if _SIGNS & _imports(path)}

    assert found == {*MAKERS, *HIDES, *COMPARES}


def test_what_hides_somebody_is_made_for_that_alone():
    """Where a secret makes tokens too, no token's purpose begins as this one."""
    for module, (secret, purpose) in HIDES.items():
        assert secret in LOCAL_SECRETS
        assert purpose in (Path(chalicelib.__file__).parent / module).read_text(encoding="utf-8")
    assert not any(purpose.startswith((STK, RESULT, TIMEOUT, STATUS, "[")) for _, purpose in HIDES.values())


def test_a_secret_makes_one_kind_of_token_or_each_for_a_purpose_of_its_own():
    by_secret: dict[str | None, set[str]] = {}
    for module, (secret, _) in MAKERS.items():
        by_secret.setdefault(secret, set()).add(module)
    shared = {secret: modules for secret, modules in by_secret.items() if len(modules) > 1}

    assert {secret for secret in by_secret if secret} <= set(LOCAL_SECRETS)
    assert shared == {"TICKET_KEYS": {"tickets/codes.py", "tickets/links.py"}}
    # The links' keys are derived: nothing that the seeds sign is signed by those.
    assert not {*links._keys()} & {bytes.fromhex(seed) for seed in settings().ticket_keys.values()}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
