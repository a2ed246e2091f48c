"""What settings must not be where a deployment meets strangers; asked at its start only."""

import re
from collections.abc import Mapping
from typing import Final

#: What signs something. One value for two of them, and a token of one kind might be taken for another.
_SIGNING: Final = ("JWT_KEYS", "CALLBACK_KEY", "CURSOR_KEY", "TICKET_KEYS", "SITE_KEY")
_SHORTEST: Final = 32
_LOOPBACK: Final = r"(localhost|127\.0\.0\.1)(:\d+)?"
#: What a browser names a page's origin; without TLS only a developer's own machine.
_ORIGIN: Final = re.compile(rf"https://[a-z0-9.-]+(:\d+)?|http://{_LOOPBACK}")
_SECURE: Final = re.compile(rf"https://.+|http://{_LOOPBACK}(/.*)?")


def complaints(text: Mapping[str, str]) -> list[str]:
    """What is wrong with these settings, by name and without a value."""
    wrong = _shared_secrets(text)
    if any(len(secret) < _SHORTEST for secret in _secrets("JWT_KEYS", text["JWT_KEYS"])):
        wrong.append(f"JWT_KEYS must hold at least {_SHORTEST} characters for each key.")
    wrong += [
        f"{name} must have at least {_SHORTEST} characters."
        for name in ("CALLBACK_KEY", "CURSOR_KEY", "SITE_KEY")
        if len(text[name]) < _SHORTEST and (text[name] or name != "SITE_KEY")  # which is optional
    ]
    wrong += [
        f"{name} must be origins such as https://tickets.example.com, without a path; * and null are none."
        for name in ("ALLOWED_ORIGINS", "CREDENTIAL_ORIGINS")
        if not all(_ORIGIN.fullmatch(origin) for origin in _several(text[name]))
    ]
    wrong += [
        f"{name} must start with https://."
        for name in ("PUBLIC_URL", "SMS_BASE_URL")
        if not text[name].startswith("https://")
    ]
    if text["LIMITS_FACTOR"] != "1":
        wrong.append("LIMITS_FACTOR is for local loads only; leave it out.")
    if not _SECURE.fullmatch(text["DARAJA_BASE_URL"]):
        wrong.append("DARAJA_BASE_URL must start with https://.")
    return wrong


def _shared_secrets(text: Mapping[str, str]) -> list[str]:
    wrong, owner = [], dict[str, str]()
    for name in _SIGNING:
        for secret in _secrets(name, text[name]):
            if secret and owner.setdefault(secret, name) != name:
                wrong.append(f"{name} must hold another secret than {owner[secret]}.")
    return wrong


def _secrets(name: str, value: str) -> list[str]:
    """The secrets of a setting; one of several has a name before it."""
    return [pair.partition(":")[2] for pair in _several(value)] if name.endswith("_KEYS") else [value]


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
