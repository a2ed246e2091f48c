"""Categories: small numbers with unique names."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.catalog.models import CATEGORY, Category
from chalicelib.core import guards
from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.core.guards import Guard
from chalicelib.core.problems import Problem
from chalicelib.core.shared import next_number


class CategoryExists(Problem):
    """There is a category of this name."""

    code = "already_exists"
    message = "There is already a category of this name."


def all_categories() -> list[Category]:
    """Every category, by number."""
    return list(Category.query(CATEGORY, consistent_read=True))


def create(name: str, at: datetime) -> Category:
    """Create a category; upper and lower case make no difference to its name.

    Raises:
        CategoryExists: the name is taken.
    """
    category = Category(id=next_number("category"), name=name)
    owner = str(category.id)
    guard = Guard(f"category#{name.casefold()}", owner=owner)

    def fill(writing: TransactWrite) -> None:
        guards.take(writing, guard, at)
        writing.save(category, condition=Category.id.does_not_exist())

    try:
        transact(fill)
    except ConditionFailed:
        # An earlier try whose answer was lost may have written it: then the guard is ours.
        if Guard.get(guard.key, consistent_read=True).owner != owner:
            raise CategoryExists(fields={"name": "Is taken."}) from None
    return category
