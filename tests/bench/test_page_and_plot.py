"""Where the benches put their figures: parts of a page, and pictures."""

import xml.etree.ElementTree as ET

import pytest

from bench import page, plot


def test_a_part_is_replaced_and_the_rest_stays():
    text = "a\n<!-- cpu -->\nold\n<!-- until here: cpu -->\nb\n"

    made = page.with_part(text, "cpu", ["| new |"])

    assert made == "a\n<!-- cpu -->\n\n| new |\n\n<!-- until here: cpu -->\nb\n"
    assert page.with_part(made, "cpu", ["| new |"]) == made


def test_a_part_that_the_page_does_not_have_is_told():
    with pytest.raises(LookupError, match="no part cold"):
        page.with_part("nothing", "cold", [])


def test_every_subject_has_its_part_of_the_page():
    text = page.PAGE.read_text()

    for part in ("journeys", "routes", "cpu", "cold", "growth", "payments", "shards"):
        assert "|" in page.with_part(text, part, ["| x |"])


def test_a_bar_is_as_long_as_its_value():
    picture = ET.fromstring(plot.drawn("Sales & more", {"1": 50.0, "2": 100.0}, goal=80.0))

    bars = [one for one in picture.iter() if one.get("fill") == "#2f6f9f"]
    first, second = (float(one.get("width")) for one in bars)
    assert first * 2 == second
    assert "goal 80" in "".join(picture.itertext())
