"""Our attributes store what PynamoDB's own do, and give plain things."""

from datetime import UTC, datetime

import pytest
from pynamodb.attributes import ListAttribute, MapAttribute, UnicodeAttribute

from chalicelib.catalog.models import Stock
from chalicelib.core.attributes import ByNameAttribute, RecordsAttribute, WholeAttribute
from chalicelib.payments.models import Attempt, Payment

AT = datetime(2030, 12, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (WholeAttribute(), {"regular": 2000, "MVP": 0}),
        (UnicodeAttribute(), {"regular": "Grass", "S": "a name like a type's"}),
        (ListAttribute(of=UnicodeAttribute), {"place": ["a", "b"], "another": []}),
        (WholeAttribute(), {}),
    ],
)
def test_a_map_is_stored_as_by_pynamodb_and_read_as_a_dict(of, value):
    stored = ByNameAttribute(of).serialize(value)

    assert stored == MapAttribute().serialize(value)
    assert ByNameAttribute(of).deserialize(stored) == value


def test_records_are_stored_as_by_pynamodb_and_read_as_such():
    attempts = [
        Attempt(number=1, phone="254712345678", asked_at=AT),
        Attempt(number=2, phone="", asked_at=AT),
    ]

    stored = RecordsAttribute(of=Attempt).serialize(attempts)
    found = RecordsAttribute(of=Attempt).deserialize(stored)

    assert stored == ListAttribute(of=Attempt).serialize(attempts)
    assert [(one.number, one.phone, one.asked_at) for one in found] == [(1, "254712345678", AT), (2, "", AT)]
    assert isinstance(found[0], Attempt)


def test_paths_into_maps_and_records_are_those_of_pynamodb():
    names, values = {}, {}

    said = [
        path.serialize(names, values)
        for path in (
            Stock.remaining["shared"].set(Stock.remaining["shared"] + 2),
            Payment.attempts[1]["pushed_at"].set(AT),
            Payment.attempts[0]["outcome"].set(Payment.attempts[0]["outcome"] | "accepted"),
            Payment.attempts[1]["outcome"].set("unknown"),
        )
    ]

    assert said == [
        "#0.#1 = #0.#1 + :0",
        "#2[1].#3 = :1",
        "#2[0].#4 = if_not_exists (#2[0].#4, :2)",
        "#2[1].#4 = :3",
    ]
    assert list(names) == ["remaining", "shared", "attempts", "pushed_at", "outcome"]
    assert values[":1"] == {"S": "2030-12-24T16:00:00.000000+0000"}


def test_a_whole_number_is_an_int():
    assert WholeAttribute().deserialize("250000") == 250_000
    with pytest.raises(ValueError, match="invalid literal"):
        WholeAttribute().deserialize("1.5")
