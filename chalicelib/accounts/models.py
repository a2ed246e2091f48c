"""Users, roles, and the trail of what Admins did, as DynamoDB keeps them."""

from typing import Final

from pynamodb.attributes import (
    ListAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.core.attributes import ByNameAttribute, WholeAttribute
from chalicelib.core.dynamo import TableMeta, table_name

#: Roles live under one hash key, so that listing them is a Query.
ROLE: Final = "role"
#: The value of `User.listing` that puts a person on the list of people.
LISTED: Final = "user"
#: The languages that messages to people are written in.
ENGLISH: Final = "en"
SWAHILI: Final = "sw"


class Role(Model):
    """A role and the permissions it grants; `*` grants all. Its name is kept unique by a guard.

    `people` counts who has it, for roles that are not built in: one in use cannot be deleted.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("roles")

    kind = UnicodeAttribute(hash_key=True, default=ROLE)
    id = WholeAttribute(range_key=True)
    name = UnicodeAttribute()
    permissions: ListAttribute[str] = ListAttribute(default=list)
    people = WholeAttribute(null=True)


class ListedUsers(GlobalSecondaryIndex["User"]):
    """Everybody with an account, by id and so by time. Keys only: logging out must not write it."""

    class Meta:
        """Its name and what it holds."""

        index_name = "listed"
        projection = KeysOnlyProjection()

    listing = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class User(Model):
    """A person. E-mail and user name are kept unique by guards.

    `token_version` ends every token at once; `revoked` maps the ids of single ended tokens to when they
    would have run out anyway (epoch seconds). `kept_session` is the one token that outlived the last change
    of the password: that of whoever changed it. `organizes` counts the person's events. Messages to them
    are written in `language`. `verified_at` and `verified_by` are there once an Admin has seen who they
    are: nobody else is paid out. Somebody who has left has `deleted_at`, no password, no role and no
    listing; the name and addresses are gone.
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("users")

    id = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute()
    email = UnicodeAttribute()
    phone_number = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    role_ids: ListAttribute[int] = ListAttribute(default=list)
    token_version = WholeAttribute(default=1)
    revoked: ByNameAttribute[int] = ByNameAttribute(WholeAttribute(), default=dict)
    kept_session = UnicodeAttribute(null=True)
    organizes = WholeAttribute(null=True)
    language = UnicodeAttribute(default=ENGLISH)
    listing = UnicodeAttribute(null=True, default=LISTED)
    created_at = UTCDateTimeAttribute()
    deleted_at = UTCDateTimeAttribute(null=True)
    verified_at = UTCDateTimeAttribute(null=True)
    verified_by = UnicodeAttribute(null=True)
    listed = ListedUsers()

    @property
    def is_verified(self) -> bool:
        """Whether an Admin has seen who this is."""
        return self.verified_at is not None


class AuditByActor(GlobalSecondaryIndex["AuditLine"]):
    """What somebody did, by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_actor"
        projection = AllProjection()

    by = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)


class AuditBySubject(GlobalSecondaryIndex["AuditLine"]):
    """What was done to somebody or something, by time."""

    class Meta:
        """Its name and what it holds."""

        index_name = "by_subject"
        projection = AllProjection()

    on = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)


class AuditLine(Model):
    """One thing that an Admin did; written once, in the transaction that does it. No secret is in it.

    `month` is in UTC (`2026-11`), `line` the instant and an id, `by` a user's id, `on` what it was done to
    (`user#…`, `event#…`).
    """

    class Meta(TableMeta):
        """Where it lives."""

        table_name = table_name("audit")

    month = UnicodeAttribute(hash_key=True)
    line = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    by = UnicodeAttribute()
    what = UnicodeAttribute()
    on = UnicodeAttribute()
    details: ByNameAttribute[str] = ByNameAttribute(UnicodeAttribute(), default=dict)
    lapses_at = WholeAttribute(null=True)
    by_actor = AuditByActor()
    by_subject = AuditBySubject()
