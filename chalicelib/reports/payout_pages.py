"""What is owed as a page to look at, and as rows for a spreadsheet."""

from collections.abc import Iterator
from html import escape
from typing import Final

from chalicelib.reports import pages
from chalicelib.reports.schemas import PayoutView, StatementView

HEADER: Final = ("event_id", "what", "kes", "reference", "note", "at")


def html(seen: StatementView) -> str:
    """The page of one event; its link to the CSV is relative to it."""
    lines = "".join(f"<tr><td>{escape(words)}</td><td>{kes:,}</td></tr>" for words, kes in _lines(seen))
    verified = (
        "verified" if seen.organizer_verified else "not verified: nothing is paid out until an Admin has"
    )
    body = f"""<p>Organizer: {escape(seen.organizer_name)}, {verified}. {seen.sold:,} tickets are sold, \
{seen.refunded:,} were taken back.</p>
<div class="wide"><table>
<tr><th></th><th>KES</th></tr>
{lines}
<tr class="total"><td>Owed to the organizer</td><td>{seen.owed:,}</td></tr>
</table></div>
<p><a href="payout.csv" download>The same as CSV</a></p>
{_payouts(seen)}"""
    return pages.framed(f"Payout: {seen.event_name}", seen.event_name, body)


def rows(seen: StatementView) -> Iterator[tuple[str | int, ...]]:
    """A row for each thing that adds up to what is owed, and what is owed at the end."""
    yield HEADER
    sums = {"revenue": seen.revenue, "cash": -seen.cash, "charges": -seen.charges, "fee": -seen.fee}
    for what, kes in sums.items():
        yield seen.event_id, what, kes, "", "", ""
    for one in seen.payouts:
        yield seen.event_id, "payout", -one.amount, one.reference, one.note or "", one.at
    yield seen.event_id, "owed", seen.owed, "", "", ""


def _lines(seen: StatementView) -> Iterator[tuple[str, int]]:
    yield "Revenue, without what went back or has to", seen.revenue
    yield "Taken in cash", -seen.cash
    yield "M-Pesa's charges", -seen.charges
    yield f"The platform's fee, {seen.fee_bps / 100:g} % of the revenue", -seen.fee
    yield "Paid out", -seen.paid_out


def _payouts(seen: StatementView) -> str:
    if not seen.payouts:
        return "<p>Nothing is paid out yet.</p>\n"
    return f"""<div class="wide"><table>
<tr><th>Recorded at</th><th>Reference</th><th>Note</th><th>KES</th></tr>
{"".join(_payout(one) for one in reversed(seen.payouts))}
</table></div>
"""


def _payout(one: PayoutView) -> str:
    cells = (one.at, one.reference, one.note or "", f"{one.amount:,}")
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
