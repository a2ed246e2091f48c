"""What there is to permit, and what the built-in roles do: plain data. Further roles are rows of a table."""

from typing import Final

ADMIN: Final = 1
ORGANIZER: Final = 2
USER: Final = 3

#: All permissions, also those of rooms still to come. Only the built-in Admin has it.
ALL: Final = "*"

#: Every permission that a role may grant, and what it is for.
KNOWN: Final = {
    "tickets:buy": "buy tickets",
    "events:write": "put events on sale, and run one's own",
    "tickets:checkin": "admit people at one's own events",
    "payments:refund": "refund payments for one's own events",
    "reports:read": "see sales of one's own events",
    "categories:write": "make, rename and delete categories",
    "users:read": "see every person's account",
    "users:write": "make, change and delete accounts",
    "roles:assign": "give and take roles",
    "roles:write": "make, change and delete roles",
    "payouts:write": "say who is verified, and record what was paid out to organizers",
    "messages:resend": "see e-mails and SMS that went wrong, and send them again",
}

#: The front end routes on these numbers and names.
BUILT_IN: Final = {
    ADMIN: ("Admin", (ALL,)),
    ORGANIZER: (
        "Organizer",
        ("events:write", "tickets:checkin", "payments:refund", "reports:read", "tickets:buy"),
    ),
    USER: ("User", ("tickets:buy",)),
}


def is_built_in(role_id: int) -> bool:
    """Whether the role is there from the start: it keeps its name, and is never deleted."""
    return role_id in BUILT_IN
