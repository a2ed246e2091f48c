"""A ticket's code as a QR code: an outline, so that all painters draw the same."""

from typing import Final

#: The quiet zone around the code, in modules: the standard asks for 4.
QUIET: Final = 4
#: A display with a crack through it loses some of the code: Q restores up to 25 %. Of this version or below
#: the modules are large enough all the same; a longer code makes do with M, 15 %.
_LARGEST_WITH_Q: Final = 10

Modules = tuple[tuple[bool, ...], ...]


def modules(code: str) -> Modules:
    """The rows of the QR code, without the quiet zone; True is dark."""
    import segno  # here, since few routes draw

    found = segno.make_qr(code, error="q", boost_error=True)
    if int(found.version) > _LARGEST_WITH_Q:
        found = segno.make_qr(code, error="m", boost_error=True)
    return tuple(tuple(bool(module) for module in row) for row in found.matrix)


def outline(rows: Modules, x: float, y: float, module: float) -> str:
    """The outline of all dark modules together; one by one, they would have hairlines between them.

    Args:
        rows: the modules.
        x: where the first one begins, in points.
        y: likewise.
        module: how wide one is, in points.
    """
    after = _edges(rows)
    parts = []
    while after:
        first = place = next(iter(after))
        corners, before = [], (0, 0)
        while place in after:
            following = after[place].pop()
            if not after[place]:
                del after[place]
            step = (following[0] - place[0], following[1] - place[1])
            if step != before:
                corners.append(place)
            place, before = following, step
            if place == first:
                break
        points = "L".join(f"{x + column * module:g} {y + row * module:g}" for column, row in corners)
        parts.append(f"M{points}Z")
    return "".join(parts)


def _edges(rows: Modules) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The borders between dark and light, one module long each, by where they begin; dark is on the right."""
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    dark = {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}
    for x, y in sorted(dark):
        for beside, start, end in (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        ):
            if beside not in dark:
                after.setdefault(start, []).append(end)
    return after
