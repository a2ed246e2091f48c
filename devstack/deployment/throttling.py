"""API Gateway's own throttling, by method: ceilings for all callers together, which cost nothing.

Source: "Throttle requests to your REST APIs for better throughput in API Gateway", its Developer Guide: each
method of a stage has a bucket by its settings; all of an account's share 10,000 a second, 5,000 at once.
"""

from typing import Any, Final, NamedTuple

#: Stands for every method that is not named.
ALL_METHODS: Final = "* /*"

Json = dict[str, Any]


class Throttle(NamedTuple):
    """So many requests a second, and so many at once after a pause, of `METHOD /path`."""

    what: str
    a_second: int
    at_once: int


#: What many look at during a sale has most room: 5,000 who look every two seconds are 2,500 a second. What
#: costs most has least: a password is hashed, a search takes up to twelve queries, a ticket is drawn.
THROTTLES: Final = (
    Throttle(ALL_METHODS, 1_000, 1_000),
    Throttle("GET /events/{event_id}/availability", 4_000, 4_000),
    Throttle("GET /payments/{payment_id}", 2_000, 2_000),
    Throttle("POST /login", 100, 200),
    Throttle("POST /signup", 100, 200),
    Throttle("POST /password-resets", 20, 40),
    Throttle("PUT /password-resets/{token}", 20, 40),
    Throttle("GET /search", 200, 400),
    Throttle("GET /tickets/{ticket_id}/ticket.svg", 200, 400),
    Throttle("GET /tickets/{ticket_id}/ticket.png", 200, 400),
    Throttle("GET /tickets/{ticket_id}/ticket.pdf", 200, 400),
    Throttle("POST /lnmo/{payment_id}/{attempt}/{token}", 3_000, 3_000),
    Throttle("POST /lnmo/{payment_id}/{attempt}/{token}/reversal", 3_000, 3_000),
)


def method_settings() -> list[Json]:
    """The settings of the stage, as CloudFormation takes them."""
    return [_setting(throttle) for throttle in THROTTLES]


def _setting(throttle: Throttle) -> Json:
    method, path = throttle.what.split(" ")
    # CloudFormation wants the slashes within a path written so.
    resource = path if throttle.what == ALL_METHODS else "/" + path.replace("/", "~1")
    return {
        "HttpMethod": method,
        "ResourcePath": resource,
        "ThrottlingRateLimit": throttle.a_second,
        "ThrottlingBurstLimit": throttle.at_once,
    }
