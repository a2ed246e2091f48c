"""A deployment that is changed while payments are in flight, refused a bad change, and deleted."""

import json
import shutil

import pytest
import requests

from devstack.deployment import Stopped, deploying, packaging
from devstack.stack import ROOT
from tests.deployed.cloud import BUCKET, STAGE, Cloud
from tests.deployed.conftest import Make, in_environment
from tests.scenarios.shop import Shop, awaited

#: The simulator lets this phone pay and never calls back; those without a name pay.
NEVER_CALLS_BACK = "254700100001"
HOLD_SECONDS = 15
ADDED = '''

@endpoint(service, "GET /added", allow=PUBLIC, whose=ANYBODYS, gives=(200, Health))
def added() -> Health:
    """A route that the deployment before this one did not have."""
    return health()
'''


@pytest.fixture(scope="module")
def cloud(make_cloud: Make) -> Cloud:
    return make_cloud({"HOLD_SECONDS": str(HOLD_SECONDS), "PROMPT_SECONDS": "5", "RECONCILE_SECONDS": "1"})


def reconciles(cloud: Cloud) -> None:
    """Call the schedule's target as EventBridge does."""
    tick = {
        "version": "0",
        "id": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2026-11-24T09:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {},
    }
    answer = cloud.client("lambda").invoke(
        FunctionName=f"tiketi-{STAGE}-reconcile", Payload=json.dumps(tick).encode()
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_an_update_in_place_loses_no_payment_in_flight(cloud, tmp_path, monkeypatch):
    shop = Shop(cloud)
    event, buyers = shop.event(seats=20), [shop.person() for _ in range(4)]
    shop.changes_simulator(delay=4)
    url, build = cloud.url, requests.get(f"{cloud.url}/health", timeout=30).json()["build"]
    assert requests.get(f"{url}/added", timeout=30).status_code == 404
    phones = ["", "", "", NEVER_CALLS_BACK]
    bought = [(buyer, buyer.buys(event, 1, phone)) for buyer, phone in zip(buyers, phones, strict=True)]

    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("app.py", "requirements.txt", "requirements.lock"):
        shutil.copyfile(ROOT / name, copy / name)
    with (copy / "chalicelib" / "web" / "routes.py").open("a") as routes:
        routes.write(ADDED)
    monkeypatch.setattr(packaging, "ROOT", copy)
    with in_environment(cloud.environment):
        made = deploying.deploy(STAGE, cloud.given)
    # Read below the service: a look at a prompt of 20 s, and a slow machine deploys longer, asks M-Pesa.
    stored = cloud.client("dynamodb").get_item(
        TableName=f"tiketi-{STAGE}-payments", Key={"id": {"S": bought[3][1]}}, ConsistentRead=True
    )
    assert stored["Item"]["status"]["S"] == "Pending"

    cloud.find()
    assert cloud.url == url
    assert made.build != build
    assert requests.get(f"{url}/added", timeout=30).json()["build"] == made.build

    def all_settled() -> bool:
        reconciles(cloud)
        return all(buyer.payment(payment)["status"] != "Pending" for buyer, payment in bought)

    awaited(all_settled, HOLD_SECONDS + 30)
    assert [buyer.payment(payment)["status"] for buyer, payment in bought] == ["Completed"] * 4
    assert [len(buyer.tickets()) for buyer in buyers] == [1] * 4
    assert shop.left(event) == 16


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("CALLBACK_KEY", None, "CALLBACK_KEY is not set"),
        ("PUBLIC_URL", "https://abc.execute-api.eu-west-1.amazonaws.com", "PUBLIC_URL contains exe"),
    ],
)
def test_a_bad_setting_stops_a_deployment_before_anything_is_changed(cloud, name, value, named):
    ssm, path = cloud.client("ssm"), f"/tiketi/{STAGE}/{name}"
    before = ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
    if value:
        ssm.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)
    else:
        ssm.delete_parameter(Name=path)
    state = things(cloud)

    try:
        with in_environment(cloud.environment), pytest.raises(Stopped, match=named):
            deploying.deploy(STAGE, cloud.given)
        assert things(cloud) == state
    finally:
        ssm.put_parameter(Name=path, Value=before, Type="SecureString", Overwrite=True)


def things(cloud: Cloud) -> tuple[int, int]:
    """How many packages there are, and how often the stack was changed."""
    packages = cloud.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"]
    events = cloud.client("cloudformation").describe_stack_events(StackName=f"tiketi-{STAGE}")
    return packages, len(events["StackEvents"])


def test_a_deleted_stack_leaves_nothing(cloud):
    """The last one here."""
    cloudformation = cloud.client("cloudformation")
    iam = cloud.client("iam")
    for role in iam.list_roles()["Roles"]:
        iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="ministack")

    cloudformation.delete_stack(StackName=f"tiketi-{STAGE}")

    awaited(lambda: not cloud.client("dynamodb").list_tables()["TableNames"], 30)
    awaited(lambda: not cloud.client("lambda").list_functions()["Functions"], 30)
    awaited(lambda: not cloud.client("sqs").list_queues().get("QueueUrls"), 30)
    awaited(lambda: not cloud.client("apigateway").get_rest_apis()["items"], 30)
    assert not cloud.client("iam").list_roles()["Roles"]
