"""Independent readers of what we draw: ZXing for codes, Pillow for PNG, PDFium for PDF."""

import io
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image


def picture(png: bytes) -> Any:
    opened = Image.open(io.BytesIO(png))
    opened.load()
    return opened


def page(pdf: bytes, scale: float = 2) -> Any:
    """A picture of the only page."""
    [only] = pypdfium2.PdfDocument(pdf)
    return only.render(scale=scale).to_pil()


def words(pdf: bytes) -> str:
    """The text of the page, as one line."""
    [only] = pypdfium2.PdfDocument(pdf)
    return " ".join(only.get_textpage().get_text_range().split())


def codes(image: Any) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]
