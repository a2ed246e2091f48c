"""Make chalicelib/tickets/drawing/letters.json, what tickets are written with, from the font Inter.

Run it from the project's folder, with the unpacked npm package `@fontsource/inter` (5.3.0 was used):

    .venv/bin/pip install fonttools brotli uharfbuzz
    .venv/bin/python docs/make_letters.py path/to/package

Nothing else needs these three, nor the font's files. Outlines are in thousandths of the size, y downwards.
"""

import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import uharfbuzz
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

ROOM: Final = Path(__file__).resolve().parent.parent / "chalicelib" / "tickets" / "drawing"
WEIGHTS: Final = {"regular": 400, "bold": 700}
#: The parts in which the package has the font; of two that have a letter the first counts.
PARTS: Final = ("latin", "latin-ext", "vietnamese", "cyrillic", "greek")
#: Pairs of these stand closer or wider than their widths say.
KERNED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-–'’“”&/ĩĨũŨ"


def main(package: Path) -> None:
    """Write the outlines, and the font's licence beside them."""
    faces = {name: face(package, weight) for name, weight in WEIGHTS.items()}
    text = json.dumps(faces, ensure_ascii=False, separators=(",", ":"))
    (ROOM / "letters.json").write_text(text + "\n", encoding="utf-8")
    shutil.copy(package / "LICENSE", ROOM / "letters.LICENSE")


def face(package: Path, weight: int) -> dict[str, Any]:
    """The letters of one weight, each with its advance and outline, and how far pairs are moved."""
    letters: dict[str, tuple[int, str]] = {}
    kerning: dict[str, int] = {}
    for part in PARTS:
        font = TTFont(package / "files" / f"inter-{part}-{weight}-normal.woff2")
        scale = 1000 / font["head"].unitsPerEm
        glyphs = font.getGlyphSet()
        for code, name in sorted(font.getBestCmap().items()):
            if chr(code).isprintable() or code == 0xA0:
                pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
                glyphs[name].draw(TransformPen(pen, (scale, 0, 0, -scale, 0, 0)))
                letters.setdefault(chr(code), (round(glyphs[name].width * scale), pen.getCommands()))
        kerning |= pairs(font, scale)
    return {"letters": dict(sorted(letters.items())), "pairs": kerning}


def pairs(font: TTFont, scale: float) -> dict[str, int]:
    """What the font moves the second of two letters by, where both are in this part."""
    file = io.BytesIO()
    font.flavor = None
    font.save(file)
    shaper = uharfbuzz.Font(uharfbuzz.Face(file.getvalue()))
    known = [letter for letter in KERNED if ord(letter) in font.getBestCmap()]

    def width(text: str) -> int:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(shaper, buffer, {"kern": True, "liga": False, "calt": False})
        return sum(place.x_advance for place in buffer.glyph_positions)

    alone = {letter: width(letter) for letter in known}
    moved = {a + b: round((width(a + b) - alone[a] - alone[b]) * scale) for a in known for b in known}
    return {pair: by for pair, by in moved.items() if by}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
