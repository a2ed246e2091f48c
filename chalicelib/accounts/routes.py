"""Signing up, logging in and out, forgotten passwords; people and roles."""

from datetime import datetime

from chalice.app import Blueprint

from chalicelib.accounts import (
    changing,
    defining,
    managing,
    permissions,
    reset_page,
    resetting,
    roles,
    sessions,
    signing_up,
    verifying,
)
from chalicelib.accounts.identity import identify
from chalicelib.accounts.models import User
from chalicelib.accounts.problems import (
    AlreadyExists,
    BuiltIn,
    LastAdmin,
    LinkEnded,
    RoleExists,
    RoleInUse,
)
from chalicelib.accounts.schemas import (
    LogIn,
    LogOut,
    Message,
    NewPassword,
    NewRole,
    NewUser,
    ResetRequest,
    RoleChange,
    RoleView,
    SessionView,
    SignUp,
    UserChange,
    UserView,
)
from chalicelib.core.problems import Conflict, TooOften, Unauthenticated
from chalicelib.core.settings import settings
from chalicelib.web.answers import Reply
from chalicelib.web.caller import Caller, session_cookie
from chalicelib.web.endpoint import PUBLIC, SIGNED_IN, endpoint, identify_with
from chalicelib.web.fields import number_in_path
from chalicelib.web.ownership import ANYBODYS, LINK_HOLDERS, ONESELF
from chalicelib.web.paging import Listing, Page

accounts = Blueprint(__name__)
identify_with(identify)  # `web` must not import us


@endpoint(
    accounts,
    "POST /signup",
    allow=PUBLIC,
    whose=ANYBODYS,
    takes=SignUp,
    gives=(201, SessionView),
    raises=(AlreadyExists, Conflict, TooOften),
)
def sign_up(form: SignUp, source_address: str, at: datetime) -> Reply:
    """Create an account and log in."""
    role_ids = (form.role_id or permissions.USER,)
    return _logged_in(signing_up.sign_up_oneself(form, role_ids, at, source_address), at)


@endpoint(
    accounts,
    "POST /login",
    allow=PUBLIC,
    whose=ANYBODYS,
    takes=LogIn,
    gives=(200, SessionView),
    raises=(Unauthenticated, TooOften),
)
def log_in(form: LogIn, source_address: str, at: datetime) -> Reply:
    """Log in with e-mail address and password."""
    return _logged_in(sessions.log_in(form.email, form.password, source_address, at), at)


@endpoint(accounts, "DELETE /logout", allow=PUBLIC, whose=ANYBODYS, asks=LogOut, gives=(200, Message))
def log_out(query: LogOut, caller: Caller) -> Reply:
    """End this token, or with `?all=true` every token of the user; harmless without one."""
    if caller.identity:
        sessions.log_out(caller.identity, caller.at, everywhere=query.all)
    return Reply(Message(message="You are logged out."), headers={"Set-Cookie": session_cookie("", 0)})


@endpoint(
    accounts,
    "POST /password-resets",
    allow=PUBLIC,
    whose=ANYBODYS,
    takes=ResetRequest,
    gives=(202, Message),
    raises=(TooOften,),
)
def ask_for_reset(form: ResetRequest, source_address: str, at: datetime) -> Message:
    """Send a link for a new password; the answer is the same for an address that nobody has."""
    resetting.ask(form.email, source_address, at)
    return Message(message="If there is an account with this address, a link is on its way to it.")


@endpoint(accounts, "GET /password-resets/{token}", allow=PUBLIC, whose=ANYBODYS, gives=(200, "text/html"))
def show_reset_page() -> Reply:
    """The page that a link for a new password opens; it looks at no token before it sends one."""
    return Reply(reset_page.HTML, headers=reset_page.HEADERS, content_type="text/html; charset=utf-8")


@endpoint(
    accounts,
    "PUT /password-resets/{token}",
    allow=PUBLIC,
    whose=LINK_HOLDERS,
    takes=NewPassword,
    gives=(200, Message),
    raises=(LinkEnded,),
)
def reset_password(token: str, form: NewPassword, source_address: str, at: datetime) -> Message:
    """Set a new password with a link, once; every token of the person ends."""
    resetting.use(token, form.password, source_address, at)
    return Message(message="Your password is changed; log in with it.")


@endpoint(accounts, "GET /users", allow="users:read", whose=ANYBODYS, gives=(200, UserView))
def list_users(page: Page) -> Listing:
    """Everybody with an account, newest first."""
    found = managing.listed(page)
    return Listing([UserView.of(user) for user in found.items], found.after)


@endpoint(
    accounts,
    "POST /users",
    allow="users:write",
    whose=ANYBODYS,
    takes=NewUser,
    gives=(201, UserView),
    raises=(AlreadyExists, Conflict),
)
def create_user(form: NewUser, caller: Caller) -> UserView:
    """Make an account for somebody; roles beyond User need `roles:assign`."""
    return UserView.of(managing.create(form, caller))


@endpoint(accounts, "GET /users/{user_id}", allow=SIGNED_IN, whose=ONESELF, gives=(200, UserView))
def get_user(user_id: str, caller: Caller) -> UserView:
    """A person."""
    return UserView.of(managing.find(user_id, caller))


@endpoint(
    accounts,
    "PATCH /users/{user_id}",
    allow=SIGNED_IN,
    whose=ONESELF,
    takes=UserChange,
    gives=(200, UserView),
    raises=(
        AlreadyExists,
        LastAdmin,
        Conflict,
        TooOften,
    ),
)
def change_user(user_id: str, form: UserChange, caller: Caller) -> UserView:
    """Change a person, any part; roles need `roles:assign`, a new password ends the other tokens."""
    return UserView.of(changing.change(user_id, form, caller))


@endpoint(
    accounts,
    "PUT /users/{user_id}",
    allow=SIGNED_IN,
    whose=ONESELF,
    takes=UserChange,
    gives=(200, UserView),
    raises=(
        AlreadyExists,
        LastAdmin,
        Conflict,
        TooOften,
    ),
)
def put_user(user_id: str, form: UserChange, caller: Caller) -> UserView:
    """The same as PATCH."""
    return UserView.of(changing.change(user_id, form, caller))


@endpoint(
    accounts,
    "PUT /users/{user_id}/verification",
    allow="payouts:write",
    whose=ANYBODYS,
    gives=(200, UserView),
    raises=(Conflict,),
)
def verify_user(user_id: str, caller: Caller) -> UserView:
    """Say that one has seen who this is: from now on they may be paid out."""
    return UserView.of(verifying.verify(user_id, caller))


@endpoint(
    accounts,
    "DELETE /users/{user_id}/verification",
    allow="payouts:write",
    whose=ANYBODYS,
    gives=(200, UserView),
    raises=(Conflict,),
)
def withdraw_verification(user_id: str, caller: Caller) -> UserView:
    """Take that back: nothing more is paid out to them."""
    return UserView.of(verifying.withdraw(user_id, caller))


@endpoint(accounts, "GET /roles", allow=PUBLIC, whose=ANYBODYS, gives=(200, RoleView))
def list_roles(caller: Caller) -> list[RoleView]:
    """Every role; who may give or change them also sees what each permits."""
    seen = caller.may("roles:assign") or caller.may("roles:write")
    return [RoleView.of(role, with_permissions=seen) for role in roles.all_roles()]


@endpoint(
    accounts,
    "POST /roles",
    allow="roles:write",
    whose=ANYBODYS,
    takes=NewRole,
    gives=(201, RoleView),
    raises=(RoleExists,),
)
def create_role(form: NewRole, caller: Caller) -> RoleView:
    """Make a role, of permissions that the caller has."""
    return RoleView.of(defining.create(form, caller), with_permissions=True)


@endpoint(
    accounts,
    "PUT /roles/{role_id}",
    allow="roles:write",
    whose=ANYBODYS,
    takes=RoleChange,
    gives=(200, RoleView),
    raises=(
        RoleExists,
        BuiltIn,
        Conflict,
    ),
)
def change_role(role_id: str, form: RoleChange, caller: Caller) -> RoleView:
    """Give a role another name or other permissions."""
    role = defining.change(number_in_path(role_id), form, caller)
    return RoleView.of(role, with_permissions=True)


@endpoint(
    accounts,
    "DELETE /roles/{role_id}",
    allow="roles:write",
    whose=ANYBODYS,
    gives=(204, None),
    raises=(
        RoleInUse,
        BuiltIn,
        Conflict,
    ),
)
def delete_role(role_id: str, caller: Caller) -> None:
    """Delete a role that nobody has."""
    defining.remove(number_in_path(role_id), caller)


def _logged_in(user: User, at: datetime) -> Reply:
    token = sessions.token_for(user, at)
    cookie = session_cookie(token, settings().jwt_seconds)
    return Reply(SessionView.of(user, token), headers={"Set-Cookie": cookie})
