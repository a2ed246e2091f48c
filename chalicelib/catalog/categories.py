"""Categories: small numbers with unique names; one that events are in cannot be deleted."""

from datetime import datetime

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import changes
from chalicelib.catalog.models import CATEGORY, Category
from chalicelib.catalog.problems import CategoryExists, CategoryInUse
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Conflict, NotFound
from chalicelib.core.shared import next_number
from chalicelib.web.caller import Caller


def all_categories() -> list[Category]:
    """Every category, by number."""
    return list(Category.query(CATEGORY, consistent_read=True))


def find(number: int) -> Category:
    """The category with this number, as of now.

    Raises:
        NotFound: there is none.
    """
    try:
        return Category.get(CATEGORY, number, consistent_read=True)
    except Category.DoesNotExist:
        raise NotFound("There is no such category; GET /categories lists them.") from None


def create(name: str, at: datetime, by: str | None = None) -> Category:
    """Create a category; upper and lower case make no difference to its name.

    Args:
        name: what to call it.
        at: when.
        by: the Admin who does; goes into the audit trail.

    Raises:
        CategoryExists: the name is taken.
    """
    category = Category(id=next_number("category"), name=name)
    line = trail.line(by, at, "category.created", _on(category), name=name) if by else None

    def fill(writing: TransactWrite) -> None:
        _take_name(writing, category, name, at)
        trail.write(writing, line)
        writing.save(category, condition=Category.name.does_not_exist())

    try:
        transact(fill)
    except ConditionFailed:
        # An earlier try whose answer was lost may have written it: then the guard is ours.
        _refuse_taken(category, name)
    return category


def rename(number: int, name: str, caller: Caller) -> Category:
    """Give a category another name; its own name again changes nothing.

    Raises:
        NotFound: there is no such category.
        CategoryExists: the name is taken.
        Conflict: somebody renamed it at the same moment.
    """
    category = find(number)
    old = category.name
    if name == old:
        return category
    told = f"{old} to {name}"
    line = trail.line(caller.user_id, caller.at, "category.changed", _on(category), name=told)

    def fill(writing: TransactWrite) -> None:
        if name.casefold() != old.casefold():
            guards.release(writing, _guard(category, old))
            _take_name(writing, category, name, caller.at)
        trail.write(writing, line)
        changes.note(writing, f"{changes.CATEGORY}{number}", caller.at)  # the search follows
        renamed: list[Action] = [Category.name.set(name)]
        writing.update(Category(CATEGORY, number), actions=renamed, condition=Category.name == old)

    try:
        transact(fill)
    except ConditionFailed:
        _refuse_taken(category, name)
        if find(number).name != name:
            raise Conflict from None
    changes.reindex_category(number, caller.at)  # at once, where the note alone would wait for the schedule
    return find(number)


def remove(number: int, caller: Caller) -> None:
    """Delete a category that no event is in; its number is never used again.

    Raises:
        NotFound: there is no such category.
        CategoryInUse: an event is in it, perhaps since this very moment.
        Conflict: somebody renamed it at the same moment.
    """
    category = find(number)
    line = trail.line(caller.user_id, caller.at, "category.deleted", _on(category), name=category.name)
    # An event that is put into it at this moment counts `events` up, or finds the category gone.
    unused = Category.events.does_not_exist() | (Category.events == 0)

    def fill(writing: TransactWrite) -> None:
        guards.release(writing, _guard(category, category.name))
        trail.write(writing, line)
        as_read = Category.name == category.name
        writing.delete(Category(CATEGORY, number), condition=as_read & unused)

    try:
        transact(fill)
    except ConditionFailed:
        _explain_removal(number)


def takes_in(writing: TransactWrite, number: int) -> None:
    """Count an event to a category, in the transaction that puts it in; it fails if there is none."""
    there = Category.name.exists()
    writing.update(Category(CATEGORY, number), actions=[Category.events.add(1)], condition=there)


def lets_go(writing: TransactWrite, number: int) -> None:
    """Count it out again, in the transaction that takes it out or deletes it."""
    there = Category.name.exists()
    writing.update(Category(CATEGORY, number), actions=[Category.events.add(-1)], condition=there)


def _explain_removal(number: int) -> None:
    try:
        category = find(number)
    except NotFound:
        return  # gone, by an earlier try whose answer was lost or by somebody else
    raise CategoryInUse if category.events else Conflict


def _refuse_taken(category: Category, name: str) -> None:
    try:
        guard = Guard.get(_guard(category, name).key, consistent_read=True)
    except Guard.DoesNotExist:
        return
    if guard.owner != str(category.id):
        raise CategoryExists(fields={"name": "Is taken."})


def _take_name(writing: TransactWrite, category: Category, name: str, at: datetime) -> None:
    guards.take(writing, _guard(category, name), at)


def _guard(category: Category, name: str) -> Guard:
    return Guard(f"category#{name.casefold()}", owner=str(category.id))


def _on(category: Category) -> str:
    return f"category#{category.id}"
