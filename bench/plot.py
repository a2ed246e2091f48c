"""Small pictures of figures, as SVG in docs/images/."""

from collections.abc import Mapping
from html import escape
from typing import Final

from bench.page import DOCS

_WIDTH: Final = 690
_ROW: Final = 30
_LEFT: Final = 260  # for `GET /events/{event_id}/availability`
_RIGHT: Final = 80


def bars(name: str, title: str, values: Mapping[str, float], goal: float | None = None) -> None:
    """Write `docs/images/bench-<name>.svg`: a bar for each value, a line for the goal."""
    (DOCS / "images" / f"bench-{name}.svg").write_text(drawn(title, values, goal))


def drawn(title: str, values: Mapping[str, float], goal: float | None = None) -> str:
    """The picture."""
    most = max([*values.values(), goal or 0.0]) or 1.0
    room = _WIDTH - _LEFT - _RIGHT
    height = 46 + _ROW * len(values) + (18 if goal else 4)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="13" role="img" aria-label="{escape(title)}">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" font-size="15" font-weight="bold" fill="#222">{escape(title)}</text>',
    ]
    for row, (label, value) in enumerate(values.items()):
        y, wide = 40 + row * _ROW, room * value / most
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#222">{escape(label)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{wide:.1f}" height="20" fill="#2f6f9f"/>',
            _figure(_said(value), wide, y + 15),
        ]
    if goal:
        x, bottom = _LEFT + room * goal / most, 40 + _ROW * len(values)
        parts += [
            f'<line x1="{x:.1f}" y1="34" x2="{x:.1f}" y2="{bottom}" stroke="#c0392b"/>',
            f'<text x="{x:.1f}" y="{bottom + 14}" text-anchor="middle" fill="#c0392b">goal {goal:g}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _figure(text: str, wide: float, y: int) -> str:
    """At the left in its bar, where no goal stands, or behind a bar that is too short for it."""
    if wide > _RIGHT:
        return f'<text x="{_LEFT + 6}" y="{y}" fill="#fff">{text}</text>'
    return f'<text x="{_LEFT + wide + 6:.1f}" y="{y}" fill="#222">{text}</text>'


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2f}"
