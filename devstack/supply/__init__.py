"""What we take from others: what exactly, under which licence, and what is known to be wrong with it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build"
