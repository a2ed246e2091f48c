"""Take each condition that money or security rests on away, in a copy, and show the test that fails.

    python -m tests.faults.mutate            all of them
    python -m tests.faults.mutate receipt    those whose description has this word

Exits 1 if a test passes without what it is there for.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests.faults.mutation import Mutation
from tests.faults.mutations import MUTATIONS

ROOT = Path(__file__).parent.parent.parent
COPIES = 2
#: Without the other plugins, which take longer to import than most of these tests to run.
_ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_PYTEST = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "pytest_timeout"]
#: What a run of pytest says when tests ran and some failed.
FAILED = 1


def main(words: list[str]) -> int:
    """Try the mutations that have all the words; prints a line for each as it is done."""
    chosen = [one for one in MUTATIONS if all(word in one.what for word in words)]
    free: SimpleQueue[Path] = SimpleQueue()
    survived = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(COPIES) as threads:
        for number in range(COPIES):
            free.put(_copy(Path(folder) / str(number)))
        for number, (one, code) in enumerate(threads.map(lambda one: _try(one, free), chosen), start=1):
            survived += code != FAILED
            found = "found by" if code == FAILED else f"NOT FOUND (pytest said {code}) by"
            print(f"{number}/{len(chosen)} {one.what}: {found} {one.test}", flush=True)
    print(f"{len(chosen)} conditions taken away, {survived} not missed by any test")
    return 1 if survived else 0


def _copy(to: Path) -> Path:
    to.mkdir()
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, to)
    for name in ("chalicelib", "devstack", "tests", ".chalice", "docs"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def _try(one: Mutation, free: "SimpleQueue[Path]") -> tuple[Mutation, int]:
    folder = free.get()
    try:
        with _mutated(folder / one.file, one):
            run = subprocess.run(
                [*_PYTEST, one.test], cwd=folder, env=_ALONE, capture_output=True, check=False
            )
            return one, run.returncode
    finally:
        free.put(folder)


@contextmanager
def _mutated(file: Path, one: Mutation) -> Iterator[None]:
    text = file.read_text()
    file.write_text(text.replace(one.old, one.new))
    try:
        yield
    finally:
        file.write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
