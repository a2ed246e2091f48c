"""Signing up, logging in and out, and the roles there are."""

from datetime import datetime

from chalice.app import Blueprint

from chalicelib.accounts import permissions, roles, sessions, signing_up
from chalicelib.accounts.models import User
from chalicelib.accounts.schemas import LogIn, LogOut, Message, RoleView, SessionView, SignUp
from chalicelib.core.settings import settings
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller, session_cookie
from chalicelib.web.endpoint import PUBLIC, endpoint
from chalicelib.web.ownership import ANYBODYS

accounts = Blueprint(__name__)


@endpoint(accounts, "POST /signup", allow=PUBLIC, whose=ANYBODYS, takes=SignUp, gives=(201, SessionView))
def sign_up(form: SignUp, at: datetime) -> Reply:
    """Create an account and log in."""
    return _logged_in(signing_up.sign_up(form, (form.role_id or permissions.USER,), at), at)


@endpoint(accounts, "POST /login", allow=PUBLIC, whose=ANYBODYS, takes=LogIn, gives=(200, SessionView))
def log_in(form: LogIn, at: datetime) -> Reply:
    """Log in with e-mail address and password."""
    return _logged_in(sessions.log_in(form.email, form.password), at)


@endpoint(accounts, "DELETE /logout", allow=PUBLIC, whose=ANYBODYS, asks=LogOut, gives=(200, Message))
def log_out(query: LogOut, caller: Caller) -> Reply:
    """End this token, or with `?all=true` every token of the user; harmless without one."""
    if caller.identity:
        sessions.log_out(caller.identity, caller.at, everywhere=query.all)
    return Reply(Message(message="You are logged out."), headers={"Set-Cookie": session_cookie("", 0)})


@endpoint(accounts, "GET /roles", allow=PUBLIC, whose=ANYBODYS, gives=(200, RoleView))
def list_roles(caller: Caller) -> list[RoleView]:
    """Every role; an Admin also sees what each permits."""
    return [RoleView.of(role, with_permissions=caller.is_admin) for role in roles.all_roles()]


def _logged_in(user: User, at: datetime) -> Reply:
    token = sessions.token_for(user, at)
    cookie = session_cookie(token, settings().jwt_seconds)
    return Reply(SessionView.of(user, token), headers={"Set-Cookie": cookie})
