"""The ways that a message can go, as the settings say: SES, Africa's Talking, or a folder."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

from chalicelib.core.outbox import EMAIL, SMS, OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.delivery.letter import Letter
from chalicelib.delivery.outcomes import Outcome

#: Sends a letter, once and with no tries of its own, and says what became of it.
Way = Callable[[Letter, OutboxMessage, datetime], Outcome]
#: By channel; what is not there cannot be sent.
Ways = Mapping[str, Way]


def open_ways() -> Ways:
    """The ways of this process."""
    return _open()


def open_with(make: Callable[[], Ways] | None) -> None:
    """Replace how the ways are opened; None puts the real ones back. For tests."""
    global _open
    _open = make or _real


@cache
def _real() -> Ways:
    if settings().is_local and settings().mail_folder:
        from chalicelib.delivery import folder

        return {EMAIL: folder.leave_email, SMS: folder.leave_sms}
    from chalicelib.delivery import ses

    found: dict[str, Way] = {EMAIL: ses.send}
    if settings().sms_api_key:
        from chalicelib.delivery import africas_talking

        found[SMS] = africas_talking.send
    return found


_open: Callable[[], Ways] = _real
