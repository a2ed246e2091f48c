"""Sheets as a PDF, a page each.

The letters are fonts made of our outlines (ISO 32000-1, 9.6.5: Type 3), so that words can be searched and
copied. All pages share them. Nothing in it depends on when or where it was made: the same sheets give the
same bytes.
"""

import zlib
from typing import Final

from chalicelib.tickets.drawing import lettering
from chalicelib.tickets.drawing.sheet import Area, Sheet, Text, Weight, steps

MEDIA_TYPE: Final = "application/pdf"
#: A font of this kind has at most 256 letters; these are 1 to 255.
_MOST: Final = 255


class _Letters:
    """Which letters are used, each under a number; a weight has as many fonts as it needs."""

    def __init__(self) -> None:
        self.used: dict[Weight, dict[str, lettering.Glyph]] = {"regular": {}, "bold": {}}

    def place(self, weight: Weight, glyph: lettering.Glyph) -> tuple[str, int]:
        """The name of the font with this letter, and the letter's number there."""
        used = self.used[weight]
        used.setdefault(glyph.letter, glyph)
        number = list(used).index(glyph.letter)
        return f"{weight}{number // _MOST}", number % _MOST + 1

    def fonts(self) -> dict[str, list[lettering.Glyph]]:
        """The fonts by name, each with its letters."""
        found: dict[str, list[lettering.Glyph]] = {}
        for weight, used in self.used.items():
            for number, glyph in enumerate(used.values()):
                found.setdefault(f"{weight}{number // _MOST}", []).append(glyph)
        return found


def painted(*sheets: Sheet) -> bytes:
    """The document, named as the first of its pages."""
    letters = _Letters()
    pages = [_page(sheet, letters) for sheet in sheets]
    title = (b"\xfe\xff" + sheets[0].title.encode("utf-16-be", "replace")).hex()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en)/ViewerPreferences<</DisplayDocTitle true>>>>",
        b"",  # the pages, when they have numbers
        f"<</Title<{title}>/Producer(Tiketi Tamasha)>>".encode(),
    ]
    fonts = {name: _add_font(glyphs, objects) for name, glyphs in letters.fonts().items()}
    objects.append(f"<<{''.join(f'/{name} {number} 0 R' for name, number in fonts.items())}>>".encode())
    shared, kids = f"/Parent 2 0 R/Resources<</Font {len(objects)} 0 R>>", []
    for sheet, page in zip(sheets, pages, strict=True):
        objects.append(_stream(page))
        size = f"/MediaBox[0 0 {sheet.width} {sheet.height}]"
        objects.append(f"<</Type/Page{shared}{size}/Contents {len(objects)} 0 R>>".encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    return _file(objects)


def _page(sheet: Sheet, letters: _Letters) -> str:
    # PDF counts from below: turned over once, all is as on the sheet.
    marks = [_area(mark) if isinstance(mark, Area) else _text(mark, letters) for mark in sheet.marks]
    return "\n".join([f"1 0 0 -1 0 {sheet.height} cm", *marks])


def _area(area: Area) -> str:
    return f"{_colour(area.colour)} {_outline(area.outline)} f"


def _text(text: Text, letters: _Letters) -> str:
    parts = [f"BT {_colour(text.colour)} 1 0 0 -1 {text.x:.2f} {text.y:.2f} Tm"]
    font, shown, end = "", list[str](), 0
    for glyph in lettering.glyphs(text.words, text.weight):
        name, number = letters.place(text.weight, glyph)
        if name != font:
            parts += [f"[{''.join(shown)}]TJ" if shown else "", f"/{name} {text.size:g} Tf"]
            font, shown = name, []
        shown.append(f"{end - glyph.x if glyph.x != end else ''}<{number:02x}>")
        end = glyph.x + glyph.advance
    return " ".join([*parts, f"[{''.join(shown)}]TJ ET"])


def _colour(colour: str) -> str:
    return " ".join(f"{part / 255:.3g}" for part in bytes.fromhex(colour[1:])) + " rg"


def _outline(outline: str) -> str:
    """The outline in PDF's words, which have no curves with one control point."""
    parts, at = [], (0.0, 0.0)
    for command, points in steps(outline):
        if command == "Z":
            parts.append("h")
            continue
        if command == "Q":
            middle, end = points
            points = [*(_third(at, middle), _third(end, middle)), end]
        parts += [f"{x:g} {y:g}" for x, y in points] + [{"M": "m", "L": "l", "Q": "c"}[command]]
        at = points[-1]
    return " ".join(parts)


def _third(start: tuple[float, float], middle: tuple[float, float]) -> tuple[float, float]:
    x, y = (round(a + (b - a) * 2 / 3, 1) for a, b in zip(start, middle, strict=True))
    return x, y


def _add_font(glyphs: list[lettering.Glyph], objects: list[bytes]) -> int:
    """Add a font and what belongs to it; returns its number."""
    drawn = []
    for glyph in glyphs:
        objects.append(_stream(f"{glyph.advance} 0 -1000 -1500 4000 1500 d1 {_outline(glyph.outline)} f"))
        drawn.append(len(objects))
    objects.append(_stream(_meanings(glyphs)))
    meanings = len(objects)
    procedures = "".join(f"/a{number} {at} 0 R" for number, at in enumerate(drawn, 1))
    names = "".join(f"/a{number}" for number in range(1, len(glyphs) + 1))
    objects.append(
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[.001 0 0 -.001 0 0]/Resources<<>>"
        f"/CharProcs<<{procedures}>>/Encoding<</Type/Encoding/Differences[1{names}]>>"
        f"/FirstChar 1/LastChar {len(glyphs)}/Widths[{' '.join(str(glyph.advance) for glyph in glyphs)}]"
        f"/ToUnicode {meanings} 0 R>>".encode()
    )
    return len(objects)


def _meanings(glyphs: list[lettering.Glyph]) -> str:
    """Which letter each number is, for searching and copying; 100 in a block at most."""
    lines = [f"<{n:02x}> <{glyph.letter.encode('utf-16-be').hex()}>" for n, glyph in enumerate(glyphs, 1)]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    listed = "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CMapName /Letters def\n/CMapType 2 def\n1 begincodespacerange\n<00> <ff>\nendcodespacerange\n"
        f"{listed}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )


def _stream(text: str) -> bytes:
    data = zlib.compress(text.encode(), 9)
    return b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(data), data)


def _file(objects: list[bytes]) -> bytes:
    parts, places = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], []
    start = len(parts[0])
    for number, it in enumerate(objects, 1):
        places.append(start)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, it))
        start += len(parts[-1])
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    ending = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    ending += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R/Info 3 0 R>>\nstartxref\n{start}\n%%EOF\n"
    return b"".join([*parts, ending.encode()])
