"""M-Pesa's statement as the portal exports it: what it tells, and what is refused with its line."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.payments.daraja.statements import Unreadable, read
from chalicelib.payments.daraja.transactions import Transaction

HEADINGS = (
    "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,"
    "Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No.\n"
)
PREAMBLE = "Short Code:,174379\nOrganization Name:,TIKETI TAMASHA\nTime Period:,23-11-2026 - 24-11-2026\n\n"
PAID = (
    'TKX1234567,24-11-2026 12:00:05,24-11-2026 12:00:01,"Pay Bill Online from 2547****678 - AMINA Acc. '
    '7c1f00aa22bb",Completed,"4,000.00",,"51,661.00",true,Pay Utility,2547****678 - AMINA,,7C1F00AA22BB\n'
)
CHARGE = "TKX1234567,24-11-2026 12:00:05,,Pay merchant Charge,Completed,,-22.00,51639.00,true,Charge,,,\n"
FAILED = "TKX1234568,24-11-2026 12:01:05,,Pay Bill Online,Failed,500.00,,,,Pay Utility,,,0011223344aa\n"
BANK = "TKX1234569,24-11-2026 12:05:05,,Business Withdrawal,Completed,,-9000.00,1.00,true,Withdrawal,,,\n"
REVERSAL = (
    "TKY7654321,2026-11-24 15:30:00,,Transaction Reversal,Completed,,-4000.00,0.00,true,"
    "Transaction Reversal,2547****678 - AMINA,TKX1234567,\n"
)


def of(text: str) -> list[Transaction]:
    return list(read(io.StringIO(text, newline="")))


def test_money_that_came_and_reversals_are_read_and_nothing_else():
    found = of(PREAMBLE + HEADINGS + PAID + CHARGE + FAILED + BANK + REVERSAL)

    assert found == [
        Transaction(
            "TKX1234567", datetime(2026, 11, 24, 9, 0, 5, tzinfo=UTC), Decimal("4000.00"), "7c1f00aa22bb"
        ),
        Transaction(
            "TKY7654321",
            datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
            Decimal("4000.00"),
            original="TKX1234567",
        ),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "TKY7654321,2026-11-24 15:30:00,,Pay Bill Charge Reversal,Completed,22.00,,0.00,true,"
        "Charge,,TKX1234567,7C1F00AA22BB\n",
        "TKY7654321,2026-11-24 15:30:00,,Reversal Charge,Completed,,-30.00,0.00,true,Charge,,TKX1234567,\n",
    ],
)
def test_charges_of_a_reversal_are_neither_money_nor_a_reversal(line):
    (one,) = of(PREAMBLE + HEADINGS + REVERSAL + line)

    assert one.amount == Decimal(4000)


def test_columns_are_found_by_name_in_any_order_and_unknown_ones_are_passed_over():
    text = (
        "Paid In,receipt no,Colour,WITHDRAWN,Completion  Time,Transaction Status.,Account No.\n"
        "10,tkx1234567,red,,2026-11-24 12:00:05,completed,abc\n"
    )

    (one,) = of(text)
    assert (one.receipt, one.amount, one.reference) == ("TKX1234567", Decimal(10), "abc")


def test_without_its_own_column_the_account_is_read_from_the_details():
    text = (
        "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn\n"
        "TKX1234567,24-11-2026 12:00:05,Pay Bill from 2547****678 - AMINA Acc. 7c1f00aa22bb,Completed,1,\n"
    )

    assert of(text)[0].reference == "7c1f00aa22bb"


def test_lines_of_sums_and_empty_lines_are_no_transactions():
    assert of(PREAMBLE + HEADINGS + "\n" + ",,,,,,\n" + 'Total,,,,,"4,000.00",\n' + "Page 1\n") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (PAID.replace("4,000.00", "4.000,00"), "Line 6: '4.000,00' is no amount."),
        (PAID.replace("4,000.00", "4000.005"), "Line 6: '4000.005' is no amount."),
        (PAID.replace("4,000.00", "NaN"), "Line 6: 'NaN' is no amount."),
        (PAID.replace("4,000.00", "1e9"), "Line 6: '1e9' is no amount."),
        (PAID.replace("TKX1234567", "1.2E+10"), "Line 6: '1.2E+10' is no receipt."),
        (PAID.replace("24-11-2026 12:00:05", "11/24/26 12:00"), "Line 6: the time '11/24/26 12:00' is"),
        (PAID.replace("24-11-2026 12:00:05", "31-02-2026 12:00:05"), "Line 6: the time '31-02-2026"),
        (PAID.replace("24-11-2026 12:00:05", "01-01-0001 00:00:00"), "Line 6: the time '01-01-0001"),
        (PAID.replace('"4,000.00",,', '"4,000.00",5.00,'), "Line 6: it is paid in and withdrawn at once."),
        (PAID[:60], "Line 6: this is not CSV"),
        (BANK[:40].replace("TKX1234569", "TKX1234569"), "Line 6: it is cut off."),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_and_named(line, says):
    with pytest.raises(Unreadable) as refused:
        of(PREAMBLE + HEADINGS + line)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a,b,c\n1,2,3\n", HEADINGS.replace("Withdrawn", "Gone"), "PK\x03\x04", "x\n" * 5000],
)
def test_a_file_without_the_headings_is_no_statement(text):
    with pytest.raises(Unreadable, match="is this M-Pesa's statement, as CSV"):
        of(text)


def test_a_spreadsheet_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "statement.csv"
    path.write_bytes(PREAMBLE.encode("utf-16"))

    with pytest.raises(Unreadable, match="not text in UTF-8"), path.open(encoding="utf-8-sig") as file:
        list(read(file))


@given(st.text() | st.text(alphabet='",\n\r\x00-. 0123456789TKXCompleted').map(HEADINGS.__add__))
@example(HEADINGS + "\x00")
@example(HEADINGS + '"' + "x" * 200_000)
def test_whatever_the_file_holds_it_is_read_or_refused_with_a_sentence(text):
    try:
        found = of(text)
    except Unreadable as refused:
        assert str(refused).endswith((".", "?"))
    else:
        assert all(one.amount > 0 for one in found)


_RECEIPTS = st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=10, max_size=10)
_TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0))


@given(
    st.lists(
        st.tuples(
            _RECEIPTS,
            _TIMES,
            st.integers(1, 99_999_999),
            st.sampled_from(["{:,.2f}", "{:.2f}"]),
            st.sampled_from(["%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"]),
            st.text(max_size=30).filter(lambda text: "\x00" not in text),
        ),
        max_size=20,
    )
)
def test_what_a_statement_says_is_read_to_the_cent_and_the_second(rows):
    out = io.StringIO(newline="")
    out.write(PREAMBLE + HEADINGS)
    writer = csv.writer(out)
    for receipt, at, cents, form, times, details in rows:
        amount = form.format(Decimal(cents) / 100)
        writer.writerow(
            [receipt, f"{at:{times}}", "", details, "Completed", amount, "", "", "", "", "", "", "ABCD"]
        )

    assert of(out.getvalue()) == [
        Transaction(receipt, at.replace(tzinfo=UTC) - timedelta(hours=3), Decimal(cents) / 100, "abcd")
        for receipt, at, cents, *_ in rows
    ]
