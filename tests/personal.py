"""Finding what tells who somebody is, or lets one act for them, in texts that strangers read."""

import re
import struct

import pypdfium2

_PHONE = re.compile(r"(?<![\dA-Fa-f])(?:254|0)[17]\d{8}(?![\dA-Fa-f])")
_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}")


def addresses_in(text: str) -> set[str]:
    """Phone numbers, as M-Pesa writes them, and e-mail addresses, in whatever form they stand there."""
    close = re.sub(r"(?<=\d)[ -](?=\d)", "", text)
    phones = {f"254{found[1:]}" if found[0] == "0" else found for found in _PHONE.findall(close)}
    return phones | {found.lower() for found in _EMAIL.findall(text)}


def of_others(answer: bytes, known: str) -> set[str]:
    """The addresses in an answer that are not in what its reader knows."""
    return addresses_in(_words(answer)) - addresses_in(known)


def _words(answer: bytes) -> str:
    """What can be read in an answer. What is packed is opened or left out: its bytes look like anything."""
    if answer.startswith(b"\x89PNG"):
        answer = b" ".join(data for kind, data in _chunks(answer) if kind != b"IDAT")
    if answer.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(answer)
        pages = [page.get_textpage().get_text_range() for page in document]
        return " ".join([*pages, *document.get_metadata_dict().values()])
    return answer.decode(errors="replace")


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a PNG, each with its kind (PNG, third edition, 5.3)."""
    found, at = [], 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + size]))
        at += 12 + size
    return found
