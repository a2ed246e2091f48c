"""What must hold of whoever is to be forgotten, whatever has happened."""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.accounts.models import User
from chalicelib.core.guards import Guard
from chalicelib.payments.models import Payment
from chalicelib.privacy.forgetting import phones_of
from chalicelib.privacy.models import Erasure


def forgotten(payments: Iterable[Payment]) -> Iterator[str]:
    """Who has left is being forgotten, or is; what is done has left no phone."""
    erasures = {one.id: one for one in Erasure.scan()}
    yield from _kept_from_being_asked_for(erasures)
    for user in User.scan(User.deleted_at.exists()):
        if user.id not in erasures:
            yield f"user {user.id} has left, and nobody forgets them"
    for one in erasures.values():
        if bool(one.done_at) == bool(one.due):
            yield f"erasure {one.id} is neither done nor due"
        if one.done_at and one.phone:
            yield f"erasure {one.id} is done, and knows its phone"
    done = {one.user_id for one in erasures.values() if one.done_at and one.user_id}
    for payment in payments:
        if payment.user_id in done and not payment.sold_by and phones_of(payment):
            yield f"payment {payment.id} knows a phone of somebody who was forgotten"


def _kept_from_being_asked_for(erasures: Mapping[str, Erasure]) -> Iterator[str]:
    for guard in Guard.scan(Guard.key.startswith("erasure#")):
        if not (one := erasures.get(guard.owner)) or one.done_at:
            yield f"erasure {guard.owner} is over, and its phone cannot be asked for"
