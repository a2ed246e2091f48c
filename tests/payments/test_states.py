"""The table of what may happen to a payment."""

import re
from pathlib import Path

from chalicelib.payments.states import CONSEQUENCES, TRANSITIONS, Happening, State

PAGE = Path(__file__).parent.parent.parent / "docs" / "payments.md"
PAID = {Happening.PAID, Happening.PAID_LATE, Happening.PAID_WITHOUT_SEATS, Happening.PAID_WRONG_AMOUNT}


def test_money_that_came_never_ends_in_a_state_without_ticket_or_refund():
    for (_, happening), after in TRANSITIONS.items():
        if happening in PAID:
            assert after in (State.COMPLETED, State.REFUND_DUE)


def test_a_paid_payment_never_becomes_unpaid():
    paid = {State.COMPLETED, State.REFUND_DUE, State.REFUNDED}

    assert all(after in paid for (before, _), after in TRANSITIONS.items() if before in paid)


def test_money_may_come_in_every_state():
    for state in State:
        happenings = {happening for (before, happening) in TRANSITIONS if before is state}
        assert happenings & (PAID | {Happening.PAID_AGAIN}), state


def test_seats_are_held_exactly_while_pending():
    """Leaving Pending moves the held seats somewhere, and only then are they moved out of `held`."""
    for (before, happening), after in TRANSITIONS.items():
        follows = CONSEQUENCES.get(happening)
        if follows is None:  # joins with its issue
            continue
        if before is not after and after is State.PENDING:
            assert follows.unheld
        if before is State.PENDING and after is not State.PENDING:
            assert follows.held
            assert follows.held.columns["held"] == -1
        if before is not State.PENDING and follows.unheld:
            assert follows.unheld.columns.get("held", 0) == (after is State.PENDING)


def test_seats_are_sold_exactly_when_tickets_are_issued():
    for (before, happening), after in TRANSITIONS.items():
        follows = CONSEQUENCES.get(happening)
        if follows is None or before is State.COMPLETED:
            continue
        moves = follows.held if before is State.PENDING else follows.unheld
        sold = moves.columns.get("sold", 0) if moves else 0
        issues_tickets = after is State.COMPLETED and before is not State.COMPLETED
        assert (sold == 1) == issues_tickets, (before, happening)


def test_every_happening_to_money_is_in_the_ledger():
    assert all(consequence.ledger for consequence in CONSEQUENCES.values())
    assert all("received" in CONSEQUENCES[happening].ledger for happening in PAID)


def test_the_diagram_in_the_docs_is_drawn_from_the_table():
    drawn = re.search(r"```mermaid\n(.*?)```", PAGE.read_text(), re.DOTALL)

    assert drawn
    assert drawn[1] == diagram(), f"put this into {PAGE.name}:\n{diagram()}"


def diagram() -> str:
    arrows = {}
    for (before, happening), after in TRANSITIONS.items():
        arrows.setdefault((before, after), []).append(happening.replace("_", " "))
    lines = [f"    {before} --> {after}: {', '.join(names)}" for (before, after), names in arrows.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {State.PENDING}", *lines, ""])
