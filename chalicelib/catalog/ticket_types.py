"""The ticket types, spelt as on the wire, and what people read for them."""

from typing import Final

EARLY_BOOKING: Final = "early_booking"
REGULAR: Final = "regular"
MVP: Final = "MVP"
TICKET_TYPES: Final = (EARLY_BOOKING, REGULAR, MVP)

#: What a ticket type is called unless the event says otherwise.
LABELS: Final = {EARLY_BOOKING: "Early booking", REGULAR: "Regular", MVP: "MVP"}
