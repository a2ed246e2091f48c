"""Settings, read once: from the environment, deployed from Parameter Store too. `.env.example` lists them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from os import environ
from typing import Final

from chalicelib.core import tariff
from chalicelib.core.stage import LOCAL, SettingsError, stage_of

__all__ = ["Settings", "SettingsError", "load", "settings", "start"]

#: Safaricom refuses callback URLs that contain one of these (docs/daraja.md).
FORBIDDEN_IN_URLS: Final = ("mpesa", "safaricom", "sql", "query", "cmd", "exe")

#: Secrets. These stand-ins serve local development only; anywhere else they stop the app at start.
LOCAL_SECRETS: Final = {
    "JWT_KEYS": "local:local-development-only-jwt-key-0001",
    "CALLBACK_KEY": "local-development-only-callback-key",
    "CURSOR_KEY": "local-development-only-cursor-key-01",
    "TICKET_KEYS": "1:" + "6c6f63616c2d6f6e6c792d7469636b65" * 2,
    "DARAJA_CONSUMER_KEY": "local-consumer-key",
    "DARAJA_CONSUMER_SECRET": "local-consumer-secret",
    "DARAJA_PASSKEY": "local-passkey",
    "DARAJA_SHORTCODE": "174379",
}

#: The same, but one may do without: then nothing is reversed, and refunds are recorded by hand.
LOCAL_OPTIONAL: Final = {
    "DARAJA_INITIATOR": "local-initiator",
    "DARAJA_SECURITY_CREDENTIAL": "local-security-credential",
}

#: What everything else is when the environment says nothing.
DEFAULTS: Final = {
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "ALLOWED_ORIGINS": "http://127.0.0.1:3000,http://localhost:3000",
    "CREDENTIAL_ORIGINS": "http://127.0.0.1:3000,http://localhost:3000",
    "JWT_SECONDS": "43200",
    "RESET_SECONDS": "3600",
    "HOLD_SECONDS": "300",
    "PROMPT_SECONDS": "90",
    "RECONCILE_SECONDS": "60",
    "MAX_TICKETS": "10",
    "MAX_AMOUNT_KES": "250000",
    "REFUND_APPROVAL_KES": "0",
    "PLATFORM_FEE_BPS": "0",
    "MPESA_TARIFF": "",
    "LIMITS_FACTOR": "1",
    "DARAJA_BASE_URL": "http://127.0.0.1:8001",
    "DARAJA_PARTY_B": "",
    "DARAJA_TRANSACTION_TYPE": "CustomerPayBillOnline",
    "DARAJA_CALLBACK_SOURCES": "",
    "DARAJA_PUSHES_PER_SECOND": "50",
    "SITE_KEY": "",
    "CALLBACK_ARCHIVE": "",
    "CONNECTIONS_URL": "",
    "DOCS_ASSETS": "",
    "MAIL_FOLDER": "",
    "MAIL_FROM": "Tiketi Tamasha <tickets@tiketi.test>",
    "SMS_API_KEY": "",
    "SMS_USERNAME": "",
    "SMS_SENDER": "",
    "SMS_BASE_URL": "https://api.africastalking.com",
}

#: Defaults that only make sense on one machine: deployed, these must be set too.
LOCAL_ONLY: Final = ("PUBLIC_URL", "ALLOWED_ORIGINS", "CREDENTIAL_ORIGINS", "DARAJA_BASE_URL", "MAIL_FROM")


@dataclass(frozen=True)
class Settings:
    """What the settings say. Durations are in seconds, money in whole KES."""

    stage: str
    public_url: str
    allowed_origins: tuple[str, ...]
    credential_origins: tuple[str, ...]
    jwt_keys: dict[str, str]
    jwt_seconds: int
    reset_seconds: int
    callback_key: str
    cursor_key: str
    ticket_keys: dict[str, str]
    hold_seconds: int
    prompt_seconds: int
    reconcile_seconds: int
    max_tickets: int
    max_amount: int
    refund_approval: int
    platform_fee_bps: int
    mpesa_tariff: str
    limits_factor: int
    daraja_base_url: str
    daraja_shortcode: str
    daraja_party_b: str
    daraja_transaction_type: str
    daraja_passkey: str
    daraja_consumer_key: str
    daraja_consumer_secret: str
    daraja_callback_sources: tuple[str, ...]
    daraja_pushes_per_second: int
    daraja_initiator: str
    daraja_security_credential: str
    site_key: str
    callback_archive: str
    connections_url: str
    docs_assets: str
    mail_folder: str
    mail_from: str
    sms_api_key: str
    sms_username: str
    sms_sender: str
    sms_base_url: str

    @property
    def is_local(self) -> bool:
        """Whether this is one developer's machine rather than a deployment."""
        return self.stage == LOCAL

    def __repr__(self) -> str:
        return f"Settings(stage={self.stage!r})"  # the rest holds secrets


@cache
def settings() -> Settings:
    """The settings of this process.

    Deployed, they are read from Parameter Store at the first call, so once in a container; what is set for
    the function itself wins.

    Raises:
        SettingsError: they do not allow a start.
    """
    stage = stage_of(environ)
    if stage == LOCAL:
        return load(environ)
    from chalicelib.core import parameters  # here, since it brings botocore

    return load(parameters.read(stage) | {name: value for name, value in environ.items() if value})


def start() -> None:
    """Stop the start here if a setting is wrong or missing.

    `chalice package` imports the app where no secrets are, to learn its routes and handlers; Chalice sets
    this variable then, and in no container.

    Raises:
        SettingsError: naming each setting that is wrong.
    """
    if "AWS_CHALICE_CLI_MODE" not in environ:
        settings()


def load(env: Mapping[str, str]) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: naming every setting that is missing, default where it must not be, or out of range.
    """
    stage = stage_of(env)
    wrong: list[str] = []
    text = _texts(env, local=stage == LOCAL, wrong=wrong)
    number = {name: _number(name, text[name], wrong) for name in _NUMBERS}
    if not wrong:
        wrong += _contradictions(stage, text, number)
        if text["MPESA_TARIFF"]:
            wrong += tariff.complaints(text["MPESA_TARIFF"], number["MAX_AMOUNT_KES"])
    if wrong:
        raise SettingsError("The app cannot start. " + " ".join(wrong))
    return Settings(
        stage=stage,
        public_url=text["PUBLIC_URL"].rstrip("/"),
        allowed_origins=_several(text["ALLOWED_ORIGINS"]),
        credential_origins=_several(text["CREDENTIAL_ORIGINS"]),
        jwt_keys=_keys(text["JWT_KEYS"]),
        jwt_seconds=number["JWT_SECONDS"],
        reset_seconds=number["RESET_SECONDS"],
        callback_key=text["CALLBACK_KEY"],
        cursor_key=text["CURSOR_KEY"],
        ticket_keys=_keys(text["TICKET_KEYS"]),
        hold_seconds=number["HOLD_SECONDS"],
        prompt_seconds=number["PROMPT_SECONDS"],
        reconcile_seconds=number["RECONCILE_SECONDS"],
        max_tickets=number["MAX_TICKETS"],
        max_amount=number["MAX_AMOUNT_KES"],
        refund_approval=number["REFUND_APPROVAL_KES"],
        platform_fee_bps=number["PLATFORM_FEE_BPS"],
        mpesa_tariff=text["MPESA_TARIFF"],
        limits_factor=number["LIMITS_FACTOR"],
        daraja_base_url=text["DARAJA_BASE_URL"].rstrip("/"),
        daraja_shortcode=text["DARAJA_SHORTCODE"],
        daraja_party_b=text["DARAJA_PARTY_B"] or text["DARAJA_SHORTCODE"],
        daraja_transaction_type=text["DARAJA_TRANSACTION_TYPE"],
        daraja_passkey=text["DARAJA_PASSKEY"],
        daraja_consumer_key=text["DARAJA_CONSUMER_KEY"],
        daraja_consumer_secret=text["DARAJA_CONSUMER_SECRET"],
        daraja_callback_sources=_several(text["DARAJA_CALLBACK_SOURCES"]),
        daraja_pushes_per_second=number["DARAJA_PUSHES_PER_SECOND"],
        daraja_initiator=text["DARAJA_INITIATOR"],
        daraja_security_credential=text["DARAJA_SECURITY_CREDENTIAL"],
        site_key=text["SITE_KEY"],
        callback_archive=text["CALLBACK_ARCHIVE"],
        connections_url=text["CONNECTIONS_URL"],
        docs_assets=text["DOCS_ASSETS"].rstrip("/"),
        mail_folder=text["MAIL_FOLDER"],
        mail_from=text["MAIL_FROM"],
        sms_api_key=text["SMS_API_KEY"],
        sms_username=text["SMS_USERNAME"],
        sms_sender=text["SMS_SENDER"],
        sms_base_url=text["SMS_BASE_URL"].rstrip("/"),
    )


_NUMBERS: Final = {
    "JWT_SECONDS": (60, 30 * 86400),
    "RESET_SECONDS": (60, 86400),
    "HOLD_SECONDS": (1, 86400),
    "PROMPT_SECONDS": (1, 600),
    "RECONCILE_SECONDS": (1, 600),
    "MAX_TICKETS": (1, 50),  # above it a settlement would not fit one DynamoDB transaction
    "DARAJA_PUSHES_PER_SECOND": (1, 10_000),
    "PLATFORM_FEE_BPS": (0, 10_000),  # of 10,000: a hundredth of a per cent each
    "LIMITS_FACTOR": (1, 1_000_000),
    "REFUND_APPROVAL_KES": (0, 250_000),  # 0: nobody has to approve
    "MAX_AMOUNT_KES": (1, 250_000),  # M-Pesa's own limit for one transaction
}


def _texts(env: Mapping[str, str], *, local: bool, wrong: list[str]) -> dict[str, str]:
    optional = LOCAL_OPTIONAL if local else dict.fromkeys(LOCAL_OPTIONAL, "")
    defaults = {**DEFAULTS, **LOCAL_SECRETS, **optional}
    text = {name: env.get(name) or default for name, default in defaults.items()}
    if local:
        return text
    for name in (*LOCAL_SECRETS, *LOCAL_ONLY):
        if not env.get(name):
            wrong.append(f"{name} is not set.")
        elif text[name] == LOCAL_SECRETS.get(name) and name != "DARAJA_SHORTCODE":
            wrong.append(f"{name} still has its local development value.")
    return text


def _number(name: str, text: str, wrong: list[str]) -> int:
    low, high = _NUMBERS[name]
    if text.isdecimal() and low <= int(text) <= high:
        return int(text)
    wrong.append(f"{name} must be a whole number from {low} to {high}.")
    return low


def _contradictions(stage: str, text: Mapping[str, str], number: Mapping[str, int]) -> list[str]:
    wrong = [
        f"{name} must look like `name:secret` (several with commas, the first one signs)."
        for name in ("JWT_KEYS", "TICKET_KEYS")
        if not all(all(pair.partition(":")) for pair in _several(text[name])) or not text[name]
    ]
    if not all(re.fullmatch("[0-9a-fA-F]{64}", seed) for seed in _keys(text["TICKET_KEYS"]).values()):
        wrong.append("TICKET_KEYS must hold 64 hex digits for each key (an Ed25519 seed).")
    if text["DARAJA_TRANSACTION_TYPE"] not in ("CustomerPayBillOnline", "CustomerBuyGoodsOnline"):
        wrong.append("DARAJA_TRANSACTION_TYPE must be CustomerPayBillOnline or CustomerBuyGoodsOnline.")
    for one, other in (("DARAJA_INITIATOR", "DARAJA_SECURITY_CREDENTIAL"), ("SMS_API_KEY", "SMS_USERNAME")):
        if bool(text[one]) != bool(text[other]):
            wrong.append(f"{one} and {other} belong together: set both or none.")
    if found := [word for word in FORBIDDEN_IN_URLS if word in text["PUBLIC_URL"].lower()]:
        wrong.append(f"PUBLIC_URL contains {', '.join(found)}, which Safaricom refuses in callback URLs.")
    if "@" not in parseaddr(text["MAIL_FROM"])[1] or not text["MAIL_FROM"].isascii():  # as SES wants it
        wrong.append("MAIL_FROM must be an address such as Tiketi Tamasha <tickets@example.com>.")
    return wrong if stage == LOCAL else wrong + _contradictions_deployed(text, number)


def _contradictions_deployed(text: Mapping[str, str], number: Mapping[str, int]) -> list[str]:
    from chalicelib.core import deployed_rules  # here, since packaging and a developer's machine have none

    wrong = deployed_rules.complaints(text)
    # A hold must outlast the prompt and two rounds of asking M-Pesa, or seats are sold twice over.
    if number["HOLD_SECONDS"] < number["PROMPT_SECONDS"] + 2 * number["RECONCILE_SECONDS"]:
        wrong.append("HOLD_SECONDS must be at least PROMPT_SECONDS + 2 × RECONCILE_SECONDS.")
    return wrong


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _keys(text: str) -> dict[str, str]:
    pairs = (pair.partition(":") for pair in _several(text))
    return {name: secret for name, _, secret in pairs}
