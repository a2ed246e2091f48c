"""Whom the demo data let log in."""

from typing import Final

PASSWORD: Final = "Tiketi@123"  # noqa: S105 - it is printed at every start

#: E-mail addresses by user name, which is the role's too.
ACCOUNTS: Final = {name: f"{name}@tiketi.test" for name in ("admin", "organizer", "user")}
