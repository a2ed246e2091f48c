"""What an organizer is owed for an event: one sum, plain Python."""

from typing import Final, NamedTuple

_ALL: Final = 10_000


class Dues(NamedTuple):
    """What decides it, in whole KES.

    `revenue` is of all tickets that are sold now, so without what went back or has to; `cash` is what of it
    the organizer's people took in themselves; `charges` is what M-Pesa took of the receipts, also of those
    that went back; `fee_bps` is the platform's fee in hundredths of a per cent of the revenue.
    """

    revenue: int
    cash: int
    charges: int
    fee_bps: int
    paid_out: int

    @property
    def fee(self) -> int:
        """The platform's, on the whole revenue, cash too; a part of a shilling is the organizer's."""
        return max(0, self.revenue) * self.fee_bps // _ALL

    @property
    def owed(self) -> int:
        """What is left to pay out; below zero if refunds came after a payout: so much has to come back."""
        return self.revenue - self.cash - self.charges - self.fee - self.paid_out
