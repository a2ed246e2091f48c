"""What a camera sees that looks at a ticket: a film of one picture, which Chromium plays in its place."""

from pathlib import Path

import segno

WIDTH, HEIGHT, SCALE = 640, 480, 6


def film(code: str, to: Path) -> Path:
    """Write the code as YUV4MPEG2, dark on a light ticket, a little off the middle."""
    matrix = [list(row) for row in segno.make_qr(code, error="m", boost_error=False).matrix_iter(border=4)]
    side = len(matrix) * SCALE
    left, top = (WIDTH - side) // 2 + 20, (HEIGHT - side) // 2 - 10
    rows = []
    for y in range(HEIGHT):
        line = bytearray([90] * WIDTH)
        if top <= y < top + side:
            for x, dark in enumerate(matrix[(y - top) // SCALE]):
                start = left + x * SCALE
                line[start : start + SCALE] = bytes([30 if dark else 220]) * SCALE
        rows.append(bytes(line))
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    frame = b"FRAME\n" + b"".join(rows) + grey
    to.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode() + frame * 3)
    return to
