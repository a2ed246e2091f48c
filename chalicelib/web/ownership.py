"""Whose things a route is about: with the permission, the other half of the authorization table.

The permission is checked before the handler runs; whose the thing is, by the use case that reads it. A test
asks every route as everybody, and compares the answers with what is declared here.
"""

from typing import Final, NamedTuple

# What somebody can be to a thing.
ANYBODY: Final = "anybody"
OWNER: Final = "owner"
ORGANIZER: Final = "organizer"
GATE: Final = "gate staff"
ADMIN: Final = "Admin"


class Whose(NamedTuple):
    """Who may act on a thing, and who besides may know of it.

    Who may do neither gets 404; who may only see it, 403.
    """

    words: str
    may: frozenset[str]
    sees: frozenset[str] = frozenset()

    @property
    def is_of_somebody(self) -> bool:
        """Whether it matters who calls."""
        return ANYBODY not in self.may


#: Nothing of anybody in particular: the permission decides alone.
ANYBODYS: Final = Whose("anybody's", frozenset({ANYBODY}))
#: A list of which everybody gets the part that they may see.
WHAT_ONE_MAY_SEE: Final = Whose("what the caller may see", frozenset({ANYBODY}))
#: An address with a token in it that cannot be guessed, given to one; the use case compares it.
LINK_HOLDERS: Final = Whose("whoever was given the address", frozenset({ANYBODY}))
OWNERS: Final = Whose("the owner's", frozenset({OWNER}))
#: With `SIGNED_IN_OR_LINK`: a link is signed for one thing, and its use case checks it.
OWNERS_OR_LINK_HOLDERS: Final = Whose("the owner's, or whoever has a link to it", frozenset({OWNER}))
ONESELF: Final = Whose(
    "one's own; anybody's with `users:read` or, to change them, `users:write`", frozenset({OWNER, ADMIN})
)
BUYERS: Final = Whose("the buyer's", frozenset({OWNER}), frozenset({ORGANIZER, ADMIN}))
BUYERS_OR_ORGANIZERS: Final = Whose(
    "the buyer's, the event's organizers', or Admin", frozenset({OWNER, ORGANIZER, ADMIN})
)
#: What only an Admin may say of a payment.
PAYMENTS_OF_ADMINS: Final = Whose("Admin's", frozenset({ADMIN}), frozenset({OWNER, ORGANIZER}))
#: What an organizer may do with a payment, and its buyer may not.
PAYMENTS_OF_ORGANIZERS: Final = Whose(
    "the event's organizers', or Admin", frozenset({ORGANIZER, ADMIN}), frozenset({OWNER})
)
ORGANIZERS: Final = Whose(
    "the event's organizers', or Admin", frozenset({ORGANIZER, ADMIN}), frozenset({ANYBODY})
)
ORGANIZERS_OR_GATES: Final = Whose(
    "the event's organizers' and gate staff's, or Admin",
    frozenset({ORGANIZER, GATE, ADMIN}),
    frozenset({ANYBODY}),
)
