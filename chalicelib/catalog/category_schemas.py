"""What comes in and goes out about categories."""

from typing import Annotated, Self

from pydantic import StringConstraints

from chalicelib.catalog.models import Category
from chalicelib.web.fields import Line, Schema, example


class CategoryForm(Schema):
    """What to call a category."""

    model_config = example(name="Music")

    name: Annotated[Line, StringConstraints(max_length=64)]


class CategoryView(Schema):
    """A category."""

    id: int
    name: str

    @classmethod
    def of(cls, category: Category) -> Self:
        """The view of a category."""
        return cls(id=int(category.id), name=category.name)
