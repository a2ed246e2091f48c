"""Tickets as they are drawn, read by others' readers."""

import random
from base64 import b32encode
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from chalicelib.tickets.drawing import layout, lettering, pdf, png, qr, svg
from chalicelib.tickets.drawing.sheet import Paper, Text
from tests.tickets import reading

CODE = "T1.1." + b32encode(random.Random(1).randbytes(98)).decode().rstrip("=")
PAPER = Paper(
    event="Blankets & Wine",
    day="Thu 24 Dec 2026",
    hours="19:00 – 23:00 EAT",
    place="Loresho Gardens, Nairobi",
    label="Regular",
    holder="Wangũi wa Mũthoni",
    order="0193a5c0ffee7c3e8d7e5a1b2c3d4e5f",
    number=2,
    of=5,
    status="valid",
    code=CODE,
)
LONG = replace(
    PAPER,
    event="Tamasha la Kimataifa la Muziki wa Asili ya Waswahili na Ng'ombe wa Pwani: Toleo la Kumi na Tano",
    place="Uwanja wa Michezo wa Kimataifa wa Moi Kasarani, Barabara ya Thika, karibu na Njia ya Mzunguko",
    label="Early booking – Watu Mashuhuri na Wageni",
    holder="Wangũi wa Mũthoni Ng’ang’a-Ĩrũngũ Mwangĩ Kĩmani Onyango",
    hours="19:00 until Sat 26 Dec, 23:00 EAT",
)
GONE = replace(PAPER, status="revoked", code="")


def as_png(paper):
    return png.painted(layout.laid_out(paper))


def as_pdf(paper):
    return pdf.painted(layout.laid_out(paper))


def as_svg(paper):
    return svg.painted(layout.laid_out(paper))


@pytest.mark.parametrize("paper", [PAPER, LONG, replace(PAPER, status="admitted")])
def test_the_code_is_read_from_the_png_and_from_the_page_of_the_pdf(paper):
    assert reading.codes(reading.picture(as_png(paper))) == [CODE]
    assert reading.codes(reading.page(as_pdf(paper))) == [CODE]


@pytest.mark.parametrize("status", ["valid", "admitted"])
def test_the_code_is_as_large_as_the_ticket_allows_with_its_quiet_zone(status):
    image = reading.picture(as_png(replace(PAPER, status=status))).convert("L")
    left, top, right, bottom = image.point(lambda shade: 255 * (shade < 8)).getbbox()
    module = (right - left) / len(qr.modules(CODE))

    assert (right - left) == (bottom - top) > 0.7 * image.width
    assert module == int(module) >= 10
    quiet = image.crop((left - 4 * module, top - 4 * module, right + 4 * module, bottom + 4 * module))
    quiet.paste(
        255,
        (4 * int(module), 4 * int(module), 4 * int(module) + right - left, 4 * int(module) + bottom - top),
    )
    assert quiet.getextrema() == (255, 255)


def cracked(code, level, seed):
    """A code on a dim display with a crack through it, as a camera sees it."""
    import segno

    chance = random.Random(seed)
    rows = [*segno.make_qr(code, error=level, boost_error=False).matrix_iter(border=4)]
    image = Image.new("L", (len(rows), len(rows)))
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    image = image.resize((900, 900), Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(image)
    middle = (chance.uniform(250, 650), chance.uniform(250, 650))
    for _ in range(8):
        corner = (chance.choice((0, 900)), chance.uniform(0, 900))
        pen.line((*middle, *(corner if chance.random() < 0.5 else corner[::-1])), fill=200, width=10)
    dim = image.point(lambda shade: 30 + shade * 40 // 255).resize((244, 244), Image.Resampling.BILINEAR)
    return dim.filter(ImageFilter.GaussianBlur(0.6))


def test_a_cracked_dim_display_is_read_more_often_with_the_correction_we_chose():
    read = {
        level: sum(reading.codes(cracked(CODE, level, seed)) == [CODE] for seed in range(40))
        for level in "mq"
    }

    assert read["q"] > read["m"]


def test_a_revoked_ticket_says_so_and_has_no_code():
    assert reading.codes(reading.picture(as_png(GONE))) == reading.codes(reading.page(as_pdf(GONE))) == []
    assert "REVOKED It admits nobody" in reading.words(as_pdf(GONE))
    assert "– revoked</title>" in as_svg(GONE)


def test_an_admitted_ticket_says_so_and_keeps_its_code():
    assert "ADMITTED" in reading.words(as_pdf(replace(PAPER, status="admitted")))
    assert "ADMITTED" not in reading.words(as_pdf(PAPER))


def test_a_status_that_nobody_has_told_us_of_is_drawn_by_its_word():
    words = reading.words(as_pdf(replace(PAPER, status="lent to a friend", code="")))

    assert "LENT TO A FRIEND" in words
    assert "It admits nobody." in words


def test_the_pdf_has_one_page_whose_words_can_be_searched():
    words = reading.words(as_pdf(LONG))

    for part in (
        LONG.event,
        LONG.place,
        LONG.label,
        LONG.holder,
        LONG.day,
        LONG.hours,
        LONG.order,
        "Ticket 2 of 5",
    ):
        assert part in words


def test_many_tickets_are_one_pdf_with_a_page_and_a_code_for_each():
    codes = ["T1.1." + b32encode(random.Random(n).randbytes(98)).decode().rstrip("=") for n in range(50)]
    papers = [replace(LONG, number=n, of=50, code=code) for n, code in enumerate(codes, 1)]

    document = pdf.painted(*map(layout.laid_out, papers))

    pages = reading.pages(document)
    assert [reading.codes(page) for page in pages] == [[code] for code in codes]
    assert "Ticket 50 of 50" in reading.words(document, 49)
    assert len(document) < 600_000


def test_a_ticket_whose_order_does_not_say_how_many_it_has_counts_alone():
    assert "Ticket 2 " in reading.words(as_pdf(replace(PAPER, of=None)))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Ng'ombe za ng’ambo", "Ng'ombe za ng’ambo"),
        ("Kĩmani wa Ĩrũngũ", "Kĩmani wa Ĩrũngũ"),
        ("Ki\u0303mani", "Kĩmani"),  # as two code points
        ("Sauti Sol 🎉🇰🇪 Live", "Sauti Sol Live"),
        ("𝓝𝓪𝓲𝓻𝓸𝓫𝓲 ｆｅｓｔ", "Nairobi fest"),  # letters of mathematics, wide ones
        ("ሰላም\u202e \x00", ""),
    ],
)
def test_letters_that_we_lack_are_made_plain_or_left_out(text, drawn):
    assert lettering.drawable(text) == drawn


def test_nothing_that_can_be_drawn_leaves_a_ticket_all_the_same():
    words = reading.words(as_pdf(replace(PAPER, event="🎉", holder="ሰላም", place="日本")))

    assert "Your event" in words
    assert "NAME" not in words
    assert "WHERE" not in words


WORDS = st.text(st.one_of(st.sampled_from(" WilmĨũ'’🎉"), st.characters()), max_size=300)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS, WORDS, st.sampled_from(["valid", "admitted", "revoked"]))
def test_no_words_leave_the_page_or_stand_on_others(event, place, label, holder, hours, status):
    code = "" if status == "revoked" else "CODE"
    paper = replace(
        PAPER, event=event, place=place, label=label, holder=holder, hours=hours, status=status, code=code
    )
    sheet = layout.laid_out(paper)
    taken = []
    for text in (mark for mark in sheet.marks if isinstance(mark, Text)):
        width = lettering.width(text.words, text.size, text.weight)
        place = (text.x, text.y - 0.73 * text.size, text.x + width, text.y + 0.22 * text.size)
        assert place[0] >= layout.MARGIN - 0.1
        assert place[2] <= layout.WIDTH - layout.MARGIN + 0.1
        assert 0 < place[1] < place[3] < layout.HEIGHT
        taken.append(place)
    for number, one in enumerate(taken):
        for other in taken[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)
    ElementTree.fromstring(svg.painted(sheet))


def test_more_letters_than_a_font_of_a_pdf_has_are_all_there():
    letters = "".join(sorted(lettering._faces()["bold"]["letters"]))
    known = [letter for letter in letters if letter.isalpha()][:400]
    lines = ["".join(known[start : start + 40]) for start in range(0, 400, 40)]
    sheet = layout.laid_out(PAPER)
    marks = [Text(10, 20 + 20 * n, 10, "bold", "#000000", "#ffffff", line) for n, line in enumerate(lines)]

    words = reading.words(pdf.painted(replace(sheet, marks=marks)))

    assert lettering.drawable(words).replace(" ", "") == lettering.drawable("".join(known)).replace(" ", "")


def test_the_same_ticket_is_the_same_file():
    assert as_pdf(PAPER) == as_pdf(PAPER)
    assert as_png(PAPER) == as_png(PAPER)


def test_files_are_small_enough_to_send():
    assert len(as_svg(LONG)) < 80_000
    assert len(as_png(LONG)) < 60_000
    assert len(as_pdf(LONG)) < 60_000


def test_an_svg_says_in_words_what_it_shows_and_runs_nothing():
    picture = as_svg(replace(PAPER, event="<script>alert('Ng’ombe')</script> & \x00\ud800co"))

    root = ElementTree.fromstring(picture)
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title.text.startswith(
        "<script>alert('Ng’ombe')</script> & co, Regular, Ticket 2 of 5, Thu 24 Dec 2026"
    )
    assert "<script" not in picture
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
