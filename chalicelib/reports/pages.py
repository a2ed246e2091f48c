"""The report as a page to look at: plain HTML, without a script, which prints well."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from chalicelib.reports import curve
from chalicelib.reports.schemas import ReportView, TypeSums

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2933 }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
svg { width: 100%; height: auto; border: 1px solid #e4e7eb; border-radius: 6px }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0 }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid #e4e7eb; white-space: nowrap }
th:first-child, td:first-child { text-align: left }
tr.total td { font-weight: bold }
a { color: #0b6e4f }
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
#: Only this style, nothing from elsewhere, and no script at all.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{_DIGEST}'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def html(report: ReportView) -> str:
    """The page of one event; its link to the CSV is relative to it."""
    kinds = [*_kinds(report.ticket_types.values()), _kind(report.total, ' class="total"')]
    days = [
        f"<tr><td>{day.day}</td><td>{day.sold:,}</td><td>{day.refunded:,}</td><td>{day.revenue:,}</td></tr>"
        for day in reversed(report.days)
    ]
    body = f"""{curve.svg(report.event_name, report.days)}
<div class="wide"><table>
<tr><th>Ticket</th><th>Sold</th><th>Held</th><th>Left</th><th>Taken back</th><th>Revenue, KES</th></tr>
{"".join(kinds)}
</table></div>
<p><a href="report.csv" download>Payments and attendees as CSV</a></p>
<div class="wide"><table>
<tr><th>Day in Nairobi</th><th>Sold</th><th>Taken back</th><th>Revenue, KES</th></tr>
{"".join(days)}
</table></div>
"""
    return framed(f"Sales: {report.event_name}", report.event_name, body)


def framed(title: str, heading: str, body: str) -> str:
    """A whole page in the style of all of these; `body` is HTML, the others are text."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(heading)}</h1>
{body}</body>
</html>
"""


def _kinds(kinds: Iterable[TypeSums]) -> list[str]:
    return [_kind(one) for one in kinds]


def _kind(sums: TypeSums, attributes: str = "") -> str:
    cells = (sums.sold, sums.held, sums.left, sums.refunded, sums.revenue)
    numbers = "".join(f"<td>{number:,}</td>" for number in cells)
    return f"<tr{attributes}><td>{escape(sums.label)}</td>{numbers}</tr>"
