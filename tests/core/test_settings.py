import pytest

from chalicelib.core.settings import LOCAL_SECRETS, SettingsError, load

DEPLOYED = {
    "STAGE": "prod",
    "PUBLIC_URL": "https://tiketi.example.com/",
    "ALLOWED_ORIGINS": "https://tiketi.example.com",
    "CREDENTIAL_ORIGINS": "https://tiketi.example.com",
    "JWT_KEYS": "a:" + "x" * 32,
    "CALLBACK_KEY": "c" * 32,
    "CURSOR_KEY": "d" * 32,
    "TICKET_KEYS": "1:" + "ab" * 32,
    "DARAJA_BASE_URL": "https://api.safaricom.co.ke",
    "DARAJA_SHORTCODE": "600000",
    "DARAJA_PASSKEY": "p",
    "DARAJA_CONSUMER_KEY": "k",
    "DARAJA_CONSUMER_SECRET": "s",
    "MAIL_FROM": "Tiketi Tamasha <tickets@example.com>",
}


def test_local_development_needs_nothing_but_its_stage():
    settings = load({"STAGE": "local"})

    assert settings.is_local
    assert settings.hold_seconds == 300


def test_a_deployment_with_everything_set_starts():
    settings = load(DEPLOYED)

    assert settings.public_url == "https://tiketi.example.com"
    assert settings.jwt_keys == {"a": "x" * 32}
    assert settings.daraja_party_b == "600000"


def test_without_a_stage_nothing_starts():
    with pytest.raises(SettingsError, match="STAGE"):
        load({})


@pytest.mark.parametrize("name", sorted(DEPLOYED.keys() - {"STAGE"}))
def test_a_missing_setting_stops_a_deployment_and_is_named(name):
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        load({**DEPLOYED, name: ""})


@pytest.mark.parametrize("name", sorted(LOCAL_SECRETS.keys() - {"DARAJA_SHORTCODE"}))
def test_a_local_secret_stops_a_deployment_and_is_named(name):
    with pytest.raises(SettingsError, match=f"{name} still has its local development value"):
        load({**DEPLOYED, name: LOCAL_SECRETS[name]})


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(SettingsError) as error:
        load({"STAGE": "dev"})

    assert all(name in str(error.value) for name in LOCAL_SECRETS)


def test_no_secret_is_in_the_error_or_the_settings_text():
    with pytest.raises(SettingsError) as error:
        load({**DEPLOYED, "JWT_KEYS": "a:short-and-secret"})

    assert "short-and-secret" not in str(error.value)
    assert "xxxx" not in repr(load(DEPLOYED))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PUBLIC_URL": "https://abc.execute-api.eu-west-1.amazonaws.com"}, "PUBLIC_URL contains exe"),
        ({"PUBLIC_URL": "https://MPESA.example.com"}, "PUBLIC_URL contains mpesa"),
        ({"PUBLIC_URL": "http://tiketi.example.com"}, "PUBLIC_URL must start with https"),
        ({"HOLD_SECONDS": "200"}, "HOLD_SECONDS must be at least"),
        ({"HOLD_SECONDS": "soon"}, "HOLD_SECONDS must be a whole number"),
        ({"PLATFORM_FEE_BPS": "10001"}, "PLATFORM_FEE_BPS must be a whole number from 0 to 10000"),
        ({"MPESA_TARIFF": "100:0,500"}, "MPESA_TARIFF must be like"),
        ({"MPESA_TARIFF": "100:0,5000:34"}, "MPESA_TARIFF must be like .* up to MAX_AMOUNT_KES"),
        ({"SITE_KEY": "short"}, "SITE_KEY must have at least 32"),
        ({"LIMITS_FACTOR": "2"}, "LIMITS_FACTOR is for local loads only"),
        ({"MAX_TICKETS": "51"}, "MAX_TICKETS must be a whole number from 1 to 50"),
        ({"TICKET_KEYS": "1:abc"}, "TICKET_KEYS must hold 64 hex digits"),
        ({"JWT_KEYS": "no-name"}, "JWT_KEYS must look like"),
        ({"CALLBACK_KEY": "short"}, "CALLBACK_KEY must have at least 32"),
        ({"CURSOR_KEY": "c" * 32}, "CURSOR_KEY must hold another secret than CALLBACK_KEY"),
        ({"JWT_KEYS": "new:" + "y" * 32 + ",b:" + "d" * 32}, "CURSOR_KEY must hold another secret than JWT"),
        ({"JWT_KEYS": "a:" + "ab" * 32}, "TICKET_KEYS must hold another secret than JWT_KEYS"),
        ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS must be origins"),
        ({"CREDENTIAL_ORIGINS": "https://a.example.com,null"}, "CREDENTIAL_ORIGINS must be origins"),
        ({"CREDENTIAL_ORIGINS": "http://a.example.com"}, "CREDENTIAL_ORIGINS must be origins"),
        ({"ALLOWED_ORIGINS": "https://a.example.com/"}, "ALLOWED_ORIGINS must be origins"),
        ({"ALLOWED_ORIGINS": "https://a.example.com@evil.test"}, "ALLOWED_ORIGINS must be origins"),
        ({"DARAJA_BASE_URL": "http://api.safaricom.co.ke"}, "DARAJA_BASE_URL must start with https"),
        ({"DARAJA_BASE_URL": "http://localhost@evil.test"}, "DARAJA_BASE_URL must start with https"),
        ({"DARAJA_TRANSACTION_TYPE": "Gift"}, "DARAJA_TRANSACTION_TYPE must be"),
        ({"MAIL_FROM": "Tiketi Tamasha"}, "MAIL_FROM must be an address"),
        ({"MAIL_FROM": "Tikéti <tickets@example.com>"}, "MAIL_FROM must be an address"),
        ({"SMS_API_KEY": "k"}, "SMS_API_KEY and SMS_USERNAME belong together"),
        ({"SMS_USERNAME": "tiketi"}, "SMS_API_KEY and SMS_USERNAME belong together"),
        ({"SMS_BASE_URL": "http://sms.example.com"}, "SMS_BASE_URL must start with https"),
    ],
)
def test_a_setting_that_cannot_work_stops_a_deployment(wrong, named):
    with pytest.raises(SettingsError, match=named):
        load({**DEPLOYED, **wrong})


@pytest.mark.parametrize(
    "right",
    [
        {"ALLOWED_ORIGINS": "https://tickets.example.com:8443,http://localhost:3000"},
        {"DARAJA_BASE_URL": "http://127.0.0.1:8001"},
        {"JWT_KEYS": "a:" + "x" * 32 + ",b:" + "x" * 32},
    ],
)
def test_a_setting_that_works_does_not(right):
    assert load({**DEPLOYED, **right})


def test_locally_a_hold_may_be_as_short_as_wanted():
    assert load({"STAGE": "local", "HOLD_SECONDS": "1"}).hold_seconds == 1
