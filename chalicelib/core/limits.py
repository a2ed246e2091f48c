"""The limits: how often something may be done, by whom, in how long; plain data and plain functions.

Time is cut into windows of a limit's length, from 1970 on. Of each window so many are let through, so in any
span of that length there are at most twice as many. Whoever is refused is let in again when the window ends.
`counters.py` counts; docs/limits.md is made from `LIMITS`.
"""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NamedTuple

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

Address = IPv4Address | IPv6Address


class Limit(NamedTuple):
    """So many (`most`) in `seconds` for each `by`; `what` is counted on the routes `where`, none: not on any.

    `told` is what whoever is refused reads. `name` is in the counters' keys and in the metric.
    """

    name: str
    most: int
    seconds: int
    what: str
    by: str
    where: tuple[str, ...]
    told: str


#: From where somebody logs in for the first time: all such places together, so that many addresses do not
#: give many guesses.
LOG_INS: Final = Limit(
    "log-ins",
    20,
    _HOUR,
    "log-ins that failed, from places where the account was not made, nor logged in to for 90 days",
    "account (e-mail address)",
    ("POST /login",),
    "Somebody has tried to log in to this account too often; wait a while, "
    "or set a new password by a link and log in at once.",
)
#: Its own counter, which no stranger elsewhere can fill: who is attacked can still log in.
LOG_INS_AT_HOME: Final = Limit(
    "log-ins-at-home",
    LOG_INS.most,  # another number would tell a stranger that the account has been here
    _HOUR,
    "log-ins that failed, from a place where it has been",
    "account and place",
    ("POST /login",),
    LOG_INS.told,
)
#: Thousands may be behind one address of a mobile carrier, so only what fails counts.
WRONG_LOG_INS: Final = Limit(
    "wrong-log-ins",
    300,
    _HOUR,
    "log-ins that failed, to any account; who logs in to an account at a place that it knows is let in",
    "address",
    ("POST /login",),
    "Too many log-ins from your network have failed; wait a while, or log in over another network.",
)
SIGN_UPS: Final = Limit(
    "sign-ups",
    3_000,
    _HOUR,
    "sign-ups; one with a name or address that is taken counts as 30, since it tells who has an account",
    "address",
    ("POST /signup",),
    "Too many accounts are being made from your network; wait a while, or sign up over another network.",
)
RESETS: Final = Limit(
    "resets",
    60,
    _HOUR,
    "links for a new password that are asked for",
    "address",
    ("POST /password-resets",),
    "Too many links were asked for from your network; look into your mail, or wait a while.",
)
#: Of names, since one that is taken is told; of passwords, since each is hashed.
ACCOUNT_CHANGES: Final = Limit(
    "account-changes",
    20,
    _HOUR,
    "changes of one's own password, e-mail address or user name, done or refused",
    "user",
    ("PATCH /users/{user_id}", "PUT /users/{user_id}"),
    "You have changed your account very often within an hour; wait a while.",
)
#: Each holds seats for minutes, or prompts a phone, whether it is paid or not.
ORDERS: Final = Limit(
    "orders",
    40,
    _HOUR,
    "orders and new attempts that hold seats",
    "user",
    ("POST /payments", "POST /lnmo"),
    "You have ordered very often within an hour; pay what is open, or wait a while.",
)
PROMPTS: Final = Limit(
    "prompts",
    8,
    4 * _HOUR,
    "M-Pesa prompts, whoever orders; a payment from that phone begins anew",
    "phone",
    ("POST /payments", "POST /lnmo"),
    "This phone was asked to pay many times and has not; pay from another phone, or wait a while.",
)
#: One who waits for M-Pesa asks every three seconds; this is somebody's loop.
LOOKS: Final = Limit(
    "looks",
    1_200,
    _MINUTE,
    "looks at payments; counted in twenties by each container",
    "user",
    ("GET /payments/{payment_id}",),
    "You are looking at payments many times a second; look every three seconds.",
)
SEARCHES: Final = Limit(
    "searches",
    1_200,
    _MINUTE,
    "searches; counted in twenties by each container",
    "address",
    ("GET /search",),
    "Your network is searching many times a second; wait a minute.",
)
TEXTS_TO_PHONE: Final = Limit(
    "texts-to-phone",
    40,
    _DAY,
    "SMS; what is above is not sent, and its message says `too_many`",
    "phone",
    (),
    "",
)
TEXTS_OF_PERSON: Final = Limit(
    "texts-of-person",
    1_000,
    _DAY,
    "the same; at the gate the person is the seller, who names the phones",
    "user",
    (),
    "",
)
#: What tells of money is not among them, nor is a link for a new password: whoever is attacked gets theirs.
LETTERS: Final = Limit(
    "letters",
    100,
    _DAY,
    "e-mails about orders that nothing was paid for; what is above is not sent: `too_many`",
    "mailbox",
    (),
    "",
)
ACCOUNT_LETTERS: Final = Limit(
    "account-letters",
    10,
    _DAY,
    "e-mails that say that an account changed; the same",
    "mailbox; its addresses with a `+` are one by themselves",
    (),
    "",
)
#: Anybody makes any number of accounts with them, for each of which links are sent.
RESET_LETTERS: Final = Limit(
    "reset-letters",
    20,
    _DAY,
    "links for a new password to addresses with a `+`; the same. The plain address gets all of its own",
    "mailbox",
    (),
    "",
)

LIMITS: Final = (
    LOG_INS,
    LOG_INS_AT_HOME,
    WRONG_LOG_INS,
    SIGN_UPS,
    RESETS,
    ACCOUNT_CHANGES,
    ORDERS,
    PROMPTS,
    LOOKS,
    SEARCHES,
    TEXTS_TO_PHONE,
    TEXTS_OF_PERSON,
    LETTERS,
    ACCOUNT_LETTERS,
    RESET_LETTERS,
)
_WITHOUT_DOTS: Final = ("gmail.com", "googlemail.com")
#: What a sign-up counts that met a name which is taken.
TAKEN_COUNTS: Final = 30


def window(limit: Limit, at: datetime) -> int:
    """The number of the window."""
    return int(at.timestamp()) // limit.seconds


def ends_at(limit: Limit, at: datetime) -> int:
    """When the window ends, in seconds since 1970."""
    return (window(limit, at) + 1) * limit.seconds


def retry_after(limit: Limit, at: datetime) -> int:
    """Seconds until the next window; 1 at least."""
    return ends_at(limit, at) - int(at.timestamp())


def address_of(source: str) -> str:
    """What counts as one address: of IPv6 its /64, which one customer has; nothing we know is one, too."""
    return _network(source, 32, 64)


def place_of(source: str) -> str:
    """Where somebody comes from, a little wider, since phones change their address within their carrier's."""
    return _network(source, 24, 48)


def mailbox_of(email: str) -> str:
    """Where an address leads: what is behind a `+`, and at Gmail the dots, make no other mailbox."""
    name, _, domain = email.rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '') if domain in _WITHOUT_DOTS else name}@{domain}"


def has_plus(email: str) -> bool:
    """Whether an address leads to the mailbox of the plain one only where its domain knows what a `+` is."""
    return "+" in email


def _network(source: str, of_four: int, of_six: int) -> str:
    try:
        address: Address = ip_address(source)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, of_four if address.version == 4 else of_six), strict=False))
