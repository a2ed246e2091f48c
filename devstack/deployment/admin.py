"""`make admin`: the built-in roles, and the first Admin of a deployment; running it again changes nothing."""

from typing import Final

from pydantic import ValidationError

from chalicelib.accounts import bootstrapping, permissions, roles, sessions, signing_up
from chalicelib.accounts.problems import AlreadyExists
from chalicelib.accounts.schemas import SignUp
from chalicelib.core import clock
from devstack.deployment import Stopped

#: What a new Admin is asked for, as the sign-up form names it.
FORM: Final = ("username", "email", "password", "phone_number")


def make(form: dict[str, str]) -> str:
    """Make the roles, and an account with the role Admin; an account that is there gets the role.

    Args:
        form: `email`, and for a new account the rest of `FORM`.

    Returns:
        What was done. The password is in no message.

    Raises:
        Stopped: something is missing or wrong in the form, by name; or the user name is taken.
    """
    roles.put_built_in()
    email = form.get("email", "").strip().lower()
    if not email:
        raise Stopped("ADMIN_EMAIL is not set: it says who is to be Admin.")
    user = sessions.by_email(email)
    if user is None:
        return _sign_up(form)
    if not bootstrapping.make_admin(user.id, clock.now()):
        return f"{user.email} is Admin already; nothing changed."
    return f"{user.email} had an account and is Admin now; the password stays as it was."


def _sign_up(form: dict[str, str]) -> str:
    try:
        wanted = SignUp.model_validate({name: form.get(name, "") for name in FORM})
        user = signing_up.sign_up(wanted, (permissions.ADMIN,), clock.now(), bootstrapping.COMMAND_LINE)
    except ValidationError as error:
        names = sorted({str(problem["loc"][0]).removeprefix("_") for problem in error.errors()})
        raise Stopped(f"Not a valid account; look at: {', '.join(names)}.") from None
    except AlreadyExists as error:
        raise Stopped(f"Somebody has this {', '.join(error.fields or ())} already.") from None
    return f"{user.email} is Admin."
