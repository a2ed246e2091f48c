"""Which deployment this is: the names of tables and queues need no more, so packaging needs no secret."""

from collections.abc import Mapping
from os import environ
from typing import Final

#: One developer's machine.
LOCAL: Final = "local"
#: What can be deployed.
DEPLOYED: Final = ("dev", "staging", "prod")


class SettingsError(Exception):
    """The settings do not allow a start; the text names each one that is wrong, and shows no value."""


def stage_of(env: Mapping[str, str]) -> str:
    """The stage that the environment names.

    Raises:
        SettingsError: STAGE is not set, or is none of ours.
    """
    stage = env.get("STAGE", "")
    if stage not in (LOCAL, *DEPLOYED):
        raise SettingsError(f"STAGE must be local, {', '.join(DEPLOYED[:-1])} or {DEPLOYED[-1]}.")
    return stage


def named(name: str) -> str:
    """The full name of a table or queue on this process's stage: `tiketi-local-payments`."""
    return f"tiketi-{stage_of(environ)}-{name}"
