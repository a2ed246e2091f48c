"""docs/limits.md: the limits as a page, drawn from the code."""

from collections.abc import Iterable
from typing import Final

from chalicelib.core.limits import LIMITS, Limit
from chalicelib.live.limits import PER_ADDRESS
from devstack.deployment.throttling import ALL_METHODS, THROTTLES, Throttle

_HEAD: Final = """# Limits

<!-- Made by `make resources` from chalicelib/core/limits.py and devstack/deployment/throttling.py
     (devstack/limits_page.py); a test compares. -->

How often something may be done, and what whoever does it too often is told. The rule is in
[`core/limits.py`](../chalicelib/core/limits.py), the counting in
[`core/counters.py`](../chalicelib/core/counters.py); why it is so, in decisions
[0086](decisions/0086-who-guesses-passwords-is-stopped.md) and
[0087](decisions/0087-orders-prompts-and-sms-are-counted-where-they-are-written.md).

An answer is 429 `rate_limited`, with a sentence that says what to do, and in `Retry-After` the seconds until
the window ends: then there is room again. Time is cut into windows, from 1970 on, so any span of a window's
length sees at most twice the number. Each refusal is a `Limited` of the metrics, by the limit's name.

## Counted in DynamoDB
"""

_BESIDES: Final = """
- **Address**: of IPv4 the address, of IPv6 its /64, as API Gateway saw it (`sourceIp`), or CloudFront, which
  proves itself by `SITE_KEY`; `X-Forwarded-For` counts nothing. Thousands of people may be behind one address
  of a Kenyan carrier, so by address mostly failures are counted. **Place**: the /24 or /48 that it is in,
  since phones change their address within their carrier's.
- The counters' keys hold an HMAC of whom they are about, under a key derived from `CURSOR_KEY`. They lapse
  with their window, places after 90 days.
- If DynamoDB refuses a counter because it is hammered, the answer is 503 `busy`: nothing is let through
  uncounted. What others hammer is never the counter of an account at a place that it knows.
- An account that is attacked is open at the places where it was made or logged in to, also to who is behind
  one address with the attacker; and everywhere else after a new password by link, where that was set.
- Looks and searches are counted by each container and written in twenties, so a limit is passed by less than
  20 for each container ([0096](decisions/0096-looks-and-searches-are-counted-in-twenties.md)).
- A phone that pays begins anew; what M-Pesa did not take, and what never left our queue, is not counted.
  With the guard of the phone (409 `prompt_open`) there is one prompt at a time besides.
- Locally `LIMITS_FACTOR` multiplies all numbers, for loads; deployed it is refused.

## Counted where it is written anyway

"""

_ELSEWHERE: Final = (
    ("a link for a new password to one person", "once in half of `RESET_SECONDS`; the answer does not tell"),
    ("a prompt on one phone", "one at a time (409 `prompt_open`), by a guard"),
    ("tickets sent again", "once a minute, 5 in 24 hours for each who asks (429)"),
    ("M-Pesa is asked about a payment that its buyer looks at", "once in 15 s"),
    ("tickets for one person or phone, or by a promo code", "as the organizer says ([offers](offers.md))"),
    ("tickets in one order, scans in one upload", "as the request's schema says"),
    ("open pages that follow events, from one address", f"{PER_ADDRESS} at a time ([live](live.md))"),
    ("messages sent again by hand", "by Admin only; each is a line of the trail"),
)

_GATEWAY: Final = """
## By API Gateway, for all callers together

Other reads are not counted: a write for each would cost five times what the read does. API Gateway's own
throttling costs nothing. It knows no callers, so these numbers are ceilings for the bill, and for what a
flood of one route takes from others; who floods a route slows it down for all. It answers 429 with
`Retry-After: 5`. By address a rate-based rule of AWS WAF can do it, for some dollars a month; it is not
in the template.

The callback has a larger bucket of its own, so that no flood elsewhere keeps Safaricom out; a stranger's
request costs no more there than a look at the token, without DynamoDB. What is lost all the same M-Pesa is
asked for ([payments](payments.md)). A ticket's public link is checked before anything is read, and cannot be
guessed (128 bits); what is left is the drawing.

"""

_HOUR: Final = 3600
_SPANS: Final = {60: "minute", _HOUR: "hour", 4 * _HOUR: "4 hours", 24 * _HOUR: "day"}


def page() -> str:
    """The page's text."""
    head = ("limit", "how many", "in", "for each", "of what", "on", "told")
    counted = _table(head, map(_limit, LIMITS))
    elsewhere = _table(("what", "how often"), _ELSEWHERE)
    throttled = _table(("method", "a second", "at once"), map(_throttle, THROTTLES))
    return f"{_HEAD}\n{counted}{_BESIDES}{elsewhere}{_GATEWAY}{throttled}"


def _limit(limit: Limit) -> tuple[str, ...]:
    on = ", ".join(f"`{what}`" for what in limit.where) or "sending"
    how = (f"`{limit.name}`", f"{limit.most:,}", _SPANS[limit.seconds])
    return (*how, limit.by, limit.what, on, limit.told or "–")


def _throttle(throttle: Throttle) -> tuple[str, ...]:
    what = "each other one" if throttle.what == ALL_METHODS else f"`{throttle.what}`"
    return what, f"{throttle.a_second:,}", f"{throttle.at_once:,}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
