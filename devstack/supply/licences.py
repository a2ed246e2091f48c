"""Under which licences we use what others made; all of them must go with MIT."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final, NamedTuple

from devstack.supply.locked import Pin

#: Licences that let an MIT project use, and where it must give on, a package. MPL-2.0 asks for the sources of
#: its own files, which we do not change. Where there is a choice (OR), one of them does.
ALLOWED: Final = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CNRI-Python",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
}
#: What older packages say instead of an identifier.
_MEANT: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
#: The same, in another place.
_WORDS: Final = {
    "Apache License 2.0": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "MIT": "MIT",
}
#: Read in the package itself, since its metadata does not say it so that a program could.
SAID_ELSEWHERE: Final = {
    "ansicon": "MPL-2.0",  # Windows only
    "docutils": "BSD-2-Clause",  # most is in the public domain; one Emacs mode is under the GPL, and not used
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
}


class Included(NamedTuple):
    """Something of others that is in the repository."""

    name: str
    version: str
    licence: str
    purl: str
    path: str
    licence_file: str


_VENDOR: Final = "chalicelib/tickets/page/vendor"
#: All of it; each has its licence beside it.
INCLUDED: Final = (
    Included(
        "jsqr",
        "1.4.0",
        "Apache-2.0",
        "pkg:npm/jsqr@1.4.0",
        f"{_VENDOR}/jsqr-1.4.0.js",
        f"{_VENDOR}/jsqr-LICENSE.txt",
    ),
    Included(
        "@noble/ed25519",
        "3.2.0",
        "MIT",
        "pkg:npm/%40noble/ed25519@3.2.0",
        f"{_VENDOR}/noble-ed25519-3.2.0.js",
        f"{_VENDOR}/noble-ed25519-LICENSE.txt",
    ),
)


def licence_of(pin: Pin) -> str:
    """The licence of a package, as an expression of identifiers; "" if nobody knows it."""
    if pin.name in SAID_ELSEWHERE:
        return SAID_ELSEWHERE[pin.name]
    try:
        said = metadata(pin.name)
    except PackageNotFoundError:
        return ""
    if said["License-Expression"]:
        return str(said["License-Expression"])
    named = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or [] if "License ::" in line]
    known = [_MEANT[name] for name in named if name in _MEANT]
    return " OR ".join(known) or _WORDS.get(str(said["License"]).strip(), "")


def is_allowed(expression: str) -> bool:
    """Whether we may use what is under these licences."""
    # No package of ours nests choices, so that AND binds tighter is all there is to know.
    return any(
        all(one.strip("() ") in ALLOWED for one in re.split(r"\bAND\b", choice))
        for choice in re.split(r"\bOR\b", expression)
    )


def complaints(pins: list[Pin], installed: set[str]) -> list[str]:
    """What we may not use, or cannot tell of; of what is not installed here, other machines tell."""
    found = {pin.name: licence_of(pin) for pin in pins if pin.name in installed or pin.name in SAID_ELSEWHERE}
    found |= {one.name: one.licence for one in INCLUDED}
    return [
        f"{name} is under {licence or 'no licence that it names'}."
        for name, licence in found.items()
        if not is_allowed(licence)
    ]
