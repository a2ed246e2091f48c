"""A sheet as SVG. Letters are outlines, so that it looks the same with whatever fonts somebody has."""

from typing import Final
from xml.sax.saxutils import escape

from chalicelib.tickets.drawing import lettering
from chalicelib.tickets.drawing.sheet import Area, Sheet, Text

MEDIA_TYPE: Final = "image/svg+xml"


def painted(sheet: Sheet) -> str:
    """The picture, as one document that needs nothing from elsewhere."""
    names: dict[tuple[str, str], str] = {}
    defined: list[str] = []
    marks = [_area(mark) if isinstance(mark, Area) else _text(mark, names, defined) for mark in sheet.marks]
    title = escape("".join(letter for letter in sheet.title if letter.isprintable()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width}" height="{sheet.height}" '
        f'viewBox="0 0 {sheet.width} {sheet.height}" role="img"><title>{title}</title>'
        f"<defs>{''.join(defined)}</defs>{''.join(marks)}</svg>\n"
    )


def _area(area: Area) -> str:
    return f'<path fill="{area.colour}" d="{area.outline}"/>'


def _text(text: Text, names: dict[tuple[str, str], str], defined: list[str]) -> str:
    used = []
    for glyph in lettering.glyphs(text.words, text.weight):
        if not glyph.outline:
            continue
        key = (text.weight, glyph.letter)
        if key not in names:
            names[key] = f"g{len(names)}"
            defined.append(f'<path id="{names[key]}" d="{glyph.outline}"/>')
        used.append(f'<use href="#{names[key]}" x="{glyph.x}"/>')
    place = f"translate({text.x:.2f} {text.y:.2f}) scale({text.size / 1000:g})"
    return f'<g fill="{text.colour}" transform="{place}">{"".join(used)}</g>'
