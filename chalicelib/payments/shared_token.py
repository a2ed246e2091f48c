"""M-Pesa's access token, shared by all containers through one DynamoDB item."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import requests
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from requests.adapters import HTTPAdapter

from chalicelib.core import clock
from chalicelib.core.clock import Clock
from chalicelib.core.dynamo import ConditionFailed, StillColliding, update
from chalicelib.core.settings import Settings
from chalicelib.core.shared import Shared
from chalicelib.payments.daraja import access
from chalicelib.payments.daraja.access import MARGIN_SECONDS, AccessToken, NoAccess
from chalicelib.payments.daraja.client import Account, Mpesa

_ITEM: Final = "mpesa-token"
#: How long one container may take to fetch a token before another tries: its time-outs, 9 s in all. If it
#: dies meanwhile nobody can push for so long.
_CLAIM_SECONDS: Final = 10
_WAIT_SECONDS: Final = 5.0
_LOOK_EVERY_SECONDS: Final = 0.1


def make_mpesa(settings: Settings) -> Mpesa:
    """The M-Pesa client that the settings describe."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=50, max_retries=0))  # a push is never sent again

    def fetch() -> AccessToken:
        return access.fetch(
            session,
            settings.daraja_base_url,
            settings.daraja_consumer_key,
            settings.daraja_consumer_secret,
        )

    account = Account(
        base_url=settings.daraja_base_url,
        shortcode=settings.daraja_shortcode,
        party_b=settings.daraja_party_b,
        transaction_type=settings.daraja_transaction_type,
        passkey=settings.daraja_passkey,
        initiator=settings.daraja_initiator,
        security_credential=settings.daraja_security_credential,
    )
    return Mpesa(account, SharedToken(fetch), session, clock.now)


class SharedToken:
    """Keeps the token in memory and in DynamoDB; one container at a time fetches a new one.

    A warm container needs no round trip. Each new token ends the one before, so two containers that each
    fetched their own would keep ending each other's.
    """

    def __init__(self, fetch: Callable[[], AccessToken], now: Clock = clock.now) -> None:
        self._fetch = fetch
        self._now = now
        self._text = ""
        self._until = 0.0

    def token(self) -> str:
        """The present token.

        Raises:
            NoAccess: none is to be had.
        """
        return self._text if self._now().timestamp() < self._until else self._shared_or_new(bad=None)

    def renewed(self, bad: str) -> str:
        """Another token than `bad`, which M-Pesa has refused.

        Raises:
            NoAccess: none is to be had.
        """
        return self._shared_or_new(bad)

    def _shared_or_new(self, bad: str | None) -> str:
        try:
            return self._look_or_fetch(bad)
        except (PynamoDBException, StillColliding) as error:  # nothing was sent: whoever asked must know
            raise NoAccess(f"the shared access token: {type(error).__name__}") from error

    def _look_or_fetch(self, bad: str | None) -> str:
        give_up_at = time.monotonic() + _WAIT_SECONDS
        while True:
            kept = _kept()
            if kept and kept.text and kept.text != bad and self._lasts(kept):
                return self._remember(kept.text, float(kept.until or 0))
            if not self._is_claimed(kept) and (claimed_until := self._claim(kept)):
                return self._fetch_and_keep(claimed_until)
            if time.monotonic() > give_up_at:
                raise NoAccess("another container is fetching an access token and has not finished")
            time.sleep(_LOOK_EVERY_SECONDS)

    def _lasts(self, kept: Shared) -> bool:
        return float(kept.until or 0) > self._now().timestamp()

    def _is_claimed(self, kept: Shared | None) -> bool:
        return kept is not None and float(kept.claimed_until or 0) > self._now().timestamp()

    def _claim(self, kept: Shared | None) -> float | None:
        """Until when it is on us to fetch, if the claim is free and the token still the one we looked at."""
        now = self._now().timestamp()
        free = Shared.claimed_until.does_not_exist() | (Shared.claimed_until <= now)
        seen = Shared.text == kept.text if kept and kept.text is not None else Shared.text.does_not_exist()
        claimed_until = now + _CLAIM_SECONDS
        try:
            update(Shared(_ITEM), [Shared.claimed_until.set(claimed_until)], free & seen)
        except ConditionFailed:
            # Somebody was quicker; or it was written, its answer was lost, and it was tried again.
            there = _kept()
            return claimed_until if there and there.claimed_until == claimed_until else None
        return claimed_until

    def _fetch_and_keep(self, claimed_until: float) -> str:
        # Written only while the claim is ours: after it, somebody else's newer token may stand there.
        ours = Shared.claimed_until == claimed_until
        try:
            token = self._fetch()
        except NoAccess:
            self._keep([Shared.claimed_until.remove()], ours)
            raise
        until = _lasts_until(token, self._now())
        self._keep(
            [Shared.text.set(token.text), Shared.until.set(until), Shared.claimed_until.remove()], ours
        )
        return self._remember(token.text, until)

    def _keep(self, actions: list[Action], ours: Condition) -> None:
        """Tell the others, if it can be had: a token is as good if they do not know of it."""
        with suppress(ConditionFailed, StillColliding, PynamoDBException):
            update(Shared(_ITEM), actions, ours)

    def _remember(self, text: str, until: float) -> str:
        self._text, self._until = text, until
        return text


def _lasts_until(token: AccessToken, now: datetime) -> float:
    return now.timestamp() + max(1, token.seconds - MARGIN_SECONDS)


def _kept() -> Shared | None:
    try:
        return Shared.get(_ITEM, consistent_read=True)
    except Shared.DoesNotExist:
        return None
