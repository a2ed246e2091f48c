"""Draw docs/images/demo.svg, the picture in the README, from what `make demo` prints.

Run it from the project's folder: `.venv/bin/python docs/make_demo_picture.py` runs the demo itself,
`make demo | .venv/bin/python docs/make_demo_picture.py -` reads its output. The colours are the card's own,
so that it reads the same on a light page and on a dark one.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "images" / "demo.svg"

#: Sizes in pixels. The three columns stand at fixed places, whatever font the reader has.
WIDTH: Final = 880
MARGIN: Final = 24
LINE: Final = 20
TIME_ENDS: Final = 82
STEP: Final = 98
DETAIL: Final = 268

STYLE: Final = """
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
    .plain { fill: #e6edf3; } .dim { fill: #8b949e; } .step { fill: #79c0ff; }
    .chapter { fill: #e6edf3; font-weight: 700; } .good { fill: #7ee787; } .bad { fill: #ffa657; }
    .time { fill: #8b949e; text-anchor: end; }"""

#: `   4.38 s  paid                   Completed, M-Pesa receipt UKPM30AKTX`
TOLD: Final = re.compile(r" *(?P<time>\d+\.\d\d s)  (?P<step>.{22}) (?P<detail>.*)")


def main() -> int:
    """Draw the picture; the exit code is 0 if the demo went well."""
    output = sys.stdin.read() if sys.argv[1:] == ["-"] else demo_output()
    if "All of it happened." not in output:
        sys.stderr.write(f"This is no demo that went well:\n{output}\n")
        return 1
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn(output), encoding="utf-8")
    return 0


def demo_output() -> str:
    """What the demo prints."""
    command = [sys.executable, "-m", "devstack", "demo"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout  # noqa: S603


def drawn(output: str) -> str:
    """The picture of the demo's output, as SVG."""
    lines = ["$ make demo", *output.strip().splitlines()]
    height = 2 * MARGIN + LINE * len(lines)
    rows = [row(line, MARGIN + LINE * (number + 1) - 5) for number, line in enumerate(lines) if line]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img">',
            "  <title>The output of make demo</title>",
            f"  <style>{STYLE}\n  </style>",
            f'  <rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="8" '
            'fill="#161b22" stroke="#484f58"/>',
            *rows,
            "</svg>",
            "",
        ]
    )


def row(line: str, y: int) -> str:
    """One line of the output at height `y`; a step gets its three columns."""
    told = TOLD.fullmatch(line)
    if told is None:
        style = "dim" if line.startswith("$") else "good" if line.startswith("All") else "chapter"
        return text(MARGIN, y, style, line)
    ending = {"Completed": "good", "Failed": "bad"}
    detail = next((style for word, style in ending.items() if told["detail"].startswith(word)), "plain")
    return (
        text(TIME_ENDS, y, "time", told["time"])
        + text(STEP, y, "step", told["step"].rstrip())
        + text(DETAIL, y, detail, told["detail"])
    )


def text(x: int, y: int, style: str, words: str) -> str:
    """Words at a place."""
    return f'  <text x="{x}" y="{y}" class="{style}">{escape(words)}</text>'


if __name__ == "__main__":
    sys.exit(main())
