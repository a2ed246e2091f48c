"""Make the virtual environment, once.

The Makefile runs this with whatever Python it found, which may be an old one that is to be told so: this
file uses the standard library only, and nothing newer than Python 3.6 can read.
"""
# ruff: noqa: UP006, UP022, UP035, UP045, RUF100

import hashlib
import importlib.util
import os
import subprocess
import sys
from typing import List, Optional

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REQUIREMENTS = ("requirements.lock",)  # made of requirements.txt and requirements-dev.txt by `make lock`
#: Lines of pip's output shown when it fails.
TAIL_LINES = 12


def main(folder: str = ROOT) -> int:
    """Install what is missing; nothing, and no network, where all is as the lock says."""
    problem = wrong_python(sys.version_info[:3]) or missing_modules()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    stamp = os.path.join(folder, ".venv", "installed")
    wanted = fingerprint(folder)
    if _read(stamp) == wanted and _runs(_python(folder)):
        return 0
    code = install(folder)
    if code == 0:
        with open(stamp, "w") as file:
            file.write(wanted)
    return code


def wrong_python(version: "tuple[int, ...]") -> Optional[str]:
    """One sentence about a Python that is too old."""
    if version[:2] >= NEEDED:
        return None
    found, needed = ".".join(map(str, version)), ".".join(map(str, NEEDED))
    return (
        f"Tiketi Tamasha needs Python {needed} or newer, and this one is {found}: install a newer one, "
        "or name it with `make PYTHON=/path/to/python3.12`."
    )


def missing_modules() -> Optional[str]:
    """One sentence about a Python that cannot make virtual environments."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return None
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"Python {version} has no venv here: install it, then run make again "
        f"(Debian and Ubuntu: `sudo apt install python{version}-venv`)."
    )


def fingerprint(folder: str) -> str:
    """What the environment depends on: what is locked, and the Python."""
    digest = hashlib.sha256(sys.version.encode())
    for name in REQUIREMENTS:
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def install(folder: str) -> int:
    """Make `.venv` in the folder and install the requirements, showing progress."""
    environment = os.path.join(folder, ".venv")
    python = _python(folder)
    if not _runs(python, "import pip"):
        print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", environment]) != 0:
            return 1
    print("Installing the requirements, once; this takes a minute or two ...", flush=True)
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r"]
    return _pip([*command, os.path.join(folder, "requirements.lock")])


def _pip(command: List[str]) -> int:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    lines = []  # type: List[str]
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith("Collecting "):
            _progress("  " + line.split()[1])
        elif line.startswith("Installing "):
            _progress("  unpacking ...")
    code = process.wait()
    _progress("")
    if code:
        print("\n".join(lines[-TAIL_LINES:]), file=sys.stderr)
        print("pip could not install the requirements: see above; is there a network?", file=sys.stderr)
    else:
        print("Installed.")
    return code


def _progress(text: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K" + text)
        sys.stdout.flush()


def _python(folder: str) -> str:
    return os.path.join(folder, ".venv", "bin", "python")


def _runs(python: str, code: str = "") -> bool:
    try:
        return subprocess.call([python, "-c", code], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
