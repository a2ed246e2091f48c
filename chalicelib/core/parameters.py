"""Settings of a deployment, kept in SSM's Parameter Store as `/tiketi/<stage>/<SETTING>`."""

from typing import Any, Final, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from chalicelib.core.stage import SettingsError

# A container reads them once, before its first answer: better to fail and start again than to hang.
_CONFIG: Final = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 3})


def path_of(stage: str) -> str:
    """Where the parameters of a stage are; that of a setting is below: `/tiketi/prod/PUBLIC_URL`."""
    return f"/tiketi/{stage}"


def read(stage: str) -> dict[str, str]:
    """Every parameter of a stage, decrypted, by the setting's name; a round trip for each ten of them.

    Raises:
        SettingsError: Parameter Store could not be read.
    """
    path = path_of(stage)
    client = cast(Any, get_session().create_client("ssm", config=_CONFIG))
    try:
        pages = client.get_paginator("get_parameters_by_path").paginate(Path=path, WithDecryption=True)
        found = [parameter for page in pages for parameter in page["Parameters"]]
    except ClientError as error:
        raise SettingsError(_unreadable(path, error.response["Error"]["Code"])) from None
    except BotoCoreError as error:
        raise SettingsError(_unreadable(path, type(error).__name__)) from None
    return {parameter["Name"].rpartition("/")[2]: parameter["Value"] for parameter in found}


def _unreadable(path: str, why: str) -> str:
    return f"The app cannot start. The settings under {path} in Parameter Store cannot be read: {why}."
