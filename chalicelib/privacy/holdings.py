"""What we hold of people, where, what for, how long, and what ends it: plain data, the register of it all.

Every attribute of every table stands here once, as personal or not (a test compares), so that a new one is
thought about. docs/privacy.md shows it; the periods are those of `core.retention`.
"""

from typing import Final, NamedTuple

from chalicelib.core.retention import (
    ACCOUNT_MESSAGE_DAYS,
    BACKUP_DAYS,
    CALLBACK_DAYS,
    DEAD_LETTER_DAYS,
    ERASURE_DAYS,
    LOG_DAYS,
    MESSAGE_DAYS,
    PHONE_MONTHS,
    PLACE_DAYS,
    QUEUE_DAYS,
    SCAN_DAYS,
    TRAIL_DAYS,
)


class Held(NamedTuple):
    """What one table has of people. `personal` and `rest` are its attributes; a person's id is personal."""

    table: str
    personal: str
    rest: str
    why: str = ""
    kept: str = ""
    ends: str = ""


class Elsewhere(NamedTuple):
    """What is held outside of tables."""

    where: str
    what: str
    why: str
    kept: str
    ends: str


_LEAVING: Final = "leaving makes the account anonymous; the id stays and leads to nobody"
_MONEY: Final = "a record of money, and who answers for it"
_WITH_MONEY: Final = "as long as our books"

#: Of each table, in the order of `tables.TABLES`.
TABLES: Final = (
    Held("roles", "", "id kind name people permissions"),
    Held(
        "users",
        "username email phone_number password_hash role_ids kept_session revoked language organizes "
        "created_at verified_at verified_by id",
        "deleted_at listing token_version",
        "to log in, to send tickets, to pay organizers out",
        "as long as the account",
        "`DELETE /users/{id}`, at once; the id stays with `deleted_at`",
    ),
    Held(
        "audit",
        "by on details",
        "month line at what lapses_at",
        "who did what to whom, if it is disputed: ids, names of fields and roles, no addresses",
        f"{TRAIL_DAYS} days",
        "TTL",
    ),
    Held("categories", "", "id kind name events"),
    Held(
        "events",
        "user_id organizer_ids gate_ids description location",
        "id name images tags category_id status listing starts_at ends_at early_booking_ends_at timezone "
        "prices labels quotas capacity shards version cancelled_at unwinding look_at created_at "
        "max_per_customer max_per_phone",
        "what an organizer makes public, and who runs it",
        "until it is deleted; with sales " + _WITH_MONEY,
        f"`DELETE /events/{{id}}`; {_LEAVING}",
    ),
    Held("stock", "", "key edits held on_sale remaining revenue sold version"),
    Held("stock-copies", "", "event_id counted_at lapses_at left"),
    Held("takings", "", "key day cash charges refunded revenue sold"),
    Held("co-organizers", "user_id", "place event_id", "whose events are whose", "as the event", _LEAVING),
    Held("gate-duties", "user_id", "event_id", "who works at which gate", "as the event", _LEAVING),
    Held(
        "promo-codes",
        "created_by",
        "event_id code amount_off percent_off max_tickets max_per_customer ticket_types starts_at ends_at "
        "shares created_at ended_at",
        "who made a code",
        "as the event",
        _LEAVING,
    ),
    Held(
        "counts",
        "key",
        "used",
        "limits per person and phone: the key has a person's id, or a keyed hash of a phone",
        "as the event",
        "nothing; without `CALLBACK_KEY` nobody can tell the phone",
    ),
    Held("postings", "", "key place category category_id ends_at lapses_at location price tags words"),
    Held("terms", "", "term months events"),
    Held(
        "entries",
        "",
        "subject changes claim claimed_until digest due due_at lapses_at posted walked_to",
    ),
    Held(
        "payments",
        "user_id seller sold_by payer_phone attempts counted receipt promo_code",
        "id status sale month event_id event_name payment_type amount items holds attempt_count version "
        "created_at expires_at settled_at paid_attempt failure pending due_at queried_at queries "
        "refund_count refunded_amount discount",
        "a record of money; the phones to prompt, to refund, and to find a payment by when it is disputed",
        f"the phones {PHONE_MONTHS} months, the rest {_WITH_MONEY}",
        "erasure and ageing take the phones off (`privacy/erasing.py`, `ageing.py`)",
    ),
    Held(
        "ledger",
        "receipt",
        "payment_id number kind at attempt amount code",
        _MONEY,
        _WITH_MONEY,
        "nothing: M-Pesa's receipt says who it was to M-Pesa only",
    ),
    Held(
        "refunds",
        "reason reference asked_by approved_by declined_by told_by receipt conversation earlier claimed",
        "payment_id number of state version event_id sale place amount received attempt tickets method "
        "sendings claimed_of questions code created_at moved_at watched look_at",
        _MONEY,
        f"the reason {PHONE_MONTHS} months, the rest {_WITH_MONEY}",
        "erasure and ageing take off the reason, which may name the buyer",
    ),
    Held(
        "cash-drawers",
        "seller_id",
        "event_id tickets taken given_back handed_over cash_ups version",
        _MONEY,
        _WITH_MONEY,
        _LEAVING,
    ),
    Held(
        "cash-ups",
        "seller_id counted_by note",
        "event_id id amount expected counted_at",
        _MONEY,
        _WITH_MONEY,
        _LEAVING,
    ),
    Held(
        "differences",
        "about reference why",
        "kind theirs ours at payment_id first_seen_at last_seen_at resolved_at open looks",
        "money that M-Pesa and we do not agree on: receipts, and what a payer typed as account",
        _WITH_MONEY,
        "nothing",
    ),
    Held("payout-accounts", "", "event_id paid_out version"),
    Held(
        "payouts",
        "paid_to recorded_by reference note",
        "event_id id amount at",
        _MONEY,
        _WITH_MONEY,
        _LEAVING,
    ),
    Held(
        "tickets",
        "user_id admitted_by device",
        "id payment_id event_id ticket_type label status issued_at order_size first_scan admitted_at at_gate",
        "to let in; no name is on it: that is read from the account when it is drawn",
        "as its payment",
        _LEAVING,
    ),
    Held(
        "scans",
        "user_id device",
        "id ticket_id event_id outcome at scanned_at came_at took_over contested lapses_at",
        "who let whom in, if it is disputed",
        f"{SCAN_DAYS} days",
        "TTL",
    ),
    Held(
        "outbox",
        "user_id to reference asked_by which address",
        "id kind channel payment_id created_at state tries announced claim sent_at why with_sms due due_at "
        "trouble trouble_at lapses_at",
        "to send once, and to see that it went out; the address is masked, the text is not kept. Whole is "
        "only the address that an account had before, to which a warning goes, until it is sent",
        f"{MESSAGE_DAYS} days; about an account, and an address of before that could not be told, "
        f"{ACCOUNT_MESSAGE_DAYS}",
        "TTL; erasure takes the address off before",
    ),
    Held(
        "connections",
        "id address",
        "events asked lapses_at",
        "to tell an open page what is left; the network address as a fingerprint, to limit pages by it",
        "hours",
        "closing the page; TTL",
    ),
    Held(
        "subscriptions",
        "connection_id",
        "event_id lapses_at",
        "which page follows which event; nobody is signed in there",
        "as the connection",
        "closing the page; TTL",
    ),
    Held(
        "watched",
        "",
        "event_id listing lapses_at turns next_at pause expected_until waiter waits_until version",
    ),
    Held(
        "erasures",
        "user_id phone asked_by",
        "id asked_at done_at place left erased version due due_at lapses_at",
        "to forget somebody step by step, and to show that it was done",
        f"a phone until it is forgotten, the rest {ERASURE_DAYS} days",
        "the last step takes the phone off; TTL",
    ),
    Held(
        "guards",
        "key owner fingerprint",
        "lapses_at",
        "no two accounts with one address; one open prompt, and one erasure, for each phone; links and keys "
        "that count once",
        "address and user name as long as the account; a phone some minutes, or until it is forgotten; "
        "the rest a day at most; "
        f"M-Pesa's receipts {_WITH_MONEY}",
        "leaving frees the names, and the last step of an erasure the phone; TTL",
    ),
    Held(
        "counters",
        "key",
        "used lapses_at",
        "limits, and where an account was logged in to: a keyed hash of an address, phone, account or place",
        f"a counter its window, a day at most; a place {PLACE_DAYS} days",
        "TTL; without `CURSOR_KEY` nobody can tell whom it is about",
    ),
    Held(
        "shared",
        "members",
        "name number text until claimed_until",
        "who is Admin, so that one is always left; old payments that had to keep their phones",
        "as long as they are; until they are settled",
        "the change of their roles; ageing",
    ),
)

#: What is held elsewhere.
ELSEWHERE: Final = (
    Elsewhere(
        "queue `stk-results`",
        "callbacks as Safaricom sent them: phone, receipt, amount",
        "to settle a payment",
        f"{QUEUE_DAYS} days, mostly seconds; dead letters {DEAD_LETTER_DAYS}",
        "SQS's `MessageRetentionPeriod`",
    ),
    Elsewhere(
        "queue `refunds`",
        "results of reversals as Safaricom sent them, which may name the phone and name of whoever got it",
        "to settle a refund",
        f"{QUEUE_DAYS} days; dead letters {DEAD_LETTER_DAYS}",
        "the same",
    ),
    Elsewhere("other queues", "ids", "work to be done", f"{QUEUE_DAYS} days", "the same"),
    Elsewhere(
        "bucket of callbacks",
        "callbacks with the phone masked: receipt, amount, time",
        "disputes with M-Pesa",
        f"{CALLBACK_DAYS} days",
        "the bucket's lifecycle rule",
    ),
    Elsewhere(
        "log groups",
        "ids, states, codes; the network address of who posts a callback that is not ours",
        "to see what went wrong",
        f"{LOG_DAYS} days",
        "`log_retention_in_days`",
    ),
    Elsewhere(
        "DynamoDB's backups",
        "all tables as they were, what has been erased too",
        "to undo a mistake",
        f"{BACKUP_DAYS} days",
        "DynamoDB's point-in-time recovery",
    ),
    Elsewhere(
        "M-Pesa, SES, Africa's Talking",
        "phone and amount; address and text of letters",
        "prompts, e-mails, SMS",
        "by their own rules",
        "ask them",
    ),
)
