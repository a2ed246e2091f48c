"""One session for all models, and answers that PynamoDB gets as DynamoDB sent them."""

import threading
from concurrent.futures import ThreadPoolExecutor

from pynamodb.attributes import Attribute, BinaryAttribute, BinarySetAttribute

from chalicelib.catalog.models import Event, Stock
from chalicelib.core import aws_session
from chalicelib.core.dynamo import connection
from chalicelib.tables import TABLES


def test_all_models_share_the_session_of_their_thread(aws):
    sessions = {id(model._get_connection().connection.session) for model in (Event, Stock)}

    assert sessions == {id(connection().session)} == {id(aws_session.shared_session())}


def test_another_thread_has_a_session_of_its_own():
    together = threading.Barrier(2)

    def session(_):
        together.wait()
        return aws_session.shared_session()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(session, range(2))

    assert first is not second


def test_values_come_as_they_were_sent_and_the_rest_as_ever(aws):
    """Numbers, lists, maps, sets, and an item with nothing: as they were put."""
    item = {
        "key": {"S": "all-kinds#0"},
        "remaining": {"M": {"a": {"N": "1.5"}, "b": {"L": [{"BOOL": True}, {"NULL": True}]}}},
        "names": {"SS": ["x", "y"]},
    }
    client = connection().client
    client.put_item(TableName=Stock.Meta.table_name, Item=item)

    found = client.get_item(TableName=Stock.Meta.table_name, Key={"key": item["key"]})

    assert found["Item"] == item
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_no_model_has_binary_values_which_would_need_decoding():
    def kinds(model):
        return [type(one) for one in vars(model).values() if isinstance(one, Attribute)]

    assert not [
        model for model in TABLES for kind in kinds(model) if kind in (BinaryAttribute, BinarySetAttribute)
    ]
    assert any(kinds(model) for model in TABLES)
