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
    [only] = pages(pdf, scale)
    return only


def pages(pdf: bytes, scale: float = 2) -> list[Any]:
    """A picture of each page."""
    return [each.render(scale=scale).to_pil() for each in pypdfium2.PdfDocument(pdf)]


def words(pdf: bytes, page: int = 0) -> str:
    """The text of a page, as one line."""
    return " ".join(pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range().split())


def codes(image: Any) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]
