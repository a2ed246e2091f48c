"""Kenyan mobile numbers, in every form people write them."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

#: What M-Pesa takes: 2547… or 2541…, twelve digits.
_MPESA: Final = re.compile(r"254[17]\d{8}")
#: Spaces, brackets, dashes, and the invisible marks that come along when a number is pasted.
_DECORATION: Final = re.compile("[\\s().\u2010\u2011\u2013\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]")
#: A number as it stands in a text, and an address: its first letter, and what follows the rest of the name.
_NUMBER: Final = re.compile(r"(?<![\w.])(?:\+?254|0)[ -]?[17](?:[ -]?\d){8}(?!\w)")
_EMAIL: Final = re.compile(r"([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)")
_WORDS: Final = "Must be a Kenyan mobile number such as 0712 345 678 or +254 712 345 678."


#: The phone in a CheckoutRequestID.
_PROMPT: Final = re.compile(r"(?<=ws_CO_\d{17})\d{9}")


def normalise(text: object) -> str:
    """The number as M-Pesa wants it, `254712345678`.

    Takes `0712 345 678`, `+254712345678`, `254-712-345678`, `0110…`, `712345678`, `00254…`, `+254 (0)712…`.

    Raises:
        ValueError: it is no Kenyan mobile number.

    Example:
        >>> normalise("0712 345 678")
        '254712345678'
    """
    if not isinstance(text, (str, int)) or isinstance(text, bool):
        raise ValueError(_WORDS)
    digits = _DECORATION.sub("", str(text))
    for prefix in ("+2540", "+254", "002540", "00254", "2540", "254", "0"):
        if digits.startswith(prefix):
            digits = digits[len(prefix) :]
            break
    number = f"254{digits}"
    if not (number.isascii() and _MPESA.fullmatch(number)):
        raise ValueError(_WORDS)
    return number


def masked(phone: str) -> str:
    """A number that its owner still recognises, `2547•••••678`; nothing of none."""
    return f"{phone[:4]}•••••{phone[-3:]}" if phone else ""


def hidden(text: str) -> str:
    """Text that others read, without the phone numbers and e-mail addresses in it: each is masked.

    Who signs up may take an address as their user name, and M-Pesa puts numbers into its texts.

    Example:
        >>> hidden("amina@example.com, 0712345678")
        'a•••••@example.com, 0712•••••678'
    """
    return without_digits(_EMAIL.sub(r"\1•••••\2", _NUMBER.sub(lambda found: masked(found[0]), text)))


def without(text: str, phone: str) -> str:
    """Text without one phone, in whichever form it stands there; those of others stay.

    Example:
        >>> without("Call 0712 345 678, not 0733000001", "254712345678")
        'Call •••••, not 0733000001'
    """
    return _NUMBER.sub(lambda found: "•••••" if normalise(found[0]) == phone else found[0], text)


def without_digits(text: str) -> str:
    """Text without the digits of phones in M-Pesa's ids of prompts.

    A CheckoutRequestID is `ws_CO_`, the time in Nairobi to the millisecond, and nine digits of the phone, as
    callbacks that others have published show.

    Example:
        >>> without_digits("ws_CO_24112026120000123708374149")
        'ws_CO_24112026120000123•••••'
    """
    return _PROMPT.sub("•••••", text)


#: A request field that takes any of these forms.
Phone = Annotated[str, BeforeValidator(normalise)]
