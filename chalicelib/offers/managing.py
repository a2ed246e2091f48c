"""Promo codes as their organizers have them: making, listing and ending them."""

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts import trail
from chalicelib.catalog import stepping_in
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

    line = stepping_in.line(event, caller, "code.created", code=code.code)

    def fill(writing: TransactWrite) -> None:
        writing.save(code, condition=PromoCode.code.does_not_exist())
        trail.write(writing, line)
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
    event = find_own(event_id, caller).event
    code = rules.normal(text)
    if code is None:
        raise NotFound(UNKNOWN)
    ended: list[Action] = [PromoCode.ended_at.set(caller.at)]
    unended = PromoCode.code.exists() & PromoCode.ended_at.does_not_exist()
    line = stepping_in.line(event, caller, "code.ended", code=code)

    def fill(writing: TransactWrite) -> None:
        writing.update(PromoCode(event_id, code), actions=ended, condition=unended)
        trail.write(writing, line)

    try:
        transact(fill) if line else update(PromoCode(event_id, code), ended, unended)
    except ConditionFailed:
        if not _is_there(event_id, code):
            raise NotFound(UNKNOWN) from None


def _why_not(code: PromoCode) -> Exception:
    if _is_there(code.event_id, code.code):
        return CodeExists(fields={"code": CodeExists.message})
    key = counting.of_codes(code.event_id)
    return TooManyCodes() if counting.used([key])[key] >= rules.MOST_CODES else Busy()


def _is_there(event_id: str, code: str) -> bool:
    try:
        PromoCode.get(event_id, code, consistent_read=True)
    except PromoCode.DoesNotExist:
        return False
    return True
