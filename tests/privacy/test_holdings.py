"""The register of what we hold of people is whole, and its periods are those that are enforced."""

import json
from pathlib import Path

import pytest

from chalicelib.accounts import trail
from chalicelib.core import outbox, retention
from chalicelib.privacy import holdings
from chalicelib.tables import LAPSES, TABLES
from chalicelib.tickets.models import Scan
from devstack.deployment.names import plain_name
from devstack.deployment.resources import resources
from docs import make_privacy

ROOT = Path(__file__).parent.parent.parent
DAY = 86_400


def held(model) -> holdings.Held:
    name = plain_name(model.Meta.table_name)
    found = [one for one in holdings.TABLES if one.table == name]
    assert len(found) == 1, (
        f"{name} has no row in chalicelib/privacy/holdings.py: what does it hold of people?"
    )
    return found[0]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_every_attribute_is_in_the_register_once(model):
    """A new attribute, or table, is personal or not: say so in `holdings`, with what ends it."""
    row = held(model)

    assert sorted([*row.personal.split(), *row.rest.split()]) == sorted(model.get_attributes())


def test_the_register_has_no_table_that_is_not_there():
    assert [one.table for one in holdings.TABLES] == [plain_name(one.Meta.table_name) for one in TABLES]


def test_an_attribute_without_a_word_about_it_would_be_found():
    """The control: names that a person has, wherever they stand, are called personal."""
    telling = {"phone", "payer_phone", "phone_number", "email", "username", "user_id", "device", "note", "to"}
    for row in holdings.TABLES:
        assert not telling & set(row.rest.split()), row.table


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
def test_what_is_held_of_people_says_why_how_long_and_what_ends_it(model):
    row = held(model)

    assert bool(row.personal) == bool(row.why and row.kept and row.ends)
    if row.personal:
        assert ("TTL" in row.ends) == (model in LAPSES)


def test_what_is_written_lapses_when_it_should(town, organizer, buyer):
    at = town.clock.at.timestamp()
    event = organizer.event(regular_price=0)
    payment = buyer.payment(buyer.buys(event))
    code = payment["tickets"][0]["code"]
    assert organizer.asks("POST", f"/events/{event['id']}/checkins", {"code": code}).status == 200
    (scan,) = Scan.scan()

    rows = {
        outbox.new("tickets_issued", "u1", town.clock.at, about="a" * 32, payment_id="p1"): 180,
        outbox.new("password_reset", "u1", town.clock.at, about="a" * 32): 30,
        trail.line("u1", town.clock.at, "user.changed", "user#u2"): 6 * 366,
        scan: 400,
    }

    assert {row.lapses_at - at: days for row, days in rows.items()} == {
        days * DAY: days for days in rows.values()
    }


def test_what_is_deployed_keeps_no_longer():
    made = resources()["Resources"]
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())

    queues = {
        (name.endswith("DeadQueue"), one["Properties"]["MessageRetentionPeriod"])
        for name, one in made.items()
        if one.get("Type") == "AWS::SQS::Queue"
    }
    (rule,) = made["CallbacksBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert queues == {(False, retention.QUEUE_DAYS * DAY), (True, retention.DEAD_LETTER_DAYS * DAY)}
    assert rule == {"Id": "Forget", "Status": "Enabled", "ExpirationInDays": retention.CALLBACK_DAYS}
    assert config["log_retention_in_days"] == retention.LOG_DAYS
    for model in LAPSES:
        table = next(
            one["Properties"]
            for one in made.values()
            if one.get("Type") == "AWS::DynamoDB::Table"
            and one["Properties"]["TableName"]["Fn::Sub"].endswith(plain_name(model.Meta.table_name))
        )
        assert table["TimeToLiveSpecification"] == {"AttributeName": "lapses_at", "Enabled": True}


def test_the_page_has_the_register_as_it_is():
    assert make_privacy.PAGE.read_text() == make_privacy.page()
