"""One client for all models, and answers that PynamoDB gets as DynamoDB sent them."""

from pynamodb.attributes import Attribute, BinaryAttribute, BinarySetAttribute

from chalicelib.catalog.models import Stock
from chalicelib.core.dynamo import connection
from chalicelib.tables import TABLES


def test_all_models_share_one_client(aws):
    clients = {id(model._get_connection().connection.client) for model in TABLES}

    assert clients == {id(connection().client)}


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
