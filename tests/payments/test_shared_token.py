"""The one access token that all containers share."""

import pytest
from pynamodb.exceptions import GetError

from chalicelib.core.dynamo import StillColliding
from chalicelib.core.shared import Shared
from chalicelib.payments import shared_token
from chalicelib.payments.daraja.access import AccessToken, NoAccess
from chalicelib.payments.shared_token import SharedToken


class Oauth:
    """M-Pesa's OAuth: numbered tokens, or none while it is down."""

    def __init__(self) -> None:
        self.fetched = 0
        self.down = False

    def __call__(self) -> AccessToken:
        if self.down:
            raise NoAccess("down")
        self.fetched += 1
        return AccessToken(f"token-{self.fetched}", 3599)


def test_a_container_fetches_once_and_others_share(store, clock):
    oauth = Oauth()
    one, other = SharedToken(oauth, clock), SharedToken(oauth, clock)

    assert one.token() == one.token() == other.token() == "token-1"
    assert oauth.fetched == 1


def test_a_token_is_replaced_a_minute_before_it_ends(store, clock):
    oauth = Oauth()
    tokens = SharedToken(oauth, clock)
    tokens.token()

    clock.passes(seconds=3538)
    assert tokens.token() == "token-1"
    clock.passes(seconds=2)
    assert tokens.token() == "token-2"


def test_a_refused_token_is_renewed_by_one_and_taken_over_by_others(store, clock):
    oauth = Oauth()
    one, other = SharedToken(oauth, clock), SharedToken(oauth, clock)
    one.token()
    other.token()

    assert one.renewed("token-1") == "token-2"
    assert other.renewed("token-1") == "token-2"
    assert oauth.fetched == 2


def test_while_another_container_fetches_nobody_else_does(store, clock, monkeypatch):
    monkeypatch.setattr(shared_token, "_WAIT_SECONDS", 0.0)
    Shared("mpesa-token").update(actions=[Shared.claimed_until.set(clock().timestamp() + 20)])
    oauth = Oauth()

    with pytest.raises(NoAccess):
        SharedToken(oauth, clock).token()
    assert oauth.fetched == 0

    clock.passes(seconds=21)  # whoever claimed it has died
    assert SharedToken(oauth, clock).token() == "token-1"


def test_of_two_that_see_the_claim_free_one_fetches(store, clock, monkeypatch):
    monkeypatch.setattr(shared_token, "_WAIT_SECONDS", 0.0)
    oauth, update = Oauth(), shared_token.update

    def second(item, actions, condition):
        Shared("mpesa-token").update(actions=[Shared.claimed_until.set(clock().timestamp() + 9)])
        update(item, actions, condition)

    monkeypatch.setattr(shared_token, "update", second)

    with pytest.raises(NoAccess):
        SharedToken(oauth, clock).token()
    assert oauth.fetched == 0


def test_a_failed_fetch_frees_the_claim(store, clock):
    oauth = Oauth()
    oauth.down = True
    with pytest.raises(NoAccess):
        SharedToken(oauth, clock).token()

    oauth.down = False

    assert SharedToken(oauth, clock).token() == "token-1"


def test_a_claim_whose_answer_was_lost_is_ours(store, clock, monkeypatch):
    """botocore asks again when no answer comes, and then the condition fails by our own claim."""
    update = shared_token.update

    def unheard(item, actions, condition):
        monkeypatch.setattr(shared_token, "update", update)
        update(item, actions, condition)
        update(item, actions, condition)

    monkeypatch.setattr(shared_token, "update", unheard)
    monkeypatch.setattr(shared_token, "_WAIT_SECONDS", 0.0)

    assert SharedToken(Oauth(), clock).token() == "token-1"


@pytest.mark.parametrize("error", [StillColliding(), GetError("throttled")], ids=["busy", "failed"])
def test_where_the_shared_token_cannot_be_read_nothing_was_sent(store, clock, monkeypatch, error):
    def failing():
        raise error

    monkeypatch.setattr(shared_token, "_kept", failing)

    with pytest.raises(NoAccess):
        SharedToken(Oauth(), clock).token()


def test_a_token_that_cannot_be_kept_for_others_is_good_all_the_same(store, clock, monkeypatch):
    oauth, update = Oauth(), shared_token.update

    def only_the_claim(item, actions, condition):
        if oauth.fetched:
            raise StillColliding
        update(item, actions, condition)

    monkeypatch.setattr(shared_token, "update", only_the_claim)
    one = SharedToken(oauth, clock)
    assert one.token() == "token-1"

    monkeypatch.setattr(shared_token, "update", update)
    clock.passes(seconds=11)
    assert one.token() == "token-1"
    assert SharedToken(oauth, clock).token() == "token-2"
