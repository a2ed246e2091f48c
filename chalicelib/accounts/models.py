"""Users and roles as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import (
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

from chalicelib.core.dynamo import TableMeta, table_name

#: Roles live under one hash key, so that listing them is a Query.
ROLE: Final = "role"


class Role(Model):
    """A role and the permissions it grants; `*` grants all."""

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("roles")

    kind = UnicodeAttribute(hash_key=True, default=ROLE)
    id = NumberAttribute(range_key=True)
    name = UnicodeAttribute()
    permissions: ListAttribute[str] = ListAttribute(default=list)


class User(Model):
    """A person. E-mail and user name are kept unique by guards.

    `token_version` ends every token at once; `revoked` maps the ids of single ended tokens to when they
    would have run out anyway (epoch seconds).
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("users")

    id = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute()
    email = UnicodeAttribute()
    phone_number = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    role_ids: ListAttribute[int] = ListAttribute(default=list)
    token_version = NumberAttribute(default=1)
    revoked: MapAttribute[str, int] = MapAttribute(default=dict)
    created_at = UTCDateTimeAttribute()
