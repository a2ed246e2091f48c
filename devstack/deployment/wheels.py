"""What the application imports, as wheels for Lambda's Linux, whatever machine this is."""

import compileall
import hashlib
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.deployment import Stopped
from devstack.supply import locked

#: Chalice puts the one module that runs into the package itself; its other requirements serve its commands.
NOT_DEPLOYED: Final = "chalice"
#: The version of Lambda's C library, by the Python it runs: Amazon Linux 2, then 2023.
GLIBC: Final = {(3, 11): 26}
GLIBC_SINCE_3_12: Final = 34
MACHINE: Final = "x86_64"

#: Services that the application calls. Models of the other 400 are most of botocore's size.
SERVICES: Final = ("apigatewaymanagementapi", "dynamodb", "s3", "sesv2", "sqs", "ssm")
#: Never imported at run time: boto3's resources, and what compiles C for cffi (PyNaCl brings it compiled).
NOT_RUN: Final = (
    "bin",
    "share",
    "boto3/data",
    "boto3/examples",
    "cffi",
    "pycparser",
    "cffi-*",
    "pycparser-*",
)


def pins(requirements: Path) -> list[str]:
    """The lines of the file that the application needs at run time: the direct ones, and what they bring.

    Raises:
        Stopped: something is needed and not pinned.
    """
    direct, all_of_them = _read(requirements)
    wanted, waiting = set[str](), [name for name in direct if name != NOT_DEPLOYED]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += _brings(name)
    missing = sorted(wanted - all_of_them.keys())
    if missing:
        raise Stopped(f"{requirements.name} does not pin {', '.join(missing)}.")
    return [all_of_them[name] for name in sorted(wanted)]


def fetch(requirements: Path, cache: Path) -> Path:
    """A folder with all of it, unpacked; one in the cache is used again while the requirements stay the same.

    Only files whose digests are locked are taken.

    Raises:
        Stopped: pip could not get them, or something is not locked.
    """
    wanted = _locked(pins(requirements), requirements.with_suffix(".lock"))
    text = "\n".join([*wanted, *_platforms(), sys.version, str(NOT_RUN), str(SERVICES)])
    folder = cache / hashlib.sha256(text.encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=cache))
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--no-deps"]
    command += ["--no-compile", "--only-binary=:all:", "--target", str(partial), "--implementation=cp"]
    command += [f"--python-version={sys.version_info[0]}.{sys.version_info[1]}"]
    command += [f"--platform={platform}" for platform in _platforms()]
    listed = cache / f"{partial.name}.txt"
    listed.write_text("\n".join(wanted))
    command += ["--require-hashes", "-r", str(listed)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    listed.unlink()
    if done.returncode:
        shutil.rmtree(partial)
        raise Stopped(f"pip could not get the wheels for Lambda: {done.stderr.strip()[-800:]}")
    _prune(partial)
    compile_in(partial, partial)
    try:
        partial.rename(folder)
    except OSError:  # somebody else was quicker, with the same
        shutil.rmtree(partial)
    return folder


def compile_in(folder: Path, root: Path) -> None:
    """Put bytecode beside the modules: without it each new container compiles them, since it cannot write.

    Args:
        folder: where to look for modules.
        root: what becomes `/var/task`, where Lambda puts the package.
    """
    # Not checked against the sources' times, which a zip does not keep as they are; nor do these change.
    compileall.compile_dir(
        str(folder),
        quiet=1,
        stripdir=str(root),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )


def _locked(wanted: list[str], lock: Path) -> list[str]:
    """The pins with their digests, line by line."""
    by_pin = {(pin.name, pin.version): pin.line for pin in locked.read(lock)}
    keys = [(canonicalize_name(Requirement(pin).name), pin.partition("==")[2]) for pin in wanted]
    missing = sorted(name for name, version in keys if (name, version) not in by_pin)
    if missing:
        raise Stopped(f"{lock.name} lacks {', '.join(missing)}: run `make lock`.")
    return [by_pin[key] for key in keys]


def _read(requirements: Path) -> tuple[list[str], dict[str, str]]:
    """The names above the empty line, and all pins by name."""
    direct: list[str] = []
    everything: dict[str, str] = {}
    above = True
    for line in requirements.read_text().splitlines():
        if not line.strip():
            above = False
        elif not line.startswith("#"):
            name = canonicalize_name(Requirement(line).name)
            everything[name] = line
            direct += [name] if above else []
    return direct, everything


def _brings(name: str) -> list[str]:
    # The markers are read as Lambda would, not as this machine.
    lambda_ = {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": MACHINE,
        "os_name": "posix",
    }
    needed = [Requirement(line) for line in requires(name) or []]
    return [
        canonicalize_name(one.name)
        for one in needed
        if one.marker is None or one.marker.evaluate({**lambda_, "extra": ""})
    ]


def _platforms() -> list[str]:
    newest = GLIBC.get(sys.version_info[:2], GLIBC_SINCE_3_12)
    return [f"manylinux_2_{minor}_{MACHINE}" for minor in range(newest, 16, -1)] + [
        f"manylinux2014_{MACHINE}"
    ]


def _prune(folder: Path) -> None:
    for pattern in NOT_RUN:
        for found in folder.glob(pattern):
            shutil.rmtree(found)
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


def foreign(names: list[str]) -> list[str]:
    """Those compiled files that Lambda could not load."""
    version = "".join(map(str, sys.version_info[:2]))
    fits = re.compile(rf"\.(cpython-{version}-{MACHINE}-linux-gnu|abi3)\.so$")
    return [name for name in names if name.endswith((".so", ".pyd", ".dylib")) and not fits.search(name)]
