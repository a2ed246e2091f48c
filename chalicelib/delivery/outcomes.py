"""What can become of a message that was given to a carrier: three endings, told apart by their types."""

from typing import NamedTuple


class Sent(NamedTuple):
    """The carrier has accepted it; `reference` is its name there."""

    reference: str = ""


class Refused(NamedTuple):
    """It was certainly not sent. `for_good`: nor would it be another time, as with a wrong address."""

    why: str
    for_good: bool = False


class Unknown(NamedTuple):
    """It may have been sent. Nobody sends it again by itself."""

    why: str


Outcome = Sent | Refused | Unknown
