"""Issuing and revoking, within somebody else's transaction."""

import pytest

from chalicelib.core.dynamo import ConditionFailed, transact
from chalicelib.tickets import issuing
from chalicelib.tickets.admission import REVOKED
from chalicelib.tickets.issuing import Admissions
from chalicelib.tickets.models import Ticket


def issue(at, user_id="u1"):
    kinds = [Admissions("regular", "Regular", 2)]
    transact(
        lambda writing: issuing.issue(
            writing, payment_id="p1", event_id="e1", user_id=user_id, admissions=kinds, at=at
        )
    )


def test_tickets_that_are_there_are_not_issued_again(aws, clock):
    issue(clock())

    with pytest.raises(ConditionFailed):
        issue(clock(), user_id="u2")

    assert {ticket.user_id for ticket in Ticket.scan()} == {"u1"}


def test_all_tickets_of_a_payment_are_revoked(aws, clock):
    issue(clock())

    transact(lambda writing: issuing.revoke(writing, "e1", issuing.ticket_ids("p1", 2)))

    assert [ticket.status for ticket in issuing.of_payment("p1", 2)] == [REVOKED, REVOKED]


def test_tickets_that_are_not_there_are_not_revoked(aws):
    with pytest.raises(ConditionFailed):
        transact(lambda writing: issuing.revoke(writing, "e1", issuing.ticket_ids("p1", 1)))

    assert list(Ticket.scan()) == []
