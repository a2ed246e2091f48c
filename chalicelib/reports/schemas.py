"""What a report says: tickets as numbers, money in whole KES."""

from chalicelib.web.fields import Schema


class Taken(Schema):
    """Tickets that were sold and taken back, and the money without what is due back."""

    sold: int
    refunded: int
    revenue: int


class TypeSums(Taken):
    """One ticket type, or all of them, as of now: `sold` without those that were taken back."""

    label: str
    held: int
    left: int


class DaySums(Taken):
    """One day in Nairobi (`2026-12-24`): what was sold on it, and what was taken back on it."""

    day: str
    ticket_types: dict[str, Taken]


class ReportView(Schema):
    """The sales of one event. Types that share their seats can each sell all that is `left` of them."""

    event_id: str
    event_name: str
    currency: str = "KES"
    ticket_types: dict[str, TypeSums]
    days: list[DaySums]
    total: TypeSums
