"""What M-Pesa takes of a receipt, and which tables are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.tariff import Band, charge, complaints, read

TARIFF = "49:0, 100:0, 500:5, 1000:7, 250000:108"


@pytest.mark.parametrize(
    ("amount", "taken"),
    [(0, 0), (1, 0), (100, 0), (101, 5), (500, 5), (501, 7), (1_001, 108), (250_000, 108), (300_000, 108)],
)
def test_a_receipt_costs_what_its_band_says(amount, taken):
    assert charge(TARIFF, amount) == taken


def test_without_a_tariff_nothing_is_charged():
    assert read(" ") == ()
    assert charge("", 1_000) == 0


@pytest.mark.parametrize(
    "text",
    [
        "100",
        "100:",
        ":5",
        "100:5:5",
        "100:-5",
        "-100:5",
        "1e3:5",
        "100.5:5",
        "๑๐๐:5",
        "100:0,100:5",
        "500:5,100:0",
        "100:0,,500:5",
        "100:0,",
        "0:0",
        "250001:108",
        "100:101",
        "9" * 5_000 + ":0",
    ],
)
def test_what_does_not_ascend_or_is_no_table_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the settings say what it must be like
        read(text)
    assert complaints(text, 1)


def test_a_table_reaches_up_to_the_most_that_may_be_paid():
    assert not complaints("100:0,250000:90", 250_000)
    assert complaints("100:0,70000:90", 250_000)
    assert not complaints("100:0,70000:90", 70_000)


def test_more_is_never_taken_than_came():
    assert charge("250000:10", 4) == 4


@st.composite
def tables(draw):
    ends = sorted(draw(st.sets(st.integers(1, 250_000), min_size=1, max_size=12)))
    return [Band(end, draw(st.integers(0, end))) for end in ends]


@given(tables(), st.integers(0, 250_000))
def test_a_table_is_read_as_it_is_written_and_never_takes_more_than_came(table, amount):
    tariff = ",".join(f"{band.up_to}:{band.charge}" for band in table)

    assert read(tariff) == tuple(table)
    assert 0 <= charge(tariff, amount) <= amount
