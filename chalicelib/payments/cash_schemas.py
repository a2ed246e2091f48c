"""What comes in and goes out about cash."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from chalicelib.catalog.times import shown
from chalicelib.web.fields import BLANK_IS_NONE, BLANK_OR_WHOLE, Line, Schema, Whole, example

if TYPE_CHECKING:
    from chalicelib.payments.cash_models import CashDrawer, CashUp


class CashUpForm(Schema):
    """So much of a seller's cash was counted, and handed over; `amount` in whole KES.

    `cash_ups` is how many there were when whoever counts looked: if there has been one since, it is refused.
    """

    model_config = example(
        seller_id="0199f2c7a4b17d3f9c52e8d0a1b2c3d6", amount=24_000, note="Gate A, first evening", cash_ups=0
    )

    seller_id: str = Field(min_length=1, max_length=64)
    amount: Whole = Field(ge=0, le=100_000_000)
    note: Annotated[Line | None, BLANK_IS_NONE] = None
    cash_ups: Annotated[Annotated[int, Field(ge=0)] | None, BLANK_OR_WHOLE] = None


class DrawerView(Schema):
    """A seller's cash at an event, in whole KES; `in_hand` is what they should have now."""

    seller_id: str
    username: str
    tickets: int
    taken: int
    given_back: int
    handed_over: int
    in_hand: int
    cash_ups: int
    currency: str = "KES"

    @classmethod
    def of(cls, drawer: "CashDrawer", username: str) -> Self:
        """The view of a drawer."""
        return cls(
            seller_id=drawer.seller_id,
            username=username,
            tickets=int(drawer.tickets),
            taken=int(drawer.taken),
            given_back=int(drawer.given_back),
            handed_over=int(drawer.handed_over),
            in_hand=drawer.in_hand,
            cash_ups=int(drawer.cash_ups),
        )


class CashUpView(Schema):
    """What was counted of a seller's cash; `difference` is by how much it was more than expected."""

    id: str
    event_id: str
    seller_id: str
    amount: int
    expected: int
    difference: int
    currency: str = "KES"
    counted_by: str
    note: str | None
    created_at: str

    @classmethod
    def of(cls, cash_up: "CashUp") -> Self:
        """The view of a cash-up."""
        return cls(
            id=cash_up.id,
            event_id=cash_up.event_id,
            seller_id=cash_up.seller_id,
            amount=int(cash_up.amount),
            expected=int(cash_up.expected),
            difference=int(cash_up.amount) - int(cash_up.expected),
            counted_by=cash_up.counted_by,
            note=cash_up.note,
            created_at=shown(cash_up.counted_at),
        )
