from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.times import parse_instant, shown

WHEN = datetime(2026, 12, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24T16:00:00Z",
        "2026-12-24 19:00:00+03:00",
        "2026-12-24T16:00:00",
        "2026-12-24T16:00",
        "2026-12-24T16:00:00.000Z",
        " 2026-12-24 16:00:00 ",
    ],
)
def test_a_time_is_read_in_every_form_and_without_an_offset_it_is_utc(text):
    assert parse_instant(text) == WHEN


@pytest.mark.parametrize("text", ["", "2026-12-24", "24/12/2026 16:00", "1999-12-24T16:00:00Z", None, 5, []])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="Must be a date and time"):
        parse_instant(text)


def test_a_time_is_shown_with_a_space_and_the_events_offset():
    assert shown(WHEN) == "2026-12-24 19:00:00+03:00"
    assert shown(WHEN, "Africa/Lagos") == "2026-12-24 17:00:00+01:00"


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)),
    st.sampled_from(["Africa/Nairobi", "Europe/Paris"]),
)
def test_what_is_shown_is_read_back_as_the_same_instant(naive, zone):
    instant = naive.replace(microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    assert parse_instant(shown(instant, zone)) == instant
