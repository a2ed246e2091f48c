"""Take each condition that money or security rests on away, in a copy, and show the test that fails.

    python -m tests.faults.mutate            all of them
    python -m tests.faults.mutate receipt    those whose description has this word

Exits 1 if a test passes without what it is there for.
"""

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.faults.mutation import Mutation
from tests.faults.mutations import MUTATIONS

ROOT = Path(__file__).parent.parent.parent
COPIES = 2
#: Without the other plugins, which take longer than most of these tests.
_PYTEST = ["-q", "-x", "-p", "no:cacheprovider", "-p", "pytest_timeout"]
#: What nearly every test needs, and takes longer to import than the test to run. The processes that try the
#: mutations are forked when it is there; they import what is ours from their copies.
_IMPORTED_ONCE = (
    *("boto3", "botocore.client", "botocore.session", "chalice.app", "hypothesis.stateful", "moto.backends"),
    *(
        "moto.dynamodb.responses",
        "moto.sqs.responses",
        "pynamodb.models",
        "pynamodb.transactions",
        "pydantic",
    ),
    *("pytest_timeout", "requests"),
)
_OURS = ("app", "bench", "chalicelib", "devstack", "tests")
#: What a run of pytest says when tests ran and some failed.
FAILED = 1


def main(words: list[str]) -> int:
    """Try the mutations that have all the words; prints a line for each as it is done."""
    chosen = [one for one in MUTATIONS if all(word in one.what for word in words)]
    for name in _IMPORTED_ONCE:
        importlib.import_module(name)
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        copies = [_copy(Path(folder) / str(number)) for number in range(COPIES)]
        for number, (one, code) in enumerate(_tried(chosen, copies), start=1):
            survived += code != FAILED
            found = "found by" if code == FAILED else f"NOT FOUND (pytest said {code}) by"
            print(f"{number}/{len(chosen)} {one.what}: {found} {one.test}", flush=True)
    print(f"{len(chosen)} conditions taken away, {survived} not missed by any test")
    return 1 if survived else 0


def _tried(chosen: Iterable[Mutation], free: list[Path]) -> Iterator[tuple[Mutation, int]]:
    """Each mutation with what pytest said of it, as many at once as there are copies."""
    running: dict[int, tuple[Mutation, Path]] = {}

    def ended() -> tuple[Mutation, int]:
        process, status = os.wait()
        one, folder = running.pop(process)
        shutil.copy2(ROOT / one.file, folder / one.file)
        free.append(folder)
        return one, os.waitstatus_to_exitcode(status)

    for number, one in enumerate(chosen, start=1):
        if not free:
            yield ended()
        folder = free.pop()
        _mutate(folder / one.file, one, number)
        running[_forked(lambda one=one, folder=folder: _run(one.test, folder))] = (one, folder)
    while running:
        yield ended()


def _mutate(file: Path, one: Mutation, number: int) -> None:
    file.write_text(file.read_text().replace(one.old, one.new))
    # Python knows by time and size of a file whether what it has compiled is of it: no two may have the same.
    os.utime(file, (number, number))


def _forked(work: Callable[[], int]) -> int:
    """The id of a process that does this and ends with what it returns, or with 70 if it cannot."""
    if process := os.fork():
        return process
    code = 70
    try:
        code = work()
    finally:
        os._exit(code)


def _copy(to: Path) -> Path:
    to.mkdir()
    for name in ("app.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, to)
    for name in ("chalicelib", "devstack", "tests", ".chalice", "docs"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def _run(test: str, folder: Path) -> int:
    """Run a test in a copy; what pytest says."""
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    os.chdir(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in ("", str(ROOT)))]
    with open(os.devnull, "w") as nowhere:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere.fileno(), stream.fileno())
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return int(pytest.main([*_PYTEST, test]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
