"""Where everything stands on a ticket: narrow, as it is mostly shown on a phone."""

from typing import Final

from chalicelib.tickets.drawing import lettering, qr
from chalicelib.tickets.drawing.sheet import Area, Paper, Sheet, Text, Weight, box

WIDTH: Final = 360
HEIGHT: Final = 704
MARGIN: Final = 26
ROOM: Final = WIDTH - 2 * MARGIN

NIGHT: Final = "#1b1f3b"
WHITE: Final = "#ffffff"
INK: Final = "#1b1f3b"
GREY: Final = "#656a80"
GOLD: Final = "#f5b82e"
PALE: Final = "#f1f1f4"
LINE: Final = "#c9cbd6"
BLACK: Final = "#000000"
#: The colours of the border under the event's name, as on a kanga.
_BORDER: Final = ("#e4572e", GOLD, "#17936b")

VALID: Final = "valid"
ADMITTED: Final = "admitted"
#: What is drawn for a status: its colour, and what it means. Of another status the word is drawn.
_STATUS: Final = {
    ADMITTED: ("#17936b", "This ticket was scanned at the gate."),
    "revoked": ("#c1272d", "It admits nobody: the order was undone."),
    "event cancelled": ("#c1272d", "It admits nobody: the event does not take place."),
}
_OTHER: Final = ("#c1272d", "It admits nobody.")

_NAME_SIZES: Final = ((30.0, 2), (26.0, 3), (20.0, 4), (16.0, 5), (13.5, 6))
_BAND: Final = 150
_BORDER_HEIGHT: Final = 15
_TEAR: Final = 334
_QR_MIDDLE: Final = 512
_QR_WIDTH: Final = 306
_FOOT: Final = 688


def laid_out(paper: Paper) -> Sheet:
    """The sheet of a ticket. A code is only on one that is good, or was."""
    marks = [Area(box(0, 0, WIDTH, HEIGHT), WHITE, WHITE), *_head(paper), *_facts(paper), *_tear()]
    if paper.code:
        marks += _code(paper.code)
        marks += [] if paper.status == VALID else _banner(paper.status)
    else:
        marks += _notice(paper.status)
    return Sheet(WIDTH, HEIGHT, _title(paper), [*marks, *_foot(paper)])


def _title(paper: Paper) -> str:
    status = "" if paper.status == VALID else f" – {paper.status}"
    facts = (
        paper.event,
        paper.label,
        _count(paper),
        f"{paper.day}, {paper.hours}",
        paper.place,
        paper.holder,
    )
    return f"{', '.join(fact for fact in facts if fact)}{status}"


def _count(paper: Paper) -> str:
    return f"Ticket {paper.number} of {paper.of}" if paper.of else f"Ticket {paper.number}"


def _head(paper: Paper) -> list[Area | Text]:
    marks: list[Area | Text] = [Area(box(0, 0, WIDTH, _BAND), NIGHT, WHITE)]
    marks.append(Text(MARGIN, 32, 10, "bold", GOLD, NIGHT, "TIKETI TAMASHA"))
    name = lettering.drawable(paper.event) or "Your event"
    size, lines = lettering.fitted(name, ROOM, _NAME_SIZES, "bold")
    step = size * 1.16
    # In the middle of what the band has left, by the height of capital letters.
    y = (44 + _BAND) / 2 + size * 0.36 - step * (len(lines) - 1) / 2
    marks += [
        Text(MARGIN, y + number * step, size, "bold", WHITE, NIGHT, line) for number, line in enumerate(lines)
    ]
    return [*marks, *_border()]


def _border() -> list[Area | Text]:
    """A row of triangles, in the colours by turns."""
    wide, top, bottom = 15, _BAND, _BAND + _BORDER_HEIGHT
    marks: list[Area | Text] = []
    for number, colour in enumerate(_BORDER):
        corners = range(number * wide, WIDTH, len(_BORDER) * wide)
        outline = "".join(f"M{x} {top}L{x + wide} {top}L{x + wide / 2:g} {bottom}Z" for x in corners)
        marks.append(Area(outline, colour, WHITE))
    return marks


def _facts(paper: Paper) -> list[Area | Text]:
    half = ROOM / 2 - 8
    right = WIDTH / 2 + 8
    marks = _fact(MARGIN, 185, half, "WHEN", paper.day, below=paper.hours)
    marks += _fact(right, 185, half, "TICKET", paper.label, below=_count(paper))
    marks += _fact(MARGIN, 245, ROOM, "WHERE", paper.place)
    return marks + _fact(MARGIN, 293, ROOM, "NAME", paper.holder)


def _fact(x: float, y: float, room: float, what: str, words: str, below: str = "") -> list[Area | Text]:
    """A heading and what belongs under it, in a line or two; nothing if nothing of it can be drawn."""
    words = lettering.drawable(words)
    if not words:
        return []
    sizes = ((14.0, 1), (12.0, 2), (10.0, 2), (8.5, 2))
    size, lines = lettering.fitted(words, room, sizes, "bold")
    marks: list[Area | Text] = [Text(x, y, 8, "bold", GREY, WHITE, what)]
    marks += [
        Text(x, y + 17 + number * (size + 1.5), size, "bold", INK, WHITE, line)
        for number, line in enumerate(lines)
    ]
    if below:
        y += 17 + len(lines) * (size + 1.5) + 1.5
        size, lines = lettering.fitted(lettering.drawable(below), room, ((11.0, 1), (9.0, 1)), "regular")
        marks += [Text(x, y, size, "regular", INK, WHITE, line) for line in lines]
    return marks


def _tear() -> list[Area | Text]:
    """Where paper tickets are torn off."""
    dashes = "".join(box(x, _TEAR, 5, 1) for x in range(MARGIN, WIDTH - MARGIN, 10))
    return [Area(dashes, LINE, WHITE)]


def _code(code: str) -> list[Area | Text]:
    rows = qr.modules(code)
    count = len(rows) + 2 * qr.QUIET
    module = int(2 * _QR_WIDTH / count) / 2  # half points are whole pixels of the PNG
    x = (WIDTH - len(rows) * module) / 2
    y = _QR_MIDDLE - len(rows) * module / 2
    return [Area(qr.outline(rows, x, int(y), module), BLACK, WHITE)]


def _banner(status: str) -> list[Area | Text]:
    """The status, over a code that may still be looked at."""
    colour, _ = _STATUS.get(status, _OTHER)
    words = lettering.drawable(status).upper()
    size, [line, *_] = lettering.fitted(words, ROOM - 20, ((12.0, 1), (8.0, 1)), "bold")
    x = (WIDTH - lettering.width(line, size, "bold")) / 2
    band = Area(box(MARGIN, _TEAR + 5, ROOM, 20, 10), colour, WHITE)
    return [band, Text(x, _TEAR + 19.3, size, "bold", WHITE, colour, line)]


def _notice(status: str) -> list[Area | Text]:
    """The status, in the code's place."""
    colour, meaning = _STATUS.get(status, _OTHER)
    top, high = _QR_MIDDLE - 100, 200
    marks: list[Area | Text] = [
        Area(box(MARGIN, top, ROOM, high, 14), colour, WHITE),
        Area(box(MARGIN + 4, top + 4, ROOM - 8, high - 8, 10), PALE, colour),
    ]
    words = lettering.drawable(status).upper()
    size, lines = lettering.fitted(words, ROOM - 40, ((40.0, 1), (30.0, 2), (20.0, 3), (12.0, 4)), "bold")
    y = _QR_MIDDLE - (len(lines) - 1) * size * 1.1 / 2
    for number, line in enumerate(lines):
        marks.append(_middle(line, y + number * size * 1.1, size, "bold", colour, PALE))
    return [*marks, _middle(meaning, _QR_MIDDLE + 60, 11, "regular", INK, PALE)]


def _foot(paper: Paper) -> list[Area | Text]:
    marks: list[Area | Text] = [
        _middle(f"Order {lettering.drawable(paper.order)}", _FOOT, 9, "regular", GREY, WHITE)
    ]
    if paper.code and paper.status == VALID:
        hint = "Show this code at the gate. It admits one person, once."
        marks.append(_middle(hint, _FOOT - 14, 9, "regular", GREY, WHITE))
    return marks


def _middle(words: str, y: float, size: float, weight: Weight, colour: str, on: str) -> Text:
    return Text((WIDTH - lettering.width(words, size, weight)) / 2, y, size, weight, colour, on, words)
