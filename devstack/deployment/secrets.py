"""`make secrets`: what is missing of a stage's settings goes into Parameter Store; what is there stays.

Keys of our own are made here. What only a person can know is taken from the environment, under the setting's
name. Nothing secret is printed.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import boto3

from chalicelib.core import parameters
from chalicelib.core.settings import (
    DEFAULTS,
    LOCAL_ONLY,
    LOCAL_OPTIONAL,
    LOCAL_SECRETS,
    SettingsError,
    load,
)
from devstack.deployment import Stopped

#: Settings that are made, not asked for. Those with several keys name each by the day it was made.
MADE: Final[dict[str, Callable[[], str]]] = {
    "JWT_KEYS": lambda: f"{datetime.now(UTC):%Y%m%d}:{secrets.token_hex(32)}",
    "CALLBACK_KEY": lambda: secrets.token_hex(32),
    "CURSOR_KEY": lambda: secrets.token_hex(32),
    "TICKET_KEYS": lambda: f"{datetime.now(UTC):%Y%m%d}:{secrets.token_hex(32)}",
}
#: Settings that a person must give.
ASKED: Final = tuple(name for name in (*LOCAL_SECRETS, *LOCAL_ONLY) if name not in MADE)
#: Settings that have a default, or can be done without, and are kept only if given.
OPTIONAL: Final = tuple(name for name in (*DEFAULTS, *LOCAL_OPTIONAL) if name not in ASKED)


def complete(stage: str, given: Mapping[str, str]) -> list[str]:
    """Create the parameters that are missing.

    Args:
        stage: one that can be deployed.
        given: values by setting, such as the environment's; only those that are missing are used.

    Returns:
        A line for each setting that was created or was there.

    Raises:
        Stopped: a setting is missing here too, or the app would not start with these; nothing was created.
    """
    present = _read(stage)
    new = {name: make() for name, make in MADE.items() if name not in present}
    new |= {
        name: given[name]
        for name in (*ASKED, *OPTIONAL)
        if name not in present and given.get(name, "").strip()
    }
    missing = [name for name in ASKED if name not in present and name not in new]
    if missing:
        raise Stopped(f"Set these in the environment, then run this again: {', '.join(missing)}.")
    check(stage, present | new)
    ssm = boto3.client("ssm")
    for name, value in new.items():
        # Without Overwrite: should somebody have been quicker, theirs stays.
        ssm.put_parameter(Name=f"{parameters.path_of(stage)}/{name}", Value=value, Type="SecureString")
    lines = [f"{name}: was there, kept" for name in sorted(present)]
    return lines + [f"{name}: {'made' if name in MADE else 'stored'}" for name in sorted(new)]


def check_stored(stage: str) -> None:
    """See that the app would start with what Parameter Store holds.

    Raises:
        Stopped: naming each setting that is missing or wrong.
    """
    check(stage, _read(stage))


def check(stage: str, values: Mapping[str, str]) -> None:
    """See that the app would start with these settings.

    Raises:
        Stopped: naming each setting that is missing or wrong.
    """
    try:
        load({**values, "STAGE": stage})
    except SettingsError as problem:
        raise Stopped(str(problem)) from None


def _read(stage: str) -> dict[str, str]:
    try:
        return parameters.read(stage)
    except SettingsError as problem:
        raise Stopped(str(problem)) from None
