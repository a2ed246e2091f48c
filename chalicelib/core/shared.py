"""Single items that all containers share: counters, an access token, the pace of pushes, who is Admin."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name


class Shared(Model):
    """One shared item, by name. `until` is in epoch seconds."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("shared")

    name = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(null=True)
    text = UnicodeAttribute(null=True)
    until = NumberAttribute(null=True)
    claimed_until = NumberAttribute(null=True)
    members = UnicodeSetAttribute(null=True)


def next_number(counter: str) -> int:
    """The next number of a counter, from 1; one round trip, never the same twice."""
    item = Shared(counter)
    item.update(actions=[Shared.number.add(1)])
    return int(item.number or 0)
