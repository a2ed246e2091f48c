"""The made part of docs/data-model.md, from the models: `make resources` writes it, a test compares.

Tables, indexes and the diagram come from `TABLES`, the models' docstrings and their attributes. An attribute
`x_id` or `x_ids` is a relationship to the table of x.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pynamodb.attributes import ListAttribute, MapAttribute
from pynamodb.models import Model

from chalicelib.tables import LAPSES, TABLES
from devstack.deployment.names import plain_name

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "data-model.md"
START: Final = "<!-- made by docs/make_data_model.py, do not edit: -->"
END: Final = "<!-- until here -->"

#: Who is called by another name than their table's.
OTHER_NAMES: Final = {"organizer": "user", "gate": "user"}
#: Relationships that no attribute's name shows.
BY_KEY: Final = {
    "AuditLine": ('USER ||--o{ AUDIT_LINE : "by, on"',),
    "Stock": ('EVENT ||--|{ STOCK : "event_id and shard"',),
    "Entry": ('EVENT ||--|| ENTRY : "subject"',),
    "Posting": ('EVENT ||--o{ POSTING : "in its place"', 'TERM ||--o{ POSTING : "in its key"'),
}


def made() -> str:
    """What stands between the two marks."""
    parts = [
        "## Tables",
        "",
        *_table(("table", "model", "hash key", "range key", "holds", "attributes"), map(_row, TABLES)),
        "",
        "*Slanted*: may be absent. Instants end in `_at` and are in UTC.",
        "",
        "## Indexes",
        "",
        "An index follows its table a moment later. Where that matters, the item, read by its key, decides.",
        "",
        *_table(("table", "index", "hash key", "range key", "copies", "for"), _index_rows()),
        "",
        "## Relationships",
        "",
        "```mermaid",
        "erDiagram",
        *[f"    {line}" for model in TABLES for line in _entity(model)],
        *[f"    {line}" for line in _relationships()],
        "```",
    ]
    return "\n".join(["", *parts, ""])


def page_with(text: str, part: str, start: str = START) -> str:
    """The page's text with its made part exchanged."""
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(END)
    return f"{before}{start}\n{part}\n{END}{after}"


def _table(heads: tuple[str, ...], rows: Any) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _row(model: type[Model]) -> tuple[str, ...]:
    name = f"`{_table_name(model)}`"
    keys = {model._hash_keyname, model._range_keyname}
    rest = [
        f"*{key}*" if attribute.null else key
        for key, attribute in model.get_attributes().items()
        if key not in keys
    ]
    lapses = f" DynamoDB deletes it some time after `{LAPSES[model]}`." if model in LAPSES else ""
    return (
        name,
        f"[`{model.__name__}`](../{_file(model)})",
        f"`{model._hash_keyname}`",
        f"`{model._range_keyname}`" if model._range_keyname else "",
        _said(model) + lapses,
        ", ".join(rest),
    )


def _index_rows() -> Iterator[tuple[str, ...]]:
    for model in TABLES:
        for name, index in sorted(model._indexes.items()):
            schema = index._get_schema()["key_schema"]
            keys = [part["AttributeName"] for part in sorted(schema, key=lambda part: part["KeyType"])]
            projection = index.Meta.projection.projection_type
            yield (
                f"`{_table_name(model)}`",
                f"`{name}`",
                f"`{keys[0]}`",
                f"`{keys[1]}`" if len(keys) > 1 else "",
                {"ALL": "all", "KEYS_ONLY": "keys"}.get(projection, "some"),
                _said(type(index)),
            )


def _entity(model: type[Model]) -> Iterator[str]:
    keys = (model._hash_keyname, model._range_keyname)
    shown = [
        name
        for name in model.get_attributes()
        if name in keys or _related(name) not in (None, _entity_name(model))
    ]
    yield f"{_entity_name(model)} {{"
    for name in sorted(shown, key=lambda name: (name not in keys, name == keys[1], name)):
        kind = _kind(model.get_attributes()[name])
        yield f"    {kind} {name}" + (" PK" if name in keys else "")
    yield "}"


def _relationships() -> Iterator[str]:
    for model in TABLES:
        here = _entity_name(model)
        yield from BY_KEY.get(model.__name__, ())
        for name, attribute in model.get_attributes().items():
            there = _related(name)
            if there not in (None, here):
                many = name.endswith("_ids")
                line = "}o--o{" if many else "|o--o{" if attribute.null else "||--o{"
                yield f'{there} {line} {here} : "{name}"'
            element = getattr(attribute, "element_type", None)
            if isinstance(attribute, ListAttribute) and element and issubclass(element, MapAttribute):
                yield f'{here} ||--o{{ {_snake(element.__name__)} : "{name}, within it"'


def _related(attribute: str) -> str | None:
    base = re.fullmatch(r"(\w+?)_ids?", attribute)
    if not base:
        return None
    word = OTHER_NAMES.get(base[1], base[1])
    return next((_entity_name(model) for model in TABLES if _entity_name(model) == word.upper()), None)


def _kind(attribute: Any) -> str:
    name = type(attribute).__name__.removesuffix("Attribute")
    return {"Unicode": "text", "Whole": "number", "UTCDateTime": "instant"}.get(name, name.lower())


def _entity_name(model: type[Model]) -> str:
    return _snake(model.__name__)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _table_name(model: type[Model]) -> str:
    return plain_name(model.Meta.table_name)


def _file(model: type[Model]) -> str:
    return str(Path(inspect.getfile(model)).resolve().relative_to(ROOT))


def _said(thing: type) -> str:
    """The docstring, as one line."""
    return re.sub(r"\s+", " ", inspect.getdoc(thing) or "").replace("|", "\\|")
