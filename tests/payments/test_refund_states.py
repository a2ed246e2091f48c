"""The table of what may happen to a refund, and random histories of several of one payment."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.payments.daraja.reversals import REFUSALS
from chalicelib.payments.refund_states import GIVEN_BACK, ON_ITS_WAY, STEPS, TO_ASK, RefundState, Step

PAGE = Path(__file__).parent.parent.parent / "docs" / "refunds.md"


def test_what_was_given_back_stays_so():
    assert not [before for before, _ in STEPS if before in GIVEN_BACK]


def test_a_reversal_that_m_pesa_carried_out_counts_in_every_state_that_has_not_given_back():
    for state in RefundState:
        assert ((state, Step.REVERSED) in STEPS) == (state not in GIVEN_BACK)


def test_nobody_asks_for_what_may_be_on_its_way():
    asking = (Step.ASKED, Step.ASKED_ABOVE_LIMIT, Step.GIVEN_BACK_BY_HAND, Step.TAKEN_ON)

    assert not [state for state in ON_ITS_WAY for step in asking if (state, step) in STEPS]


def test_only_what_somebody_took_on_is_sent():
    assert [before for (before, step) in STEPS if step is Step.ACCEPTED] == [RefundState.SENDING]
    assert [before for (before, step) in STEPS if step is Step.TAKEN_ON] == [RefundState.ASKED]


def test_every_state_can_be_reached_and_all_but_the_ends_left():
    assert set(STEPS.values()) | {RefundState.DUE} == set(RefundState)
    assert {before for before, _ in STEPS} == set(RefundState) - GIVEN_BACK


@given(st.data())
def test_whatever_happens_it_is_never_sent_twice_without_a_certain_refusal_in_between(data):
    state, may_be_out = RefundState.DUE, False
    for _ in range(20):
        possible = [step for before, step in STEPS if before is state]
        if not possible:
            break
        step = data.draw(st.sampled_from(possible))
        if step is Step.TAKEN_ON:
            assert not may_be_out
            may_be_out = True
        elif step in (Step.DECLINED, Step.NOT_SENT, Step.PUT_BACK):
            may_be_out = False
        state = STEPS[state, step]
        assert not (state in TO_ASK and may_be_out)


def test_the_diagram_in_the_docs_is_drawn_from_the_table_of_steps():
    drawn = re.search(r"```mermaid\n(.*?)```", PAGE.read_text(), re.DOTALL)

    assert drawn
    assert drawn[1] == diagram(), f"put this into {PAGE.name}:\n{diagram()}"


def test_the_codes_in_the_docs_are_those_of_the_table():
    assert all(f"| `{code}` | {words} |" in PAGE.read_text() for code, words in REFUSALS.items())


def diagram() -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, step), after in STEPS.items():
        arrows.setdefault((before, after), []).append(step.replace("_", " "))
    lines = [f"    {before} --> {after}: {', '.join(names)}" for (before, after), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {RefundState.DUE}", *lines, ""])
