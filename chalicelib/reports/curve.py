"""The sales curve as a picture: bars for what each day sold, a line for all that was sold until then."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from html import escape
from typing import Final

from chalicelib.reports.schemas import DaySums

_WIDTH: Final = 720
_HEIGHT: Final = 260
_LEFT: Final = 56
_RIGHT: Final = 16
_TOP: Final = 40
_FOOT: Final = 30
_ROOM: Final = _HEIGHT - _TOP - _FOOT
_INK: Final = "#1f2933"
_BAR: Final = "#f2a541"
_LINE: Final = "#0b6e4f"


def svg(title: str, days: Iterable[DaySums]) -> str:
    """The curve, from the first day with a sale to the last.

    Args:
        title: the event's name.
        days: days with sales, in any number; those in between count as 0.
    """
    title = "".join(letter for letter in title if letter.isprintable())  # XML has no others
    net = {date.fromisoformat(day.day): day.sold - day.refunded for day in days}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="Tickets sold, {escape(title)}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="14" font-weight="bold" fill="{_INK}">',
        f"{escape(_short(title))}</text>",
        *(_drawn(net) if net else [_note("Nothing is sold yet.")]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _drawn(net: Mapping[date, int]) -> list[str]:
    days = _without_gaps(net)
    total, totals = 0, []
    for day in days:
        total += net.get(day, 0)
        totals.append(total)
    most = max(*totals, 1)
    wide = (_WIDTH - _LEFT - _RIGHT) / len(days)
    bars = [_bar(number, wide, net[day] / most) for number, day in enumerate(days) if net.get(day, 0) > 0]
    points = " ".join(
        f"{_LEFT + (number + 0.5) * wide:.1f},{_y(value / most):.1f}" for number, value in enumerate(totals)
    )
    last_x, last_y = _LEFT + (len(days) - 0.5) * wide, _y(total / most)
    return [
        *_scale(most),
        *bars,
        f'<polyline points="{points}" fill="none" stroke="{_LINE}" stroke-width="2.5"/>',
        f'<circle cx="{last_x:.1f}" cy="{last_y:.1f}" r="4" fill="{_LINE}"/>',
        _text(_LEFT, _HEIGHT - 10, "start", f"{days[0]:%-d %b %Y}"),
        _text(_WIDTH - _RIGHT, _HEIGHT - 10, "end", f"{days[-1]:%-d %b %Y}" if len(days) > 1 else ""),
        _text(_WIDTH - _RIGHT, 22, "end", f"{total:,} tickets"),
    ]


def _scale(most: int) -> list[str]:
    lines = []
    for part in (0, most // 2, most) if most > 1 else (0, most):
        y = _y(part / most)
        lines += [
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e4e7eb"/>',
            _text(_LEFT - 8, y + 4, "end", f"{part:,}"),
        ]
    return lines


def _bar(number: int, wide: float, share: float) -> str:
    x, y = _LEFT + number * wide + wide * 0.15, _y(share)
    high = _TOP + _ROOM - y
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide * 0.7:.1f}" height="{high:.1f}" fill="{_BAR}"/>'


def _text(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text x="{x}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(words)}</text>'


def _note(words: str) -> str:
    return _text(_WIDTH / 2, _HEIGHT / 2, "middle", words)


def _y(share: float) -> float:
    return _TOP + _ROOM * (1 - max(share, 0.0))


def _without_gaps(net: Mapping[date, int]) -> list[date]:
    first, last = min(net), max(net)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _short(title: str) -> str:
    return title if len(title) <= 70 else f"{title[:69]}…"
