"""`requirements.lock`: every package that is installed, with the digests of all its published files.

`requirements.txt` and `requirements-dev.txt` say what we want and are for people; the lock follows from them
(`make lock`) and is for pip, which refuses a file whose digest is not there.
"""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.supply import BUILD, ROOT

LOCK: Final = ROOT / "requirements.lock"
WANTED: Final = ("requirements.txt", "requirements-dev.txt")
#: It resolves for every Python and system at once; only who changes the requirements needs it.
_RESOLVER: Final = "uv==0.13.9"
_HEAD: Final = "# Made by `make lock` on {day}. With the digests of all files, for Python 3.11 and newer.\n"
_DIGEST: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pin(NamedTuple):
    """One package: its name as registries write it, the marker of where it is needed, and its digests."""

    name: str
    version: str
    marker: str
    digests: tuple[str, ...]

    @property
    def line(self) -> str:
        """The line of a requirement file, for pip."""
        marker = f" ; {self.marker}" if self.marker else ""
        return " ".join(
            [f"{self.name}=={self.version}{marker}", *(f"--hash=sha256:{d}" for d in self.digests)]
        )


def read(lock: Path = LOCK) -> list[Pin]:
    """What is locked."""
    text = re.sub(r"#.*", "", lock.read_text(encoding="utf-8")).replace("\\\n", " ")
    return [_pin(line) for line in text.splitlines() if line.strip()]


def locked_on(lock: Path = LOCK) -> date:
    """When it was made."""
    found = re.match(_HEAD.partition("{day}")[0] + r"(\d{4}-\d\d-\d\d)", lock.read_text(encoding="utf-8"))
    return date.fromisoformat(found[1]) if found else date.min


def complaints(folder: Path = ROOT) -> list[str]:
    """Where the lock does not say what the requirement files want, or does not say it for certain."""
    pins = read(folder / LOCK.name)
    versions = {(pin.name, pin.version) for pin in pins}
    wrong = [f"{pin.name} has no digest." for pin in pins if not pin.digests]
    for name in WANTED:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith(("#", "-r")):
                continue
            wanted = Requirement(line)
            pinned = [one.version for one in wanted.specifier if one.operator == "=="]
            if not pinned:
                wrong.append(f"{name} does not pin {wanted.name}.")
            elif (canonicalize_name(wanted.name), pinned[0]) not in versions:
                wrong.append(f"{name} wants {line}, which is not locked: run `make lock`.")
    return wrong


def lock() -> None:
    """Make the lock anew; the resolver gets an environment of its own, and takes the registry's word."""
    environment = BUILD / "resolver"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", _RESOLVER]
    subprocess.run(pip, check=True)
    resolve = [
        str(environment / "bin" / "uv"),
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
    ]
    resolve += ["--python-version=3.11", "--no-header", "--no-emit-index-url", WANTED[-1]]
    found = subprocess.run(resolve, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    LOCK.write_text(_HEAD.format(day=date.today()) + found, encoding="utf-8")


def _pin(line: str) -> Pin:
    wanted = Requirement(line.partition("--hash")[0])
    (only,) = wanted.specifier
    marker = str(wanted.marker) if wanted.marker else ""
    return Pin(canonicalize_name(wanted.name), only.version, marker, tuple(_DIGEST.findall(line)))
