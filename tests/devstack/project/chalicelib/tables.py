import os

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model


class ByAuthor(GlobalSecondaryIndex["Note"]):
    class Meta:
        index_name = "by-author"
        projection = AllProjection()
        billing_mode = "PAY_PER_REQUEST"

    author = UnicodeAttribute(hash_key=True)


class Note(Model):
    class Meta:
        table_name = f"{os.environ.get('STAGE', 'none')}-notes"
        stream_view_type = "KEYS_ONLY"
        billing_mode = "PAY_PER_REQUEST"

    text = UnicodeAttribute(hash_key=True)
    author = UnicodeAttribute(default="nobody")
    by_author = ByAuthor()
    expires_at = TTLAttribute(null=True)


class Line(Model):
    """An open WebSocket."""

    class Meta:
        table_name = f"{os.environ.get('STAGE', 'none')}-lines"
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)


TABLES = (Note, Line)
