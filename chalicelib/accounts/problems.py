"""What a caller can be told no about."""

from chalicelib.core.problems import Conflict, NotFound, Problem


class LastAdmin(Conflict):
    """Nobody would be left to give roles."""

    message = "This is the last Admin; make another person Admin first."


class RoleExists(Problem):
    """There is a role of this name."""

    code = "already_exists"
    message = "There is already a role of this name; choose another."


class RoleInUse(Problem):
    """People have this role."""

    code = "in_use"
    message = "People have this role; give them another one first."


class BuiltIn(Conflict):
    """The front end and the sign-up go by this role."""

    message = "This role is built in: it keeps its name, Admin keeps all permissions, and none is deleted."


class AlreadyExists(Problem):
    """Somebody has this user name or e-mail address."""

    code = "already_exists"
    message = "There is already an account with this; log in, or choose another."


class RunsEvents(Problem):
    """People have tickets for this person's events."""

    code = "in_use"
    message = (
        "This person runs events; delete them, or have a co-organizer or an Admin take them over, first."
    )


class StillOpen(Conflict):
    """Money, tickets or cash of somebody who wants to leave; `open` has the ids, by kind."""

    message = "Something of yours is not settled yet; wait until it is."


class LinkEnded(NotFound):
    """It was used, has lapsed, or never was."""

    message = "This link does not count any more; ask for a new one and use it within the hour."
