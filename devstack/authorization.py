"""docs/authorization.md: the authorization table as a page, drawn from the routes."""

from collections.abc import Iterable
from typing import Final

from chalicelib.accounts.permissions import ALL, BUILT_IN, KNOWN
from chalicelib.web.endpoint import PUBLIC, ROUTES, SIGNED_IN, SIGNED_IN_OR_LINK, Route

_HEAD: Final = """# Authorization

<!-- Made by `make resources` from the routes (devstack/authorization.py); a test compares. -->

Every route says what its caller needs (`allow=` of `@endpoint`) and whose things it is about (`whose=`);
one that lacks either cannot be imported. Routes are guarded by this very table, and
[`test_authorization.py`](../tests/web/test_authorization.py) asks each of them as everybody.

- No token, or one that has ended, where one is needed: 401. Without the permission: 403.
- With it, but for somebody else's thing: 404 if the caller may not know of it, 403 if they may see it.
- A signed link (`chalicelib/tickets/links.py`) opens one ticket to whoever has it, for a day after its event.
  One that is garbled, for another ticket or expired is 401, but for the owner who is logged in.
- A role is a set of permissions (table `roles`); a person has any number of roles. `*` is every permission;
  only the built-in Admin has it.
- Who gives, takes or changes roles, or manages a person, needs every permission that is given or taken, or
  that the person has: `roles:assign`, `roles:write` or `users:write` are no way to become Admin.
"""


def page() -> str:
    """The page's text."""
    import app  # noqa: F401 - declares the routes

    roles = _table(
        ("role", "permissions"),
        ((name, ", ".join(f"`{one}`" for one in granted)) for name, granted in BUILT_IN.values()),
    )
    permissions = _table(
        ("permission", "to"), ((f"`{name}`", words) for name, words in {**KNOWN, ALL: "everything"}.items())
    )
    routes = _table(("route", "needs", "whose"), map(_row, sorted(ROUTES.values(), key=_place)))
    return f"{_HEAD}\n## Permissions\n\n{permissions}\n## Built-in roles\n\n{roles}\n## Routes\n\n{routes}"


def _row(route: Route) -> tuple[str, str, str]:
    needs = _NEEDS.get(route.allow, f"`{route.allow}`")
    return f"`{route.method} {route.path}`", needs, route.whose.words


_NEEDS: Final = {
    PUBLIC: "nothing",
    SIGNED_IN: "a log-in",
    SIGNED_IN_OR_LINK: "a log-in, or a signed link to it (`?link=`)",
}


def _place(route: Route) -> tuple[str, int]:
    order = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return route.path, order.index(route.method)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
