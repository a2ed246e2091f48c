"""Promo codes as their organizers have them: making, listing and ending them."""

from pynamodb.transactions import TransactWrite

from chalicelib.catalog.revising import find_own
from chalicelib.core.dynamo import ConditionFailed, transact, update
from chalicelib.core.problems import Busy, NotFound
from chalicelib.offers import counting, rules
from chalicelib.offers.codes import UNKNOWN, Standing, keys_of, left_of
from chalicelib.offers.models import PromoCode
from chalicelib.offers.problems import CodeExists, TooManyCodes
from chalicelib.offers.schemas import PromoCodeForm
from chalicelib.web.caller import Caller


def create(event_id: str, form: PromoCodeForm, caller: Caller) -> Standing:
    """Make a code for an event of the caller's; it counts at once, or from its `starts_at`.

    Raises:
        NotFound, NotYourEvent: the event is not the caller's to run.
        CodeExists: there is one of this name, in whatever case.
        TooManyCodes: the event has as many as it may.
    """
    event = find_own(event_id, caller).event
    code = PromoCode(
        event_id,
        form.code,
        amount_off=form.amount_off,
        percent_off=form.percent_off,
        max_tickets=form.max_tickets,
        max_per_customer=form.max_per_customer,
        ticket_types=list(dict.fromkeys(form.ticket_types)),
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        shares=rules.shares_for(form.max_tickets, int(event.shards)),
        created_by=caller.user_id,
        created_at=caller.at,
    )

    def fill(writing: TransactWrite) -> None:
        writing.save(code, condition=PromoCode.code.does_not_exist())
        counting.count(writing, counting.of_codes(event_id), 1, rules.MOST_CODES)

    try:
        transact(fill)
    except ConditionFailed:
        raise _why_not(code) from None
    return Standing(code, event, 0, form.max_tickets)


def of_event(event_id: str, caller: Caller) -> list[Standing]:
    """The codes of an event of the caller's, by name, those that have ended too.

    Raises:
        NotFound, NotYourEvent: the event is not the caller's to run.
    """
    event = find_own(event_id, caller).event
    codes = list(PromoCode.query(event_id, consistent_read=True))
    used = counting.used(key for code in codes for key in keys_of(code))
    return [
        Standing(
            code,
            event,
            sum(used[key] for key in keys_of(code)),
            None if code.max_tickets is None else sum(left_of(code, used)),
        )
        for code in codes
    ]


def end(event_id: str, text: str, caller: Caller) -> None:
    """End a code; what was sold by it stays as it is. Ending it twice is fine.

    Raises:
        NotFound, NotYourEvent: there is no such event or code, or it is not the caller's.
    """
    find_own(event_id, caller)
    code = rules.normal(text)
    if code is None:
        raise NotFound(UNKNOWN)
    first = PromoCode.ended_at.set(PromoCode.ended_at | caller.at)
    try:
        update(PromoCode(event_id, code), [first], PromoCode.code.exists())
    except ConditionFailed:
        raise NotFound(UNKNOWN) from None


def _why_not(code: PromoCode) -> Exception:
    try:
        PromoCode.get(code.event_id, code.code, consistent_read=True)
    except PromoCode.DoesNotExist:
        key = counting.of_codes(code.event_id)
        return TooManyCodes() if counting.used([key])[key] >= rules.MOST_CODES else Busy()
    return CodeExists(fields={"code": CodeExists.message})
