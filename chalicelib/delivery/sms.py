"""The short form of a letter."""

from typing import Final

from chalicelib.delivery import strangers
from chalicelib.delivery.wording import Wording

#: Letters of two messages that a phone shows as one (3GPP TS 23.040, 9.2.3.24.1: 7 of 160 name the part).
MOST: Final = 306
#: So much of an event's name is there, however long all the rest is.
_LEAST_OF_NAME: Final = 12


def written(words: Wording, key: str, event: str, **fields: object) -> str:
    """A sentence for an SMS, with as much of the event's name as fits into two messages."""
    room = MOST - len(words.say(key, event="", **fields))
    name = strangers.for_sms(event, max(room, _LEAST_OF_NAME)) or words.say("some_event")
    return words.say(key, event=name, **fields)
