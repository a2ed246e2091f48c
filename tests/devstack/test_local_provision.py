"""Making tables on a busy machine, where requests are sent twice."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TableError

from devstack import provision


class Model:
    """A table whose creation ends as DynamoDB says."""

    Meta = SimpleNamespace(table_name="tiketi-local-other")

    def __init__(self, code):
        self.code, self.asked = code, 0

    def create_table(self, *, wait):
        self.asked += 1
        cause = ClientError({"Error": {"Code": self.code, "Message": ""}}, "CreateTable")
        raise TableError("Failed to create table", cause)


def test_a_table_that_a_request_of_ours_has_made_already_is_fine(town):
    model = Model("ResourceInUseException")

    provision.make_tables((model,))

    assert model.asked == 1


def test_what_else_goes_wrong_is_told(town):
    with pytest.raises(TableError):
        provision.make_tables((Model("LimitExceededException"),))
