"""What is publicly known to be wrong with what we have locked.

The registry that pip installs from is asked: its JSON of a release has the advisories of PyPA's database,
which is what pip-audit reads too (docs/decisions/0091). Some mirrors tell that of the newest release only,
and a machine may have no network. What could not be asked is said aloud, and then the answer in
`advisories.json` counts, which is committed; it does not fail anybody's build. A known vulnerability does.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import requests

from devstack.supply.locked import Pin

LAST_KNOWN: Final = Path(__file__).with_name("advisories.json")
#: Advisories that do not touch us, each with the reason, and the last day on which that is believed.
ACCEPTED: Final[dict[str, tuple[str, date]]] = {}
#: Days after which an answer is too old to say nothing about.
_OLD: Final = 30
_TIMEOUT: Final = 10
_DAY_SECONDS: Final = 86_400

#: What is known of pins, by `name==version`: the ids of advisories. A pin that is not there was not told.
Known = dict[str, list[str]]
#: The JSON of one release, or of the newest if the version is empty; None if there is no answer.
Asks = Callable[[str, str], dict[str, Any] | None]


class Verdict(NamedTuple):
    """What an audit has found: by `name==version`, and what nobody has told of."""

    vulnerable: Known
    untold: list[str]
    asked: int


def ask(pins: Iterable[Pin], registry: Asks | None = None) -> Known:
    """What the registry says of pins now; those that it does not tell of are left out."""
    asks, pins = registry or _registry, list(pins)
    of_releases = any(asks(pin.name, pin.version) for pin in pins[:1])  # a mirror has all of those, or none
    with ThreadPoolExecutor(8) as several:
        found = several.map(lambda pin: (_key(pin), _told(pin, asks, of_releases)), pins)
        return {key: told for key, told in found if told is not None}


def of_today(pins: Iterable[Pin], folder: Path, now: float, registry: Asks | None = None) -> Known:
    """The same, asked once a day: the answer is kept in a folder, while the same is locked."""
    pins, kept = list(pins), folder / "advisories.json"
    if kept.exists() and now - kept.stat().st_mtime < _DAY_SECONDS:
        before: dict[str, Known] = json.loads(kept.read_text(encoding="utf-8"))
        if before.keys() == {_digest(pins)}:
            return before[_digest(pins)]
    fresh = ask(pins, registry)
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({_digest(pins): fresh}), encoding="utf-8")
    return fresh


def judge(pins: Iterable[Pin], fresh: Known, known: Known, today: date) -> Verdict:
    """Put what is told now over what was known; what is accepted, with a reason, counts no more."""
    told = known | fresh
    keys = [_key(pin) for pin in pins]
    open_now = {key: [one for one in told.get(key, []) if not _is_accepted(one, today)] for key in keys}
    vulnerable = {key: ids for key, ids in open_now.items() if ids}
    return Verdict(vulnerable, [key for key in keys if key not in told], len(fresh))


def last_known() -> tuple[date, Known]:
    """The committed answer, and of when it is."""
    kept = json.loads(LAST_KNOWN.read_text(encoding="utf-8"))
    return date.fromisoformat(kept["asked_on"]), kept["known"]


def record(pins: Iterable[Pin], fresh: Known, known: Known) -> None:
    """Keep what is known of what is locked; what was not told again stays as it was."""
    told = known | fresh
    kept = {_key(pin): told[_key(pin)] for pin in pins if _key(pin) in told}
    text = json.dumps({"asked_on": str(datetime.now(UTC).date()), "known": kept}, indent=1, sort_keys=True)
    LAST_KNOWN.write_text(f"{text}\n", encoding="utf-8")


def report(verdict: Verdict, asked_on: date, today: date) -> tuple[list[str], list[str]]:
    """What is wrong, and what must be said aloud though it stops nobody."""
    wrong = [f"{pin} has known vulnerabilities: {', '.join(ids)}." for pin, ids in verdict.vulnerable.items()]
    loud = []
    if not verdict.asked:
        loud.append(f"NOBODY COULD BE ASKED FOR ADVISORIES: what counts is of {asked_on}.")
    if (today - asked_on).days > _OLD and not verdict.asked:
        loud.append(f"That is {(today - asked_on).days} days old: run `make lock` where there is a network.")
    if verdict.untold:
        loud.append(f"Nobody told of {len(verdict.untold)}: {', '.join(verdict.untold)}.")
    return wrong, loud


def _told(pin: Pin, asks: Asks, of_releases: bool) -> list[str] | None:
    release = asks(pin.name, pin.version) if of_releases else None
    if release is None:
        newest = asks(pin.name, "")
        is_ours = newest is not None and newest.get("info", {}).get("version") == pin.version
        release = newest if is_ours else None
    if release is None or not isinstance(release.get("vulnerabilities"), list):
        return None
    return sorted(str(one["id"]) for one in release["vulnerabilities"] if not one.get("withdrawn"))


def _registry(name: str, version: str) -> dict[str, Any] | None:
    from pip._internal.models.index import PyPI  # its address is pip's to know

    try:
        answer = requests.get(
            "/".join(filter(None, [PyPI.pypi_url, name, version, "json"])), timeout=_TIMEOUT
        )
        told: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError):
        return None
    return told


def _is_accepted(advisory: str, today: date) -> bool:
    reason, until = ACCEPTED.get(advisory, ("", date.min))
    return bool(reason) and today <= until


def _digest(pins: Iterable[Pin]) -> str:
    return hashlib.sha256(" ".join(map(_key, pins)).encode()).hexdigest()


def _key(pin: Pin) -> str:
    return f"{pin.name}=={pin.version}"
