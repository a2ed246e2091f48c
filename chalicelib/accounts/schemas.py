"""What comes in and goes out about people."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    StringConstraints,
    field_validator,
)
from pydantic_core.core_schema import ValidationInfo

from chalicelib.accounts import permissions
from chalicelib.accounts.models import Role, User
from chalicelib.core.phones import Phone
from chalicelib.web.fields import BLANK_IS_NONE, Line, MaybeNumber, Schema, Whole, example

#: Before the @ stands only what needs no quoting there (RFC 5322, 3.2.3): no mail goes to anything else.
_EMAIL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def _email(value: Any) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise ValueError("Must be an e-mail address such as amina@example.com.")
    return text


Email = Annotated[str, BeforeValidator(_email)]
#: The front end's name for the plain password is `_password_hash`.
_PASSWORD: Final = AliasChoices("_password_hash", "password")


Name = Annotated[Line, StringConstraints(max_length=64)]
#: What messages are written in: English or Swahili; nothing said is None.
MaybeLanguage = Annotated[Literal["en", "sw"] | None, BLANK_IS_NONE]
Password = Annotated[str, StringConstraints(min_length=8, max_length=256)]


def _repeats(value: str | None, info: ValidationInfo) -> str | None:
    if value is not None and value != (info.data.get("password", value) or ""):
        raise ValueError("Must be the same as the password.")
    return value


#: The password once more, where a form sends it; stands after `password` in a model.
Repeated = Annotated[str | None, AfterValidator(_repeats)]
_REPEATED: Final = "confirmPassword"


class Account(Schema):
    """Whom an account is for."""

    username: Name
    email: Email
    password: Password = Field(validation_alias=_PASSWORD, repr=False)
    confirm_password: Repeated = Field(None, validation_alias=_REPEATED, repr=False)
    phone_number: Phone
    language: MaybeLanguage = None


class SignUp(Account):
    """A new account. One may sign up as Organizer or User, never as Admin."""

    model_config = example(
        username="Amina",
        email="amina@example.com",
        _password_hash="a long sentence",  # noqa: S106 - nobody's
        phone_number="0712 345 678",
        role_id=3,
    )

    role_id: MaybeNumber = None

    @field_validator("role_id")
    @classmethod
    def _open_to_all(cls, value: int | None) -> int | None:
        if value not in (None, permissions.ORGANIZER, permissions.USER):
            raise ValueError(f"Must be {permissions.ORGANIZER} (Organizer) or {permissions.USER} (User).")
        return value


#: The numbers of roles, all of them; the first is the one that the front end goes by.
RoleIds = Annotated[list[Annotated[Whole, Field(ge=1, le=1_000_000_000)]], Field(min_length=1, max_length=20)]


class NewUser(Account):
    """An account that an Admin makes for somebody: a User, unless roles are named."""

    model_config = example(
        username="Otieno",
        email="otieno@example.com",
        _password_hash="a long sentence",  # noqa: S106 - nobody's
        phone_number="0712 345 679",
        role_ids=[2],
    )

    role_id: MaybeNumber = None
    role_ids: RoleIds | None = None


class UserChange(Schema):
    """What is to be different about a person, any part of it.

    What is not sent, null, or an empty password or role stays as it is; so does what is sent as it was.
    """

    model_config = example(username="Amina W", phone_number="0712 345 678")

    username: Name | None = None
    email: Email | None = None
    password: Annotated[Password | None, BLANK_IS_NONE] = Field(None, validation_alias=_PASSWORD, repr=False)
    confirm_password: Repeated = Field(None, validation_alias=_REPEATED, repr=False)
    phone_number: Phone | None = None
    language: MaybeLanguage = None
    role_id: MaybeNumber = None
    role_ids: RoleIds | None = None


class ResetRequest(Schema):
    """Whose password is forgotten."""

    model_config = example(email="amina@example.com")

    email: Email


class NewPassword(Schema):
    """The password to have from now on."""

    model_config = example(_password_hash="another long sentence")  # noqa: S106 - nobody's

    password: Password = Field(validation_alias=_PASSWORD, repr=False)
    confirm_password: Repeated = Field(None, validation_alias=_REPEATED, repr=False)


class LogIn(Schema):
    """An e-mail address and a password."""

    model_config = example(email="amina@example.com", _password_hash="a long sentence")  # noqa: S106 - nobody's

    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]
    password: Annotated[str, StringConstraints(max_length=256)] = Field(
        validation_alias=_PASSWORD, repr=False
    )


class LogOut(Schema):
    """Whether to end every token of the user, or only this one."""

    all: bool = False


class Leaving(Schema):
    """Whether somebody leaves though they have tickets for events to come.

    The phone that paid for them is kept with the payment until the events are over, to give money back to.
    """

    give_up_tickets: bool = False


class HeldRecord(Schema):
    """One thing that we hold of a person; `kind` says what, and `data` is all of it."""

    kind: Literal["account", "payment", "ticket", "cash", "event", "event_duty", "payout", "trail"]
    data: dict[str, Any]


class PhoneToForget(Schema):
    """A phone of somebody without an account, who wants to be forgotten."""

    model_config = example(phone="0712 345 678")

    phone: Phone


class ErasureView(Schema):
    """How far an erasure is: `erased` payments have forgotten it, `left` must keep the phone for now.

    Those are looked at again after a day, then ever more rarely, until there is none.
    """

    id: str
    status: Literal["waiting", "done"]
    erased: int
    left: int
    asked_at: str
    done_at: str | None


class NewRole(Schema):
    """A role to be made."""

    model_config = example(name="Gate", permissions=["tickets:checkin"])

    name: Name
    permissions: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] = Field([])


class RoleChange(Schema):
    """Another name or other permissions for a role; what is not sent stays."""

    model_config = example(name="Gate staff")

    name: Name | None = None
    permissions: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] | None = None


class SessionView(Schema):
    """A user who has just logged in, with the token."""

    id: str
    username: str
    email: str
    phone_number: str
    role_id: int
    token: str

    @classmethod
    def of(cls, user: User, token: str) -> Self:
        """The view of a user; `role_id` is the first role."""
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            phone_number=user.phone_number,
            role_id=int(user.role_ids[0]),
            token=token,
        )


class UserView(Schema):
    """A person; `role_id` is the first of `role_ids`. Messages to them are in `language`.

    `verified` says whether an Admin has seen who they are, so that money may be paid out to them.
    """

    id: str
    username: str
    email: str
    phone_number: str
    language: str
    role_id: int
    role_ids: list[int]
    verified: bool

    @classmethod
    def of(cls, user: User) -> Self:
        """The view of a user."""
        return cls(
            id=user.id,
            username=user.username,
            email=user.email,
            phone_number=user.phone_number,
            language=user.language,
            role_id=int(user.role_ids[0]),
            role_ids=[int(number) for number in user.role_ids],
            verified=user.is_verified,
        )


class Message(Schema):
    """A sentence for a person."""

    message: str


class RoleView(Schema):
    """A role; its permissions are for Admin's eyes."""

    id: int
    name: str
    permissions: list[str] | None = Field(None, exclude_if=lambda value: value is None)

    @classmethod
    def of(cls, role: Role, *, with_permissions: bool) -> Self:
        """The view of a role."""
        permissions = sorted(role.permissions) if with_permissions else None
        return cls(id=int(role.id), name=role.name, permissions=permissions)
