"""A ticket's code as a picture."""

import io
from typing import Final

#: Pixels for each module of the QR code, and the quiet zone around it (the standard asks for 4 modules).
_SCALE: Final = 8
_BORDER: Final = 4


def qr_png(code: str) -> bytes:
    """The QR code as a PNG, black on white, with medium error correction."""
    import segno  # here, since few routes draw

    picture = io.BytesIO()
    segno.make_qr(code, error="m", boost_error=False).save(picture, kind="png", scale=_SCALE, border=_BORDER)
    return picture.getvalue()
