"""docs/threat-model.md holds together: threats name tests, these exist, and no flow is left out."""

import re

from docs import make_threat_model
from docs.make_threat_model import existing, named_in

TEXT = make_threat_model.PAGE.read_text()
#: The parts in which each row is a threat, or a risk.
PARTS = ("Flows", "OWASP API Security Top 10, 2023", "Accepted")


def part(title):
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text):
    """Cells of each row of each table, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if set(row[0]) != {"-"} and row[-1] not in ("tests", "why")]


def flows():
    """The rows of each flow, by its number."""
    found = re.split(r"\n### (\d+)\. .*\n", part("Flows"))
    return {int(number): rows(text) for number, text in zip(found[1::2], found[2::2], strict=True)}


def test_each_threat_names_a_test():
    threats = [row for title in PARTS for row in rows(part(title))]

    assert len(threats) > 100
    assert [row for row in threats if not named_in(" ".join(row))] == []


def test_what_attackers_can_do_names_tests_too():
    parts = re.split(
        r"\n### ", TEXT.partition("\n## What an attacker can do with …\n")[2].partition("\n## ")[0]
    )

    assert len(parts) == 10  # what stands before the first, and nine attackers
    assert [text.partition("\n")[0] for text in parts[1:] if not named_in(text)] == []


def test_each_named_test_exists():
    assert [name for name in named_in(TEXT) if name not in existing()] == []


def test_every_flow_of_the_picture_has_its_threats():
    picture = TEXT.partition("```mermaid")[2].partition("```")[0]
    drawn = {int(number) for label in re.findall(r"-- \"?([\d, ]+)", picture) for number in label.split(",")}

    assert drawn == set(flows())
    for number, threats in flows().items():
        assert {row[0] for row in threats} == set("STRIDE"), f"flow {number}"


def test_owasps_list_is_whole():
    assert [row[0].split()[0] for row in rows(part(PARTS[1]))] == [f"API{n}" for n in range(1, 11)]


def test_the_page_leads_to_each_test():
    assert make_threat_model.page() == TEXT, "make resources"
    linked = set(re.findall(r"\[`(test_[a-z0-9_]+)`\](?!:)", TEXT))
    assert {name for row in rows(part("Flows")) for name in named_in(row[-1])} <= linked


def test_a_row_without_a_test_would_be_seen():
    """The control."""
    (row,) = rows(
        "| | threat | what stands against it | tests |\n| --- | --- | --- | --- |\n| S | lies | luck | |"
    )

    assert not named_in(" ".join(row))
