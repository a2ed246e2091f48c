"""The first Admin, whom no Admin can make: for the command line of a deployment, the demo and the tests."""

from datetime import datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import admins, assigning, people, trail
from chalicelib.accounts.models import User
from chalicelib.accounts.permissions import ADMIN
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.problems import Conflict

#: Who did it, in the audit trail.
COMMAND_LINE: Final = "make admin"


def make_admin(user_id: str, at: datetime) -> bool:
    """Give a person the role Admin, first of their roles; False if they have it already.

    Raises:
        NotFound: there is no such person.
        Conflict: somebody changed their roles at the same moment.
    """
    user = people.find(user_id)
    before = tuple(int(number) for number in user.role_ids)
    if ADMIN in before:
        if user_id not in admins.all_admins():  # made before Admins were counted
            transact(lambda writing: admins.join(writing, user_id))
        return False
    after = (ADMIN, *before)  # the first one is what the front end goes by
    line = trail.line(
        COMMAND_LINE, at, "user.changed", f"user#{user_id}", roles=assigning.told(before, after)
    )

    def fill(writing: TransactWrite) -> None:
        assigning.write(writing, user_id, before, after)
        trail.write(writing, line)
        as_read = User.deleted_at.does_not_exist() & (User.role_ids == list(before))
        writing.update(User(user_id), actions=[User.role_ids.set(list(after))], condition=as_read)

    try:
        transact(fill)
    except ConditionFailed:
        if ADMIN not in people.find(user_id).role_ids:
            raise Conflict from None
    return True
