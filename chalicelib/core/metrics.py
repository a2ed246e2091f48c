"""Business metrics in CloudWatch's embedded format: a JSON line on standard output that CloudWatch counts.

Source: "Specification: Embedded metric format", Amazon CloudWatch User Guide.
"""

import json
import sys
from typing import Final, Literal

from chalicelib.core import clock
from chalicelib.core.settings import settings

_NAMESPACE: Final = "TiketiTamasha"


def count(name: str, **dimensions: str) -> None:
    """Something happened once: `count("Pushes", outcome="Accepted")`."""
    _put(name, 1, "Count", dimensions)


def seconds(name: str, value: float) -> None:
    """Something took so long: `seconds("PushToTicket", 7.4)`."""
    _put(name, round(value, 3), "Seconds", {})


def level(name: str, value: int, **dimensions: str) -> None:
    """There are so many of something at the moment: `level("DeadLetters", 0, queue=…)`."""
    _put(name, value, "Count", dimensions)


def _put(name: str, value: float, unit: Literal["Count", "Seconds"], dimensions: dict[str, str]) -> None:
    named = {"stage": settings().stage, **dimensions}
    about = {
        "Timestamp": int(clock.now().timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": _NAMESPACE,
                "Dimensions": [list(named)],
                "Metrics": [{"Name": name, "Unit": unit}],
            }
        ],
    }
    print(json.dumps({"_aws": about, name: value, **named}), file=sys.stdout, flush=True)  # noqa: T201
