"""What the built-in roles permit: plain data. Further roles are rows of the roles table."""

from typing import Final

ADMIN: Final = 1
ORGANIZER: Final = 2
USER: Final = 3

#: The front end routes on these numbers and names.
BUILT_IN: Final = {
    ADMIN: ("Admin", ("*",)),
    ORGANIZER: (
        "Organizer",
        ("events:write", "tickets:checkin", "payments:refund", "reports:read", "tickets:buy"),
    ),
    USER: ("User", ("tickets:buy",)),
}
