"""Leaving, whole: the account is made anonymous at once, and what else is known is forgotten step by step."""

from pynamodb.transactions import TransactWrite

from chalicelib.accounts import leaving, managing
from chalicelib.privacy import erasing, open_matters
from chalicelib.web.caller import Caller


def depart(user_id: str, caller: Caller, *, give_up_tickets: bool) -> None:
    """Make a person anonymous, end every token, and let what money need not know be forgotten.

    Raises:
        NotFound, Forbidden: as `managing.find_to_manage` does.
        RunsEvents: they organize events, past ones too.
        StillOpen: money, tickets or cash of theirs is open.
        LastAdmin: nobody would be Admin any more.
        Conflict: somebody changed the person at the same moment.
    """
    user = managing.find_to_manage(user_id, caller)
    if not user.organizes:  # else there is more to do first than that
        open_matters.refuse(user.id, caller.at, give_up_tickets=give_up_tickets)

    def besides(writing: TransactWrite) -> None:
        erasing.add(writing, user.id, caller)

    leaving.leave(user, caller, besides)
