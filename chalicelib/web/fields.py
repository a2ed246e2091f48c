"""Request fields: how bodies and parameters are read, and what people are told about wrong ones."""

import json
from os import environ
from typing import Annotated, Any, Final, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from chalicelib.core.problems import BadRequest, Invalid, NotFound, Problem
from chalicelib.web import unseen

MAX_BODY: Final = 64 * 1024

# Nobody's plugins are installed, and to look for some pydantic reads what every package says of itself.
environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class Schema(BaseModel):
    """What comes in or goes out. A container builds the validators of those that it meets, when it does."""

    model_config = ConfigDict(defer_build=True)


Model = TypeVar("Model", bound=BaseModel)


class TooLarge(Problem):
    """The body is larger than any honest request."""

    code = "too_large"
    message = "The request is too large; 64 KB is the most."


class UnsupportedMediaType(Problem):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"
    message = "Send the body as application/json."


def _whole(value: Any) -> Any:
    """A whole number from a JSON number or a numeric string; a fraction is named as such."""
    if isinstance(value, bool):
        raise ValueError("Must be a whole number.")
    if not isinstance(value, (str, float)):
        return value
    whole, point, fraction = str(value).strip().partition(".")
    if fraction.strip("0").isdecimal():
        raise ValueError("Must be a whole number.")
    return whole if point and not fraction.strip("0") else value


#: A whole number that may come as `50`, `50.0` or `"50"`.
Whole = Annotated[int, BeforeValidator(_whole)]
#: The same, or nothing: `""` is None. Bounds go inside: `Annotated[Annotated[int, Field(ge=1)] | None, …]`.
BLANK_OR_WHOLE: Final = BeforeValidator(lambda value: None if value == "" else _whole(value))
#: `""`, what a form sends for a field that was left empty, is None.
BLANK_IS_NONE: Final = BeforeValidator(lambda value: None if value == "" else value)
#: The number of a role or category, or nothing.
MaybeNumber = Annotated[Annotated[int, Field(ge=1, le=1_000_000_000)] | None, BLANK_OR_WHOLE]


def _one_line(text: str) -> str:
    if not unseen.is_seen(text) or any(letter in "\t\n\r" for letter in text):
        raise ValueError("Must be one line of text without control characters or invisible ones.")
    return text


def seen(text: str) -> str:
    """The text, of one line or more, if all of it can be seen.

    Raises:
        ValueError: it holds control characters, marks that turn the writing direction, or invisible ones.
    """
    if not unseen.is_seen(text):
        raise ValueError("Must be text without control characters or invisible ones.")
    return text


#: Text of one line, trimmed, not empty.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)
]

#: What a person reads for pydantic's kinds of error.
_WORDS: Final = {
    "missing": "This field is required.",
    "int_parsing": "Must be a whole number.",
    "int_type": "Must be a whole number.",
    "int_from_float": "Must be a whole number.",
    "int_parsing_size": "Is far too large.",
    "bool_parsing": "Must be true or false.",
    "string_type": "Must be text.",
    "string_too_short": "Is too short; the least number of characters is {min_length}.",
    "string_too_long": "Is too long; the most characters are {max_length}.",
    "greater_than": "Must be more than {gt}.",
    "greater_than_equal": "Must be at least {ge}.",
    "less_than": "Must be less than {lt}.",
    "less_than_equal": "Must be at most {le}.",
    "list_type": "Must be a list.",
    "dict_type": "Must be an object.",
    "model_type": "Must be an object.",
    "too_short": "Must have at least {min_length}.",
    "too_long": "Must have at most {max_length}.",
    "literal_error": "Must be {expected}.",
}


def example(**fields: Any) -> ConfigDict:
    """A model's `model_config`, with what a body may look like for `/docs`."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


def number_in_path(text: str) -> int:
    """The number that a path variable spells.

    Raises:
        NotFound: it spells none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise NotFound
    return int(text)


def parse_json(body: bytes, content_type: str) -> Any:
    """The JSON data of a body; `{}` for an empty one.

    Raises:
        TooLarge, UnsupportedMediaType, BadRequest: by what is wrong with it as a whole.
    """
    if len(body) > MAX_BODY:
        raise TooLarge
    if not body.strip():
        return {}
    if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    try:
        text = body.decode("utf-8")
        data = json.loads(text, parse_constant=_not_json, object_pairs_hook=_each_once)
        json.dumps(data, ensure_ascii=False).encode()  # half a character, "\\ud800", can be kept nowhere
        return data
    except (ValueError, RecursionError):
        raise BadRequest from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; one that says a thing twice may mean another thing to whoever looked at it before us."""
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("a name stands twice")
    return said


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def read(model: type[Model], data: Any) -> Model:
    """The model that the data describe.

    Raises:
        BadRequest: the data are no object.
        Invalid: naming every field that is wrong.
    """
    if not isinstance(data, dict):
        raise BadRequest("Send one JSON object.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Invalid(fields=_by_field(error)) from None


def _by_field(error: ValidationError) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for item in error.errors(include_url=False):
        parts = [str(part) for part in item["loc"] if part != "[key]"]
        if len(parts) > 1 and isinstance(
            item["loc"][-1], int
        ):  # one of a list of words: the field is the list
            parts = parts[:-1]
        name = ".".join(parts) or "body"
        context = item.get("ctx", {})
        words = _WORDS.get(item["type"], item["msg"].removeprefix("Value error, "))
        wrong.setdefault(name, words.format(**context) if item["type"] in _WORDS else words)
    return wrong
