"""Sizes and units as Amazon's Developer Guide counts them; each test names its page."""

import base64

import pytest

from devstack.dynamodb_limits.costs import Charge, by_place, read_charges, totals, write_charges
from devstack.dynamodb_limits.requests import Index, Table, Target, in_full, tables_of, targets
from devstack.dynamodb_limits.sizes import item_size, read_units, write_units

TICKETS = Table(
    "tickets",
    ("id",),
    (
        Index("by_owner", "owner", ("owner", "at"), frozenset()),
        Index("by_event", "event", ("event",), None),
    ),
)
LINES = Table("lines", ("payment", "number"))
TABLES = {"tickets": TICKETS, "lines": LINES}
KEY = {"id": {"S": "1"}}


def ticket(**more):
    return {"id": {"S": "1"}} | {name: {"S": value} for name, value in more.items()}


def charged(old, new, operation="UpdateItem", **more):
    """Write units by table and index."""
    found = write_charges(operation, [Target("tickets", KEY)], [old], [new], TABLES, **more)
    units = {}
    for charge in found:
        units[charge.place[0]] = units.get(charge.place[0], 0) + charge.writes
    return units


@pytest.mark.parametrize(
    ("item", "size"),
    [  # "DynamoDB item sizes and formats"
        ({}, 0),
        ({"id": {"S": "müziki"}}, 2 + 7),
        ({"n": {"N": "1234"}}, 1 + 3),
        ({"n": {"N": "1200"}}, 1 + 2),
        ({"n": {"N": "-0.5"}}, 1 + 2),
        ({"b": {"BOOL": True}}, 1 + 1),
        ({"b": {"B": b"\x00\x01\x02\x03"}}, 1 + 4),
        ({"b": {"B": base64.b64encode(b"\x00\x01\x02\x03").decode()}}, 1 + 4),
        ({"m": {"M": {"a": {"S": "xy"}}}}, 1 + 3 + 1 + 1 + 2),
        ({"l": {"L": [{"S": "x"}, {"N": "1"}]}}, 1 + 3 + 1 + 1 + 1 + 2),
        ({"s": {"SS": ["ab", "c"]}}, 1 + 3),
    ],
)
def test_an_items_size(item, size):
    assert item_size(item) == size


def test_4_kb_are_a_read_unit_and_1_kb_a_write_unit():
    """DynamoDB read and write operations."""
    assert [read_units(n, consistent=True) for n in (0, 4096, 4097)] == [1, 1, 2]
    assert [read_units(n, consistent=False) for n in (0, 4096, 4097)] == [0.5, 0.5, 1]
    assert [write_units(n) for n in (0, 1024, 1025)] == [1, 1, 2]


def test_a_write_counts_the_larger_of_before_and_after():
    """DynamoDB read and write operations: UpdateItem, DeleteItem."""
    small, large = ticket(), ticket(text="x" * 3000)

    assert charged(small, large) == charged(large, small) == {"tickets": 3}
    assert charged(large, None, "DeleteItem") == {"tickets": 3}
    assert charged(None, None, "DeleteItem") == {"tickets": 1}
    assert charged(None, small, "PutItem") == {"tickets": 1}


def test_a_query_is_rounded_as_a_whole_and_other_reads_by_item():
    """DynamoDB read and write operations: Query, BatchGetItem, GetItem."""
    half = {"id": {"S": "1"}, "a": {"S": "x" * 2990}}
    keys = [{"id": {"S": number}} for number in "123"]
    batch = {"RequestItems": {"tickets": {"Keys": keys, "ConsistentRead": True}}}

    def read(operation, parameters, answer):
        charges, items = read_charges(operation, parameters, answer, TABLES)
        return totals(charges)[0], items

    query = {"TableName": "tickets"}
    assert read("Query", query, {"Items": [half, half, half]}) == (1.5, 3)
    assert read("Query", query | {"ConsistentRead": True}, {"Items": []}) == (1, 0)
    assert read("BatchGetItem", batch, {"Responses": {"tickets": [half]}}) == (3, 3)
    assert read("GetItem", {"TableName": "tickets", "Key": KEY}, {}) == (0.5, 1)


def test_what_a_query_leaves_out_is_not_guessed():
    count = {"TableName": "tickets", "Select": "COUNT"}

    with pytest.raises(ValueError, match="leaves out"):
        read_charges("Query", count, {"Count": 3}, TABLES)

    assert in_full(count) == {"TableName": "tickets"}


def test_in_a_transaction_everything_costs_two():
    """Amazon DynamoDB Transactions: How it works, capacity management for transactions."""
    get = {"TransactItems": [{"Get": {"TableName": "tickets", "Key": KEY}}]}
    charges, _ = read_charges("TransactGetItems", get, {"Responses": [{"Item": ticket()}]}, TABLES)

    assert totals(charges) == (2, 0)
    assert charged(None, ticket(), "TransactWriteItems") == {"tickets": 2}
    assert charged(None, ticket(text="x" * 1100), "TransactWriteItems") == {"tickets": 4}


def test_a_write_that_a_condition_refuses_costs_what_is_there():
    """DynamoDB read and write operations: a failed conditional write consumes by the existing item."""
    large = ticket(text="x" * 3000, event="e")

    assert charged(large, large, refused=True) == {"tickets": 3}
    assert charged(None, None, refused=True) == {"tickets": 1}
    assert charged(large, large, "TransactWriteItems", refused=True) == {"tickets": 3}


@pytest.mark.parametrize(
    ("old", "new", "units"),
    [
        (None, {"event": "e"}, 1),
        ({"event": "e"}, {"event": "f"}, 2),
        ({"event": "e"}, {}, 1),
        ({}, {}, 0),
        ({"event": "e", "text": "a"}, {"event": "e", "text": "b"}, 1),
        ({"event": "e"}, {"event": "e"}, 0),
    ],
)
def test_an_index_costs_where_its_entry_changes(old, new, units):
    """Using Global Secondary Indexes in DynamoDB: write capacity units."""
    before = None if old is None else ticket(**old)

    assert charged(before, ticket(**new)).get("tickets/by_event", 0) == units


def test_an_index_of_keys_does_not_see_other_attributes_and_needs_all_its_keys():
    indexed = ticket(owner="o", at="1")

    assert charged(indexed, indexed | {"text": {"S": "x"}}) == {"tickets": 1}
    assert charged(None, ticket(owner="o")) == {"tickets": 1}
    assert charged(None, indexed) == {"tickets": 1, "tickets/by_owner": 1}
    assert charged(indexed, ticket(owner="o", at="2")) == {"tickets": 1, "tickets/by_owner": 2}


def test_each_hash_key_is_a_place_of_its_own():
    charges = write_charges(
        "PutItem", [Target("lines", {"payment": {"S": "p"}, "number": {"N": "2"}})], [None], [{}], TABLES
    )
    again = [Charge(("lines", "{'S': 'p'}"), reads=2.0)]

    assert by_place([*charges, *again]) == {("lines", "{'S': 'p'}"): (2.0, 1.0)}


def test_what_a_request_writes_is_found_in_all_its_shapes():
    put, delete = {"PutRequest": {"Item": ticket(event="e")}}, {"DeleteRequest": {"Key": KEY}}
    check = {"ConditionCheck": {"TableName": "tickets", "Key": KEY}}
    update = {"Update": {"TableName": "lines", "Key": {"payment": {"S": "p"}, "number": {"N": "1"}}}}
    batch = {"RequestItems": {"tickets": [put, delete]}}
    transaction = {"TransactItems": [check, update]}

    assert [one.key for one in targets("BatchWriteItem", batch, TABLES)] == [KEY, KEY]
    assert [one.table for one in targets("TransactWriteItems", transaction, TABLES)] == ["tickets", "lines"]
    assert tables_of("TransactWriteItems", transaction) == ["tickets", "lines"]
    assert targets("PutItem", {"TableName": "tickets", "Item": ticket()}, TABLES)[0].put == ticket()
    assert targets("GetItem", {"TableName": "tickets", "Key": KEY}, TABLES) == []


def test_a_tables_shape_is_what_describe_table_says():
    keys = [{"AttributeName": "number", "KeyType": "RANGE"}, {"AttributeName": "payment", "KeyType": "HASH"}]
    index = {"IndexName": "i", "KeySchema": keys[1:], "Projection": {"ProjectionType": "KEYS_ONLY"}}
    described = {"TableName": "lines", "KeySchema": keys, "GlobalSecondaryIndexes": [index]}

    assert Table.of(described) == Table(
        "lines", ("payment", "number"), (Index("i", "payment", ("payment",), frozenset()),)
    )
