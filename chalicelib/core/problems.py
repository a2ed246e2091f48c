"""The base of every error that a caller is told about."""

from typing import Any, ClassVar


class Problem(Exception):
    """A refusal with a code for programs and a sentence for people; `web/` turns it into HTTP.

    A subclass is named after the situation and sets `code` and `message`.

    Args:
        message: one sentence that says what to do next; by default the class's own.
        fields: what is wrong, by field name, all of them at once.
        retry_after: seconds after which trying again makes sense.
        details: further members of the error body, such as `available`.
    """

    code: ClassVar[str] = "internal"
    message: str = "Something went wrong on our side; please try again."

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: dict[str, str] | None = None,
        retry_after: int | None = None,
        **details: Any,
    ) -> None:
        self.message = message or self.message
        self.fields = fields
        self.details = details
        self.headers: dict[str, str] = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(self.message)


class BadRequest(Problem):
    """The request cannot be read at all."""

    code = "bad_request"
    message = "The request could not be read; send JSON in UTF-8."


class Invalid(Problem):
    """One or more fields are wrong; nothing was changed."""

    code = "validation_error"
    message = "Some fields need another look."


class Unauthenticated(Problem):
    """Nobody is signed in, or the token no longer counts."""

    code = "unauthenticated"
    message = "Please log in and try again."


class Forbidden(Problem):
    """The caller may see this but not do it."""

    code = "forbidden"
    message = "Your account may not do this."


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    message = "There is nothing here; check the address."


class Conflict(Problem):
    """The present state does not allow it."""

    code = "conflict"
    message = "Somebody changed this at the same moment; please try again."


class TooOften(Problem):
    """One of the limits is reached (`limits.py`), whose own words it is told in."""

    code = "rate_limited"
    message = "That was too often; wait a while, and try again."


class Busy(Problem):
    """We, or somebody we depend on, cannot take more just now."""

    code = "busy"
    message = "There is a rush just now; please try again in a few seconds."

    def __init__(self, message: str | None = None, *, retry_after: int = 2, **details: Any) -> None:
        super().__init__(message, retry_after=retry_after, **details)
