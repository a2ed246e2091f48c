"""Settings of a deployment, in Parameter Store (moto)."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.session import Session
from moto import mock_aws

from chalicelib.core import parameters, settings, stage
from chalicelib.core.settings import SettingsError
from tests.core.test_settings import DEPLOYED

SETTINGS = {name: value for name, value in DEPLOYED.items() if name != "STAGE"}


class Store:
    """Parameter Store, and how often it was asked."""

    def __init__(self) -> None:
        self.ssm = boto3.client("ssm")
        self.asked = 0

    def holds(self, values: dict[str, str], stage: str = "prod") -> None:
        for name, value in values.items():
            self.ssm.put_parameter(Name=f"/tiketi/{stage}/{name}", Value=value, Type="SecureString")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty one, for a process on stage prod."""
    monkeypatch.setenv("STAGE", "prod")
    with mock_aws():
        store = Store()
        real = Session.create_client

        def counted(self, *args, **options):
            client = real(self, *args, **options)
            if args[0] == "ssm":
                client.meta.events.register("before-call.ssm.GetParametersByPath", ask)
            return client

        def ask(**_):
            store.asked += 1

        monkeypatch.setattr(Session, "create_client", counted)
        settings.settings.cache_clear()
        yield store
        settings.settings.cache_clear()


def test_a_deployment_reads_its_settings_from_its_path_decrypted(store):
    store.holds(SETTINGS)
    store.holds({"PUBLIC_URL": "https://other.example.com"}, stage="dev")

    found = settings.settings()

    assert found.public_url == "https://tiketi.example.com"
    assert found.jwt_keys == {"a": "x" * 32}


def test_all_pages_are_read_once_in_a_container(store):
    store.holds(SETTINGS)  # 12, and a page holds 10

    assert settings.settings() is settings.settings()
    assert len(SETTINGS) > 10
    assert store.asked == 2


def test_what_is_set_for_the_function_wins_and_an_empty_value_does_not(store, monkeypatch):
    store.holds(SETTINGS | {"MAX_TICKETS": "4", "JWT_SECONDS": "600"})
    monkeypatch.setenv("MAX_TICKETS", "6")
    monkeypatch.setenv("JWT_SECONDS", "")

    assert settings.settings().max_tickets == 6
    assert settings.settings().jwt_seconds == 600


def test_a_missing_parameter_stops_the_start_and_is_named(store):
    store.holds({name: value for name, value in SETTINGS.items() if name != "CALLBACK_KEY"})

    with pytest.raises(SettingsError, match=r"start\. CALLBACK_KEY is not set\.$"):
        settings.start()


def test_a_forbidden_word_stops_the_start_and_no_secret_is_shown(store):
    store.holds(SETTINGS | {"PUBLIC_URL": "https://abc.execute-api.eu-west-1.amazonaws.com"})

    with pytest.raises(SettingsError, match="PUBLIC_URL contains exe") as error:
        settings.start()

    assert not [name for name, value in SETTINGS.items() if len(value) > 30 and value in str(error.value)]


def test_a_store_that_cannot_be_read_stops_the_start(store, monkeypatch):
    def refuse(**_):
        raise store.ssm.exceptions.ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "arn:aws:iam::1"}}, "GetParametersByPath"
        )

    monkeypatch.setattr(Session, "create_client", lambda *_, **__: _Refusing(refuse))

    with pytest.raises(SettingsError, match="/tiketi/prod in Parameter Store cannot be read: AccessDenied"):
        settings.start()


def test_a_store_that_does_not_answer_stops_the_start(store, monkeypatch):
    def hang(**_):
        raise ConnectTimeoutError(endpoint_url="https://ssm.example")

    monkeypatch.setattr(Session, "create_client", lambda *_, **__: _Refusing(hang))

    with pytest.raises(SettingsError, match="cannot be read: ConnectTimeoutError"):
        settings.start()


class _Refusing:
    def __init__(self, refuse):
        self.paginate = refuse

    def get_paginator(self, _):
        return self


def test_while_packaging_no_setting_is_needed_but_the_stage(store, monkeypatch):
    monkeypatch.setenv("AWS_CHALICE_CLI_MODE", "true")

    settings.start()

    assert store.asked == 0
    assert stage.named("payments") == "tiketi-prod-payments"


def test_locally_nobody_asks_parameter_store(store, monkeypatch):
    monkeypatch.setenv("STAGE", "local")

    assert settings.settings().is_local
    assert store.asked == 0


def test_the_time_limits_are_short():
    assert parameters._CONFIG.connect_timeout == 2
    assert parameters._CONFIG.read_timeout == 3
