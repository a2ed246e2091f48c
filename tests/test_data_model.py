"""`docs/data-model.md` says what the models say, and what each route costs."""

import re

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.tables import TABLES
from docs import make_data_model


@pytest.fixture
def page():
    return make_data_model.PAGE.read_text()


def test_the_made_part_is_what_the_models_say(page):
    assert page == make_data_model.page_with(page, make_data_model.made()), "run `make resources`"


def test_every_table_and_index_is_there(page):
    rows = re.findall(r"^\| `([a-z_-]+)` \| .?`(\w+)`", page, re.MULTILINE)
    indexes = {
        (model.Meta.table_name.removeprefix("tiketi-local-"), name)
        for model in TABLES
        for name in model._indexes
    }

    assert {name for name, _ in rows} == {m.Meta.table_name.removeprefix("tiketi-local-") for m in TABLES}
    assert indexes <= set(rows)


def test_a_change_of_a_model_would_show(page, monkeypatch):
    """The control of the first test: another key, and another reference, make another page."""

    class Visit(Model):
        """Somebody was there."""

        class Meta:
            table_name = "tiketi-local-visits"

        event_id = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)
        user_id = UnicodeAttribute(null=True)

    monkeypatch.setattr(make_data_model, "TABLES", (*TABLES, Visit))
    monkeypatch.setattr(make_data_model, "_file", lambda model: "x.py")

    made = make_data_model.made()

    assert (
        "| `visits` | [`Visit`](../x.py) | `event_id` | `number` | Somebody was there. | *user_id* |" in made
    )
    assert 'EVENT ||--o{ VISIT : "event_id"' in made
    assert 'USER |o--o{ VISIT : "user_id"' in made


def test_what_every_route_reads_is_said(page):
    import app  # noqa: F401 - declares the routes
    from chalicelib.web.endpoint import ROUTES

    costs = page.partition("## What each route reads and writes")[2]
    missing = [f"{method} {path}" for method, path in ROUTES if f"`{method} {path}`" not in costs]

    assert not missing, f"add a row to docs/data-model.md for {missing}"
