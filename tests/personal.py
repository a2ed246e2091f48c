"""Finding what tells who somebody is, or lets one act for them, in texts that strangers read."""

import re

_PHONE = re.compile(r"(?<![\dA-Fa-f])(?:254|0)[17]\d{8}(?![\dA-Fa-f])")
_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")


def addresses_in(text: str) -> set[str]:
    """Phone numbers, as M-Pesa writes them, and e-mail addresses, in whatever form they stand there."""
    close = re.sub(r"(?<=\d)[ -](?=\d)", "", text)
    phones = {f"254{found[1:]}" if found[0] == "0" else found for found in _PHONE.findall(close)}
    return phones | {found.lower() for found in _EMAIL.findall(text)}


def of_others(answer: bytes, known: str) -> set[str]:
    """The addresses in an answer that are not in what its reader knows."""
    return addresses_in(answer.decode(errors="replace")) - addresses_in(known)
