"""A sheet as PNG, with nothing but the standard library: outlines filled line by line.

Each colour on its ground has 16 shades, which are the picture's palette: a pixel is a byte.
"""

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from math import ceil
from typing import Final

from chalicelib.tickets.drawing import lettering
from chalicelib.tickets.drawing.sheet import Area, Point, Sheet, steps

MEDIA_TYPE: Final = "image/png"
#: Pixels for a point.
SCALE: Final = 2
#: What a pixel that is all inside counts; shared among the lines at which a row of pixels is looked at.
_FULL: Final = 256
_LINES: Final = 4
_SHADES: Final = 16
#: A curve becomes so many straight lines.
_CURVE: Final = 6

Ring = list[Point]


class _Picture:
    """Pixels, and the palette that they are numbers of."""

    def __init__(self, width: int, height: int) -> None:
        self.rows = [bytearray(width) for _ in range(height)]
        self.palette: list[bytes] = []
        self._shades: dict[tuple[str, str], bytes] = {}

    def shades(self, colour: str, on: str) -> bytes:
        """The number in the palette for each part of a pixel that is covered, in 256ths."""
        if (colour, on) not in self._shades:
            first = len(self.palette)
            ink, ground = bytes.fromhex(colour[1:]), bytes.fromhex(on[1:])
            for shade in range(_SHADES):
                part = shade / (_SHADES - 1)
                mixed = (round(g + (i - g) * part) for i, g in zip(ink, ground, strict=True))
                self.palette.append(bytes(mixed))
            self._shades[colour, on] = bytes(first + (n * (_SHADES - 1) + 128) // 256 for n in range(257))
        return self._shades[colour, on]


def painted(sheet: Sheet) -> bytes:
    """The picture."""
    picture = _Picture(sheet.width * SCALE, sheet.height * SCALE)
    for mark in sheet.marks:
        shades = picture.shades(mark.colour, mark.on)
        if isinstance(mark, Area):
            _fill(picture, list(_rings(mark.outline, 0, 0, SCALE)), shades)
            continue
        scale = mark.size * SCALE / 1000
        for glyph in lettering.glyphs(mark.words, mark.weight):
            x, y = mark.x * SCALE + glyph.x * scale, mark.y * SCALE
            _fill(picture, list(_rings(glyph.outline, x, y, scale)), shades)
    return _file(picture)


def _rings(outline: str, x: float, y: float, scale: float) -> Iterator[Ring]:
    """The closed lines of an outline, in pixels, without curves."""
    ring: Ring = []
    for command, points in steps(outline):
        moved = [(x + px * scale, y + py * scale) for px, py in points]
        if command == "Q":
            ring += _curve(ring[-1], *moved)
        elif command == "Z":
            yield [*ring, ring[0]]
            ring = []
        else:
            ring += moved


def _curve(start: Point, middle: Point, end: Point) -> Iterator[Point]:
    for step in range(1, _CURVE + 1):
        t = step / _CURVE
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        yield a * start[0] + b * middle[0] + c * end[0], a * start[1] + b * middle[1] + c * end[1]


def _fill(picture: _Picture, rings: list[Ring], shades: bytes) -> None:
    """Paint what the rings wind around; a pixel at the border, by the part of it that is inside."""
    crossings: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    lines = 1 if all(map(_has_whole_pixels, rings)) else _LINES
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if y0 < y1:
                _cross(x0, y0 * lines, x1, y1 * lines, 1, crossings)
            elif y0 > y1:
                _cross(x1, y1 * lines, x0, y0 * lines, -1, crossings)
    cover: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line, met in crossings.items():
        _cover(sorted(met), _FULL // lines, cover[line // lines])
    for y, changes in cover.items():
        if 0 <= y < len(picture.rows):
            _paint(picture.rows[y], changes, shades)


def _has_whole_pixels(ring: Ring) -> bool:
    """Whether no pixel is partly inside, as with boxes and QR codes."""
    upright = all(x0 == x1 or y0 == y1 for (x0, y0), (x1, y1) in pairwise(ring))
    return upright and all(x == int(x) and y == int(y) for x, y in ring)


def _cross(
    x0: float, y0: float, x1: float, y1: float, way: int, crossings: dict[int, list[tuple[float, int]]]
) -> None:
    """Where a straight line that goes down crosses the middles of the lines that we look at."""
    first, end = ceil(y0 - 0.5), ceil(y1 - 0.5)
    slope = (x1 - x0) / (y1 - y0)
    x = x0 + (first + 0.5 - y0) * slope
    for line in range(first, end):
        crossings[line].append((x, way))
        x += slope


def _cover(crossings: list[tuple[float, int]], full: int, changes: dict[int, int]) -> None:
    """Add a line's part to how the cover changes from pixel to pixel."""
    winding, left = 0, 0.0
    for x, way in crossings:
        if winding == 0:
            left = x
        winding += way
        if winding == 0:
            pixel = int(left)
            part = int(full * (pixel + 1 - left))
            changes[pixel] += part
            changes[pixel + 1] += full - part
            pixel = int(x)
            part = int(full * (pixel + 1 - x))
            changes[pixel] -= part
            changes[pixel + 1] -= full - part


def _paint(row: bytearray, changes: dict[int, int], shades: bytes) -> None:
    start = covered = 0
    for end, change in sorted(changes.items()):
        if covered:
            row[start:end] = shades[covered : covered + 1] * (end - start)
        start, covered = end, covered + change


def _file(picture: _Picture) -> bytes:
    width, height = len(picture.rows[0]), len(picture.rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in picture.rows), 6)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(picture.palette)), (b"IDAT", pixels), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
