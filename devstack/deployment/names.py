"""Names of things in the template, and their names on a stage."""

from typing import Any

from chalicelib.core import stage


def plain_name(name: str) -> str:
    """The name of a table or queue without the stage: `payments`."""
    return name.removeprefix(stage.named(""))


def sub(name: str) -> dict[str, Any]:
    """A name on whatever stage the template is given: `tiketi-prod-payments`."""
    return {"Fn::Sub": f"tiketi-${{Stage}}-{name}"}


def camel(name: str) -> str:
    """A name as the template's logical ids are written: `StkPushDead`."""
    return "".join(part[0].upper() + part[1:] for part in name.split("-"))
