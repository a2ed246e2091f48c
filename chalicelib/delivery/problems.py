"""What somebody who wants a message sent can be told no about."""

from chalicelib.core.problems import Conflict, Problem


class NoTickets(Conflict):
    """There is nothing to send."""

    message = "This payment has no valid tickets, so there are none to send; GET /payments/{id} says why."


class AskedTooOften(Problem):
    """They were sent a moment ago, or too often today."""

    code = "rate_limited"
    message = "These tickets were sent just now or often enough today; look into your mail, or wait a while."


class NotInTrouble(Conflict):
    """The message is on its way, or has arrived where it goes."""

    message = "This message waits, is being sent, or was sent; only one that failed or is unknown is resent."
