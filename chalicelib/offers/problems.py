"""What offers can be refused with."""

from chalicelib.core.problems import Conflict, Problem


class CodeExists(Problem):
    """The event has a code of this name, perhaps one that has ended."""

    code = "already_exists"
    message = "This event has that code already; choose another, also instead of one that has ended."


class TooManyCodes(Conflict):
    """The event has as many codes as it may have."""

    message = "This event has 50 promo codes; no more can be made."


class CodeUsedUp(Conflict):
    """Fewer tickets are left by this code than the order has; `left` says how many."""

    def __init__(self, sentence: str, left: int) -> None:
        super().__init__(sentence, fields={"promo_code": sentence}, left=left)


class LimitReached(Conflict):
    """One person, or one phone, would have more tickets of the event than it may."""
