"""Secrets that must not be in the repository: credentials by their looks, in every file and all history."""

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from devstack.supply import ROOT

#: Settings that are secret (chalicelib/core/settings.py).
_OURS: Final = (
    "JWT_KEYS",
    "CALLBACK_KEY",
    "CURSOR_KEY",
    "TICKET_KEYS",
    "DARAJA_PASSKEY",
    "DARAJA_CONSUMER_SECRET",
    "DARAJA_SECURITY_CREDENTIAL",
    "SMS_API_KEY",
)
#: Credentials that have a form of their own. Each begins with a word that is found fast, as a regular
#: expression that does not is slow.
LOOKS: Final = {
    "a private key": [r"PRIVATE KEY-{5}"],
    "an AWS access key": [r"AKIA[A-Z2-7]{16}\b", r"ASIA[A-Z2-7]{16}\b"],
    "an AWS secret": [
        r"aws_secret_access_key\W{1,5}[\w/+]{40}",
        r"AWS_SECRET_ACCESS_KEY\W{1,5}[\w/+]{40}",
    ],
    "a GitHub token": [r"ghp_\w{36}", r"gho_\w{36}", r"ghs_\w{36}", r"github_pat_\w{50}"],
    "a Slack token": [r"xoxb-[\w-]{10}", r"xoxp-[\w-]{10}"],
    "a Google key": [r"AIza[\w-]{35}\b"],
    "a Stripe key": [r"sk_live_\w{20}", r"rk_live_\w{20}"],
    "a registry token": [r"pypi-AgE[\w-]{50}", r"npm_[A-Za-z0-9]{36}\b"],
    "an Africa's Talking key": [r"atsk_[0-9a-f]{60}"],
    "a signed token": [r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20}"],
    "a password in an address": [r"://[^\s/:@'\"{}<>]+:[^\s/:@'\"{}<>]{3,}@"],
    "a secret of ours": [rf"{name}['\"]?\s*[:=]\s*['\"]?(?:[\w-]+:)?[\w+/=]{{32}}" for name in _OURS],
}
#: What only looks like one, word by word, with the reason.
HARMLESS: Final = {
    "AKIAIOSFODNN7EXAMPLE": "the example of AWS's own documentation",
    "6c6f63616c2d6f6e6c792d7469636b65": "`local-only-ticke`: a stand-in, which stops a deployment's start",
    "local-development-only": "stand-ins likewise",
    "user:secret@evil.test": "a picture's address in a test",
}
#: Folders of `.gitignore`, for where there is no git to read that.
_MADE_HERE: Final = {
    *(".venv", ".local", "build", "__pycache__", "htmlcov", ".hypothesis"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", "deployments"),
}


def in_text(text: str) -> set[str]:
    """What a text gives away."""
    return {what for what, _ in _found(text)}


def complaints(folder: Path = ROOT) -> list[str]:
    """Files with a secret in them; those that git does not know are somebody's own."""
    wrong = []
    for name in _files(folder):
        path = folder / name
        if path.is_file():
            found = in_text(path.read_text(encoding="utf-8", errors="replace"))
            wrong += [f"{name} seems to hold {what}." for what in sorted(found)]
    return wrong


def complaints_of_history(folder: Path = ROOT) -> list[str]:
    """Commits that brought a secret, also one that was taken out again."""
    text = _git(folder, "log", "-p", "-U0", "--no-color", "--no-ext-diff")
    if text is None:
        print("!! There is no history here, so none was looked through.", file=sys.stderr)
        return []
    wrong = []
    for what, at in _found(text):
        commit = text.rfind("\ncommit ", 0, at) + len("\ncommit ")
        wrong.append(f"Commit {text[commit : commit + 12]} has what seems to be {what}.")
    return wrong


def _found(text: str) -> Iterator[tuple[str, int]]:
    for what, looks in LOOKS.items():
        for found in chain.from_iterable(re.finditer(look, text) for look in looks):
            if not any(word in text[found.start() : found.end() + 40] for word in HARMLESS):
                yield what, found.start()


def _files(folder: Path) -> list[str]:
    """What git knows; where there is no git, all but what is made here."""
    known = _git(folder, "ls-files", "-z")
    if known is not None:
        return [name for name in known.split("\0") if name]
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*")))
    return [str(path) for path in paths if not _MADE_HERE.intersection(path.parts)]


def _git(folder: Path, *command: str) -> str | None:
    """What git says; None if it is not there, or knows nothing of this folder."""
    try:
        done = subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.decode("utf-8", "replace")
