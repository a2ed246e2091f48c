"""Draw docs/images/ticket*.png: a ticket, one with long names as its PDF looks, one admitted, one revoked.

Run it from the project's folder: `STAGE=local PYTHONPATH=. .venv/bin/python docs/make_ticket_pictures.py`.
The codes are nobody's: they are signed with the stand-in keys of local development.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pypdfium2

from chalicelib.tickets import papers
from chalicelib.tickets.codes import code_of
from chalicelib.tickets.drawing.sheet import Paper
from chalicelib.tickets.models import Ticket

IMAGES: Final = Path(__file__).resolve().parent / "images"
ORDER: Final = "019b2f6c8e807000b70f667ec0b079f3"
PAPER: Final = Paper(
    event="Blankets & Wine Nairobi",
    day="Thu 24 Dec 2026",
    hours="12:00 – 21:00 EAT",
    place="Loresho Gardens, Nairobi",
    label="Regular",
    holder="Amina Wanjirũ",
    order=ORDER,
    number=2,
    of=5,
    status="valid",
    code=code_of(Ticket(f"{ORDER}02", event_id="019b2f6c8e807000a2c3d8902e0d0021", ticket_type="regular")),
)
LONG: Final = replace(
    PAPER,
    event="Tamasha la Kimataifa la Muziki wa Asili ya Waswahili na Ng'ombe wa Pwani: Usiku wa Taarab",
    hours="19:00 until Sat 26 Dec, 23:00 EAT",
    place="Uwanja wa Michezo wa Kimataifa wa Moi Kasarani, Barabara ya Thika, karibu na Njia ya Mzunguko",
    label="Early booking – Watu Mashuhuri na Wageni",
    holder="Wangũi wa Mũthoni Ng’ang’a-Ĩrũngũ Mwangĩ Kĩmani Onyango",
)


def main() -> None:
    """Write the pictures."""
    (IMAGES / "ticket.png").write_bytes(papers.png(PAPER))
    [page] = pypdfium2.PdfDocument(papers.pdf(LONG))
    page.render(scale=2).to_pil().quantize(64).save(IMAGES / "ticket-long.png", optimize=True)
    (IMAGES / "ticket-admitted.png").write_bytes(papers.png(replace(PAPER, status="admitted")))
    (IMAGES / "ticket-revoked.png").write_bytes(papers.png(replace(PAPER, status="revoked", code="")))


if __name__ == "__main__":
    main()
