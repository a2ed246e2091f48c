"""`python -m devstack.supply`: look at all that we take from others; `lock` makes the lock anew."""

import sys
import time
import tomllib
from datetime import date
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.deployment import wheels
from devstack.supply import BUILD, ROOT, advisories, bill, leaks, licences, locked
from devstack.supply.locked import Pin


def audit() -> int:
    """Say what is wrong, and fail if anything is."""
    pins, today = locked.read(), date.today()
    asked_on, known = advisories.last_known()
    verdict = advisories.judge(pins, advisories.of_today(pins, BUILD, time.time()), known, today)
    vulnerable, loud = advisories.report(verdict, asked_on, today)
    installed = {pin.name for pin in pins if _is_installed(pin)}
    wrong = [*locked.complaints(), *licences.complaints(pins, installed), *vulnerable]
    wrong += [*leaks.complaints(), *leaks.complaints_of_history()]
    path = bill.write(bill.bill(packaged(pins), locked.locked_on(), _version()), BUILD)
    for line in loud:
        print(f"!! {line}", file=sys.stderr)
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"{len(pins)} packages: locked, licensed, no known vulnerability; {path.name} is made.")
    return 1 if wrong else 0


def lock() -> int:
    """Make the lock anew, and keep what is known of what is locked."""
    locked.lock()
    pins = locked.read()
    advisories.record(pins, advisories.ask(pins), advisories.last_known()[1])
    return audit()


def packaged(pins: list[Pin]) -> list[Pin]:
    """What of all that is deployed."""
    wanted = {canonicalize_name(Requirement(line).name) for line in wheels.pins(ROOT / locked.WANTED[0])}
    return [pin for pin in pins if pin.name in wanted]


def _is_installed(pin: Pin) -> bool:
    try:
        return version(pin.name) == pin.version
    except PackageNotFoundError:
        return False


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


if __name__ == "__main__":
    sys.exit(lock() if sys.argv[1:] == ["lock"] else audit())
