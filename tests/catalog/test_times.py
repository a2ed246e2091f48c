from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.catalog.times import parse_clock, parse_instant, shown

WHEN = datetime(2026, 12, 24, 16, tzinfo=UTC)
#: What looks like a time, in any year and month, and at any hour, that there may not be.
LIKE_TIMES = st.from_regex(
    r"[0-9]{4}-?([0-9]{2}-?[0-9]{2}|W[0-9]{2}-?[0-9])[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2}(:[0-9]{2})?)?",
    fullmatch=True,
)


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
    st.datetimes(datetime(2000, 1, 1, 23), datetime(2099, 12, 31, 23, 59)),
    st.sampled_from(["Africa/Nairobi", "Europe/Paris"]),
)
def test_what_is_shown_is_read_back_as_the_same_instant(naive, zone):
    instant = naive.replace(microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    assert parse_instant(shown(instant, zone)) == instant


@given(
    st.one_of(st.text(), LIKE_TIMES, st.datetimes(timezones=st.timezones()).map(str)),
    st.sampled_from([(parse_instant, 2000), (parse_clock, 1970)]),
)
@example("1970-01-01T00:00:00+03:00", (parse_clock, 1970))  # that was in 1969
@example("2099-12-31T23:59:59-03:00", (parse_instant, 2000))
@example("0001-01-01T00:00:00+03:00", (parse_instant, 2000))
@example("9999-12-31T23:59:59-03:00", (parse_clock, 1970))
def test_whatever_text_comes_as_a_time_is_read_as_one_of_those_years_or_refused(text, reading):
    parse, earliest = reading
    try:
        instant = parse(text)
    except ValueError as refused:
        assert str(refused).startswith("Must be a date and time")
    else:
        assert datetime(earliest, 1, 1, tzinfo=UTC) <= instant < datetime(2100, 1, 1, tzinfo=UTC)
        assert instant.tzinfo is UTC
