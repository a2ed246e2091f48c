"""`make secrets` on Parameter Store in memory."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.core.settings import load
from devstack.deployment import Stopped, secrets

GIVEN = {
    "PUBLIC_URL": "https://api.tiketi.example.com",
    "ALLOWED_ORIGINS": "https://tiketi.example.com",
    "CREDENTIAL_ORIGINS": "https://tiketi.example.com",
    "MAIL_FROM": "Tiketi Tamasha <tickets@example.com>",
    "DARAJA_BASE_URL": "https://api.safaricom.co.ke",
    "DARAJA_SHORTCODE": "600123",
    "DARAJA_PASSKEY": "a-passkey-nobody-sees",
    "DARAJA_CONSUMER_KEY": "a-consumer-key-nobody-sees",
    "DARAJA_CONSUMER_SECRET": "a-consumer-secret-nobody-sees",
}


class Store:
    def __init__(self) -> None:
        self.ssm = boto3.client("ssm")

    def all(self, stage: str = "prod") -> dict[str, dict[str, str]]:
        pages = self.ssm.get_paginator("get_parameters_by_path").paginate(
            Path=f"/tiketi/{stage}", WithDecryption=True
        )
        return {it["Name"].rpartition("/")[2]: it for page in pages for it in page["Parameters"]}

    def values(self, stage: str = "prod") -> dict[str, str]:
        return {name: it["Value"] for name, it in self.all(stage).items()}


@pytest.fixture
def store() -> Iterator[Store]:
    with mock_aws():
        yield Store()


def test_keys_are_made_and_the_rest_is_taken_from_the_environment(store):
    secrets.complete("prod", GIVEN)

    values = store.values()
    assert {name: values[name] for name in GIVEN} == GIVEN
    assert load({**values, "STAGE": "prod"}).stage == "prod"
    assert {it["Type"] for it in store.all().values()} == {"SecureString"}
    assert len({values["CALLBACK_KEY"], values["CURSOR_KEY"], values["JWT_KEYS"]}) == 3


def test_two_stages_have_different_keys(store):
    secrets.complete("dev", GIVEN)
    secrets.complete("prod", GIVEN)

    dev, prod = store.values("dev"), store.values("prod")
    assert all(dev[name] != prod[name] for name in secrets.MADE)


def test_what_is_there_is_never_overwritten(store):
    secrets.complete("prod", GIVEN)
    before = store.values()

    lines = secrets.complete("prod", GIVEN | {"DARAJA_PASSKEY": "another"})

    assert store.values() == before
    assert all(line.endswith("was there, kept") for line in lines)


def test_a_setting_with_a_default_is_kept_only_if_given(store):
    secrets.complete("prod", GIVEN | {"MAX_TICKETS": "4"})

    assert store.values()["MAX_TICKETS"] == "4"
    assert "JWT_SECONDS" not in store.values()


def test_what_a_person_must_give_is_named_and_nothing_is_created(store):
    with pytest.raises(Stopped, match="DARAJA_CONSUMER_KEY, DARAJA_PASSKEY") as stopped:
        secrets.complete("prod", GIVEN | {"DARAJA_PASSKEY": "", "DARAJA_CONSUMER_KEY": " "})

    assert "DARAJA_SHORTCODE" not in str(stopped.value)
    assert store.values() == {}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PUBLIC_URL": "https://abc.execute-api.eu-west-1.amazonaws.com"}, "PUBLIC_URL contains exe"),
        ({"PUBLIC_URL": "http://tiketi.example.com"}, "PUBLIC_URL must start with https"),
        ({"DARAJA_PASSKEY": "local-passkey"}, "DARAJA_PASSKEY still has its local"),
        ({"HOLD_SECONDS": "60"}, "HOLD_SECONDS must be at least"),
    ],
)
def test_a_setting_that_cannot_work_is_named_and_nothing_is_created(store, wrong, named):
    with pytest.raises(Stopped, match=named):
        secrets.complete("prod", GIVEN | wrong)

    assert store.values() == {}


def test_nothing_secret_is_told(store):
    lines = "\n".join(secrets.complete("prod", GIVEN))

    assert not [name for name, value in store.values().items() if value in lines]
    assert "nobody-sees" not in lines


def test_stored_settings_are_checked_before_a_deployment(store):
    secrets.complete("prod", GIVEN)
    secrets.check_stored("prod")
    store.ssm.delete_parameter(Name="/tiketi/prod/TICKET_KEYS")

    with pytest.raises(Stopped, match="TICKET_KEYS is not set"):
        secrets.check_stored("prod")
