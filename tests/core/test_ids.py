from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import new_id

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(INSTANTS)
def test_an_id_is_a_uuid_of_version_7_in_hex(at):
    text = new_id(at)

    assert UUID(text).hex == text
    assert UUID(text).version == 7
    assert (
        int(text[:12], 16) == int(at.timestamp() * 1000)
        or abs(int(text[:12], 16) - at.timestamp() * 1000) < 1
    )


@given(INSTANTS, INSTANTS)
def test_ids_sort_by_time(one, other):
    if one != other:
        assert (new_id(one) < new_id(other)) == (one < other)


def test_ids_differ():
    at = datetime(2026, 11, 24, tzinfo=UTC)

    assert len({new_id(at) for _ in range(1000)}) == 1000
