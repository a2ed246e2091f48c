"""A sheet as PNG, with nothing but the standard library: outlines filled line by line.

Each colour on its ground has 16 shades, which are the picture's palette: a pixel is a byte.
"""

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Final

from chalicelib.tickets.drawing import lettering
from chalicelib.tickets.drawing.sheet import Area, Point, Sheet, steps

MEDIA_TYPE: Final = "image/png"
#: Pixels for a point.
SCALE: Final = 2
#: A line of pixels is looked at in so many places, each counting up to so much.
_LINES: Final = 4
_FULL: Final = 64
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
    crossings: dict[int, list[tuple[float, int]]] = {}
    for ring in rings:
        for start, end in pairwise(ring):
            _cross(start, end, crossings)
    cover: dict[int, dict[int, int]] = {}
    for line in sorted(crossings):
        _cover(sorted(crossings[line]), cover.setdefault(line // _LINES, {}))
    for y, changes in cover.items():
        if 0 <= y < len(picture.rows):
            _paint(picture.rows[y], changes, shades)


def _cross(start: Point, end: Point, crossings: dict[int, list[tuple[float, int]]]) -> None:
    """Where a straight line crosses the middles of the lines that we look at."""
    (x0, y0), (x1, y1), way = (start, end, 1) if start[1] < end[1] else (end, start, -1)
    if y0 == y1:
        return
    slope = (x1 - x0) / (y1 - y0)
    for line in range(_first(y0), _first(y1)):
        y = (line + 0.5) / _LINES
        crossings.setdefault(line, []).append((x0 + (y - y0) * slope, way))


def _first(y: float) -> int:
    """The first line whose middle is at `y` or below."""
    return -int(-(y * _LINES - 0.5) // 1)


def _cover(crossings: list[tuple[float, int]], changes: dict[int, int]) -> None:
    """Add a line's part to how the cover changes from pixel to pixel."""
    winding, left = 0, 0.0
    for x, way in crossings:
        if winding == 0:
            left = x
        winding += way
        if winding == 0 and x > left:
            for at, share in ((left, _FULL), (x, -_FULL)):
                pixel = int(at)
                part = round(share * (pixel + 1 - at))
                changes[pixel] = changes.get(pixel, 0) + part
                changes[pixel + 1] = changes.get(pixel + 1, 0) + share - part


def _paint(row: bytearray, changes: dict[int, int], shades: bytes) -> None:
    places = sorted(changes)
    covers = accumulate(changes[place] for place in places)
    for (start, end), covered in zip(pairwise([*places, len(row)]), covers, strict=True):
        shade = shades[min(covered, 256)]
        if covered and start < len(row):
            row[start:end] = bytes((shade,)) * (min(end, len(row)) - start)


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
