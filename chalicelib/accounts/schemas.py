"""What comes in and goes out about people."""

import re
from typing import Annotated, Any, Final, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, StringConstraints, field_validator
from pydantic_core.core_schema import ValidationInfo

from chalicelib.accounts import permissions
from chalicelib.accounts.models import Role, User
from chalicelib.core.phones import Phone
from chalicelib.web.fields import Line, MaybeNumber, example

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def _email(value: Any) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise ValueError("Must be an e-mail address such as amina@example.com.")
    return text


Email = Annotated[str, BeforeValidator(_email)]
#: The front end's name for the plain password is `_password_hash`.
_PASSWORD: Final = AliasChoices("_password_hash", "password")


class SignUp(BaseModel):
    """A new account. One may sign up as Organizer or User, never as Admin."""

    model_config = example(
        username="Amina",
        email="amina@example.com",
        _password_hash="a long sentence",  # noqa: S106 - nobody's
        phone_number="0712 345 678",
        role_id=3,
    )

    username: Annotated[Line, StringConstraints(max_length=64)]
    email: Email
    password: Annotated[str, StringConstraints(min_length=8, max_length=256)] = Field(
        validation_alias=_PASSWORD, repr=False
    )
    confirm_password: str | None = Field(None, validation_alias="confirmPassword", repr=False)
    phone_number: Phone
    role_id: MaybeNumber = None

    @field_validator("confirm_password")
    @classmethod
    def _matches(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value != info.data.get("password", value):
            raise ValueError("Must be the same as the password.")
        return value

    @field_validator("role_id")
    @classmethod
    def _open_to_all(cls, value: int | None) -> int | None:
        if value not in (None, permissions.ORGANIZER, permissions.USER):
            raise ValueError(f"Must be {permissions.ORGANIZER} (Organizer) or {permissions.USER} (User).")
        return value


class LogIn(BaseModel):
    """An e-mail address and a password."""

    model_config = example(email="amina@example.com", _password_hash="a long sentence")  # noqa: S106 - nobody's

    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]
    password: Annotated[str, StringConstraints(max_length=256)] = Field(
        validation_alias=_PASSWORD, repr=False
    )


class LogOut(BaseModel):
    """Whether to end every token of the user, or only this one."""

    all: bool = False


class SessionView(BaseModel):
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


class Message(BaseModel):
    """A sentence for a person."""

    message: str


class RoleView(BaseModel):
    """A role; its permissions are for Admin's eyes."""

    id: int
    name: str
    permissions: list[str] | None = Field(None, exclude_if=lambda value: value is None)

    @classmethod
    def of(cls, role: Role, *, with_permissions: bool) -> Self:
        """The view of a role."""
        permissions = sorted(role.permissions) if with_permissions else None
        return cls(id=int(role.id), name=role.name, permissions=permissions)
