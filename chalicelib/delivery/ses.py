"""E-mail by Amazon SES: one call of `SendEmail` with the whole message, and no tries of botocore's own.

Sources: "SendEmail", Amazon SES API v2 Reference (its errors); "Amazon SES email sending errors", Amazon SES
Developer Guide (an error answer means that nothing was sent). A 5xx is not taken for such an answer.
"""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
from botocore.session import get_session

from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.settings import settings
from chalicelib.delivery import mime
from chalicelib.delivery.outcomes import Outcome, Refused, Sent, Unknown

if TYPE_CHECKING:
    from chalicelib.delivery.letter import Letter

#: It did not come to sending: nobody was there, or we had nothing to send with.
_NOT_SENT: Final = (
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
)
#: What SES says of this very message, which it would say again: its address or content is wrong.
_FOR_GOOD: Final = ("MessageRejected", "BadRequestException")
#: With this it is the identity that mail comes from, or the sandbox: ours to mend, and then all of it goes.
_NOT_VERIFIED: Final = "not verified"
# Seconds. A second try after a lost answer would be a second e-mail, so there is none.
_CONFIG: Final = Config(connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 1})


def send(letter: "Letter", message: OutboxMessage, at: datetime) -> Outcome:
    """Send the e-mail of a letter."""
    sender = settings().mail_from
    content = {"Raw": {"Data": mime.raw(letter, sender, message.id, at)}}
    to = {"ToAddresses": [letter.email]}
    try:
        answer = _client().send_email(FromEmailAddress=sender, Destination=to, Content=content)
    except ClientError as error:
        return _answered(error)
    except _NOT_SENT as error:
        return Refused(type(error).__name__)
    except BotoCoreError as error:
        return Unknown(type(error).__name__)
    finally:
        _client().close()  # one that was kept may be dead by the next message, and that would be "unknown"
    return Sent(answer["MessageId"]) if answer.get("MessageId") else Unknown("no_message_id")


def _answered(error: ClientError) -> Outcome:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if 400 <= status < 500:
        is_ours = _NOT_VERIFIED in error.response["Error"].get("Message", "")
        return Refused(code, for_good=code in _FOR_GOOD and not is_ours)
    return Unknown(f"HTTP {status}")


@cache
def _client() -> Any:
    return cast(Any, get_session().create_client("sesv2", config=_CONFIG))
