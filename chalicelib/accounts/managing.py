"""Seeing people, and who may manage whom; making an account for somebody else."""

from chalicelib.accounts import assigning, people, signing_up
from chalicelib.accounts.models import LISTED, User
from chalicelib.accounts.permissions import USER
from chalicelib.accounts.schemas import NewUser
from chalicelib.core.dynamo import read_together
from chalicelib.core.problems import Forbidden, NotFound
from chalicelib.web.caller import Caller
from chalicelib.web.paging import Listing, Page


def listed(page: Page) -> Listing:
    """Everybody with an account, newest first."""
    found = User.listed.query(
        LISTED, scan_index_forward=False, limit=page.limit, last_evaluated_key=page.after
    )
    ids = [each.id for each in found]
    users = read_together([(User, user_id) for user_id in ids]) if ids else {}
    present = [users[User, user_id] for user_id in ids if (User, user_id) in users]
    # The index is a moment late: somebody may just have left.
    return Listing([user for user in present if user.deleted_at is None], found.last_evaluated_key)


def find(user_id: str, caller: Caller) -> User:
    """A person whom the caller may see: themself, or anybody with `users:read` or `users:write`.

    Raises:
        NotFound: there is none, or the caller may not know of them.
    """
    if not (caller.is_user(user_id) or caller.may("users:read") or caller.may("users:write")):
        raise NotFound("There is no such person; check the address.")
    return people.find(user_id)


def find_to_manage(user_id: str, caller: Caller) -> User:
    """A person whom the caller may change: themself, or with `users:write` who may do no more than they.

    Raises:
        NotFound: there is none, or the caller may not know of them.
        Forbidden: the caller may only look.
    """
    user = find(user_id, caller)
    if not caller.is_user(user_id):
        if not caller.may("users:write"):
            raise Forbidden("Your account may see people, not change them.")
        # Else whoever may change accounts could set an Admin's password, and be Admin.
        assigning.refuse_beyond_own(caller, people.permissions_of(user, caller.at))
    return user


def create(form: NewUser, caller: Caller) -> User:
    """Make an account for somebody, a User unless the form names roles.

    Raises:
        AlreadyExists, Forbidden, Invalid, Conflict: as `sign_up` and `assigning.check` do.
    """
    role_ids = assigning.wanted((USER,), form.role_id, form.role_ids)
    assigning.check(caller, (USER,), role_ids)
    return signing_up.sign_up(form, role_ids, caller.at, by=caller.user_id)
