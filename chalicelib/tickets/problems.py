"""What tickets and gates may be refused."""

from chalicelib.core.problems import Conflict, Problem


class AlreadyAdmitted(Problem):
    """Somebody was let in with this ticket; `admitted_at`, `admitted_by_name` and `device` say more."""

    code = "already_admitted"
    message = "Somebody was let in with this ticket already."


class NotValid(Problem):
    """This lets nobody in; `reason` says why."""

    code = "not_valid"
    message = "This lets nobody in."


class TicketRevoked(Conflict):
    """The ticket's money went back; it lets nobody in, whatever is undone."""

    message = "This ticket was given back, so there is nothing to undo; it lets nobody in."
