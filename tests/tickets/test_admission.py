"""The rules of the gate, without AWS: whoever tells first, the first one in is the same."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tickets.admission import (
    ADMITTED,
    REVOKED,
    VALID,
    Judgement,
    Outcome,
    Reason,
    Seen,
    Step,
    by_our_clock,
    judge,
)

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)
ISSUED = NOON - timedelta(days=30)


@dataclass
class Door:
    """One ticket, and what has been told of it: what the tables would hold."""

    status: str = VALID
    first: Seen | None = None
    known: set[str] = field(default_factory=set)
    admissions: int = 0

    def hears(self, scan: Seen, *, was_offline: bool = True) -> Judgement:
        judged = judge(
            self.status, self.first, scan, is_known=scan.name in self.known, was_offline=was_offline
        )
        if judged.step in (Step.ADMIT, Step.TAKE_OVER):
            assert (judged.step is Step.TAKE_OVER) == (self.first is not None)
            self.status, self.first, self.admissions = ADMITTED, scan, self.admissions + 1
        if judged.step is not Step.NOTHING:
            assert scan.name not in self.known
            self.known.add(scan.name)
        return judged


scans = st.lists(
    st.builds(Seen, st.text("abcdef", min_size=1), st.integers(0, 5).map(lambda s: NOON + timedelta(s))),
    min_size=1,
    max_size=8,
    unique_by=lambda scan: scan.name,
)


@given(scans, st.data())
def test_of_offline_scans_the_first_counts_in_whatever_order_and_however_often_they_are_told(told, data):
    order = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told)))))
    door = Door()

    for scan in order:
        door.hears(scan)

    assert door.first == min(told, key=lambda scan: (scan.at, scan.name))
    assert door.known == {scan.name for scan in told}  # none is lost


@given(scans, st.data())
def test_once_all_are_told_each_repeat_says_who_is_in_and_changes_nothing(told, data):
    door = Door()
    for scan in told:
        door.hears(scan)
    before = (door.status, door.first, set(door.known))

    again = {scan.name: door.hears(scan) for scan in data.draw(st.permutations(told))}

    assert (door.status, door.first, door.known) == before
    assert [name for name, one in again.items() if one.outcome is Outcome.ADMITTED] == [door.first.name]
    assert {one.step for one in again.values()} == {Step.NOTHING}


@given(scans, st.data())
def test_of_people_who_wait_for_our_word_one_is_admitted(told, data):
    door = Door()

    outcomes = [door.hears(scan, was_offline=False).outcome for scan in data.draw(st.permutations(told))]

    assert outcomes.count(Outcome.ADMITTED) == door.admissions == 1
    assert outcomes[0] is Outcome.ADMITTED


@given(scans, st.booleans())
def test_a_revoked_ticket_admits_nobody_and_its_scans_are_kept(told, was_offline):
    door = Door(REVOKED)

    judged = [door.hears(scan, was_offline=was_offline) for scan in told]

    assert {(one.outcome, one.reason) for one in judged} == {(Outcome.NOT_VALID, Reason.REVOKED)}
    assert (door.admissions, len(door.known)) == (0, len(told))


@given(scans)
def test_what_was_undone_is_not_brought_back_by_a_repeat_but_by_a_new_scan(told):
    door = Door()
    for scan in told:
        door.hears(scan)
    door.status, door.first = VALID, None

    assert {door.hears(scan).reason for scan in told} == {Reason.UNDONE}
    assert door.hears(Seen("new", NOON)).outcome is Outcome.ADMITTED


@given(
    st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(hours=12)),
)
def test_a_device_whose_clock_is_wrong_all_the_time_is_put_right(off, ago):
    came_at = NOON

    at = by_our_clock(came_at - ago + off, came_at + off, came_at, ISSUED)

    assert at == came_at - ago


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1), timezones=st.just(UTC)),
)
def test_whatever_a_clock_says_a_scan_is_between_the_tickets_making_and_now(scanned_at, sent_at):
    assert ISSUED <= by_our_clock(scanned_at, sent_at, NOON, ISSUED) <= NOON


def test_a_time_that_cannot_be_comes_before_nobodys():
    assert by_our_clock(ISSUED - timedelta(days=1), None, NOON, ISSUED) == NOON
    assert by_our_clock(NOON + timedelta(days=1), None, NOON, ISSUED) == NOON
    assert by_our_clock(None, NOON - timedelta(days=1), NOON, ISSUED) == NOON
