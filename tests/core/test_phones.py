import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.phones import masked, normalise


@pytest.mark.parametrize(
    "written",
    [
        "0712345678",
        "0712 345 678",
        "0712-345-678",
        "(0712) 345678",
        "+254712345678",
        "+254 712 345 678",
        "254712345678",
        "00254712345678",
        "+254 (0)712 345 678",
        "712345678",
        "\u202a+254 712 345 678\u202c",
        712345678,
        254712345678,
    ],
)
def test_every_way_of_writing_a_number_is_read(written):
    assert normalise(written) == "254712345678"


def test_numbers_that_begin_with_1_are_mobile_too():
    assert normalise("0110 345 678") == "254110345678"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0812345678",
        "07123456789",
        "071234567",
        "+255712345678",
        "phone",
        None,
        True,
        [],
        "٠٧١٢٣٤٥٦٧٨",
        1e9,
    ],
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="Kenyan mobile number"):
        normalise(written)


@given(st.from_regex(r"(0|254|\+254|)[71][0-9]{8}", fullmatch=True))
def test_reading_twice_changes_nothing(written):
    assert normalise(normalise(written)) == normalise(written)


@given(st.text())
def test_no_text_is_read_as_something_m_pesa_refuses(text):
    try:
        number = normalise(text)
    except ValueError:
        return
    assert number.isascii()
    assert len(number) == 12


def test_a_masked_number_hides_its_middle():
    assert masked("254712345678") == "2547•••••678"
