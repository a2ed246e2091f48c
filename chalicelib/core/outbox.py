"""The outbox: a row for each message that a person should get, written with what it tells of."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name


class OutboxMessage(Model):
    """A message that a person should get; a later sender drains these. It holds ids, and nothing secret.

    Its own id is made of the payment's, the kind, and the receipt or attempt; or of a fresh id and the kind.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("outbox")

    id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    user_id = UnicodeAttribute()
    payment_id = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
