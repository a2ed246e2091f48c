"""What the package does as Lambda functions behind API Gateway; policies are in force."""

import json
import subprocess
import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from devstack import demo
from devstack.deployment.smoke import smoke
from tests.deployed.cloud import MAIL_FROM, ORIGIN, REGION, STAGE
from tests.deployed.conftest import FIRST_ADMIN, run
from tests.scenarios.gate import Gate, now
from tests.scenarios.shop import awaited

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_the_journey_of_make_demo_through_api_gateway(cloud, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "PICTURE", tmp_path / "ticket.png")
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    shopper, story = demo._Shopper(cloud.url), demo._Story()

    demo.buys(shopper, story, cloud.live_url)
    demo.cancels(shopper, story)

    assert (tmp_path / "ticket.png").read_bytes().startswith(b"\x89PNG")


def test_callbacks_come_in_by_the_domain_and_are_settled_from_the_queue(cloud, shop):
    buyer, event = shop.person(), shop.event()

    payment_id = buyer.buys(event, 2)

    assert buyer.awaits(payment_id)["status"] == "Completed"
    assert any(path.startswith(f"/lnmo/{payment_id}/1/") for path in cloud.domain.paths)
    assert '"callback.queued"' in cloud.function_log("api")
    settled = [line for line in cloud.function_log("settle").splitlines() if payment_id in line]
    assert len(settled) == 1
    assert json.loads(settled[0])["state"] == "Completed"
    assert len(buyer.tickets()) == 2


def test_a_purchase_is_told_by_an_e_mail(cloud, shop):
    """As in SES's sandbox it goes from a verified identity to one, here the same domain."""
    cloud.client("sesv2").create_email_identity(EmailIdentity="example.com")
    buyer = shop.person()

    payment_id = buyer.buys(shop.event(), 2)

    buyer.awaits(payment_id, "Completed")
    (letter,) = awaited(lambda: cloud.mail(buyer.email), 40)
    assert (letter["Source"], letter["Type"]) == (MAIL_FROM, "v2.SendEmail")
    (told,) = awaited(lambda: sent(buyer, payment_id))
    assert told["kind"] == "tickets_issued"
    assert '"message.sent"' in cloud.function_log("deliver")
    assert buyer.email not in cloud.function_log("deliver")
    again = buyer.asks("POST", f"/payments/{payment_id}/messages")
    assert again.status_code == 202
    awaited(lambda: len(cloud.mail(buyer.email)) == 2, 40)


def sent(buyer, payment_id):
    told = buyer.calls("GET", f"/payments/{payment_id}/messages", 200)
    return told if all(one["status"] == "sent" for one in told) else None


def test_callbacks_are_kept_in_the_stacks_own_bucket(cloud, shop):
    buyer = shop.person()
    payment_id = buyer.buys(shop.event())
    buyer.awaits(payment_id, "Completed")
    [bucket] = [
        one["PhysicalResourceId"]
        for one in cloud.client("cloudformation").describe_stack_resources(StackName=f"tiketi-{STAGE}")[
            "StackResources"
        ]
        if one["ResourceType"] == "AWS::S3::Bucket"
    ]
    s3 = cloud.client("s3")

    kept = s3.list_objects_v2(Bucket=bucket, Prefix="callbacks/")["Contents"]

    [item] = [one for one in kept if payment_id in one["Key"]]
    body = json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
    assert body["Body"]["stkCallback"]["ResultCode"] == 0


def test_waiting_pushes_are_worked_off_by_their_function(cloud, shop):
    """One that is no longer wanted, since another would need M-Pesa to be busy."""
    buyer, event = shop.person(), shop.event()
    payment_id = buyer.buys(event)
    buyer.awaits(payment_id, "Completed")
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"tiketi-{STAGE}-stk-push")["QueueUrl"]

    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"payment_id": payment_id, "attempt": 1}))

    awaited(lambda: '"push.not_wanted"' in cloud.function_log("push"), 30)
    assert shop.prompts(payment_id) == 1


def test_a_message_that_cannot_be_settled_ends_with_the_dead_letters(cloud):
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"tiketi-{STAGE}-stk-results")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=f"tiketi-{STAGE}-stk-results-dead")["QueueUrl"]
    # Five tries with the real 60 s between them would take five minutes.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})

    sqs.send_message(QueueUrl=queue, MessageBody="poison")

    messages = awaited(lambda: sqs.receive_message(QueueUrl=dead).get("Messages"), 60)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    assert messages[0]["Body"] == "poison"


def test_make_smoke_finds_all_well(cloud):
    lines = []

    assert smoke(cloud.url, ORIGIN, lines.append), lines
    assert "stage dev" in lines[0]


def test_make_smoke_finds_what_is_not_well(cloud):
    lines = []

    assert not smoke(cloud.url, "https://stranger.example", lines.append)
    assert [line for line in lines if line.startswith("not ok")] == [
        "not ok  preflight: Access-Control-Allow-Origin is None, not https://stranger.example"
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/there/is/nothing/here", 404, "not_found"),
        ("PATCH", "/there-is-nothing-here", 404, "not_found"),
        ("DELETE", "/events", 405, "method_not_allowed"),
        ("PUT", "/health", 405, "method_not_allowed"),
        ("GET", "/lnmo", 405, "method_not_allowed"),
        ("GET", "/tickets", 401, "unauthenticated"),
        ("POST", "/payments", 401, "unauthenticated"),
        ("POST", "/lnmo/1/1/2", 404, "not_found"),
    ],
)
def test_refusals_have_the_contracts_shape_and_cors_headers(cloud, method, path, status, code):
    answer = requests.request(method, f"{cloud.url}{path}", headers={"Origin": ORIGIN}, json={}, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.json()["message"]


def test_all_wrong_fields_are_named(cloud):
    answer = requests.post(f"{cloud.url}/signup", json={"email": "no", "username": ""}, timeout=30)

    assert answer.status_code == 422
    assert {"email", "username"} <= answer.json()["fields"].keys()


@pytest.mark.parametrize("path", ["/payments", "/events/0/availability"])
def test_preflights_are_the_applications_own(cloud, path):
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}

    answer = requests.options(f"{cloud.url}{path}", headers=asked, timeout=30)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("accept", ["image/png", "*/*", BROWSER])
def test_a_ticket_is_served_as_it_is_drawn_whatever_is_accepted(shop, accept):
    buyer, event = shop.person(), shop.event()
    buyer.awaits(buyer.buys(event))
    [ticket] = buyer.tickets()

    for form, media_type, start in (
        ("png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("pdf", "application/pdf", b"%PDF-1.7\n%\xe2\xe3"),
        ("svg", "image/svg+xml", b"<svg xmlns="),
    ):
        answer = buyer.asks("GET", f"/tickets/{ticket['id']}/ticket.{form}", headers={"Accept": accept})
        assert answer.headers["Content-Type"] == media_type
        assert answer.content.startswith(start)


def test_a_ticket_is_admitted_once_and_the_gate_page_is_served(cloud, shop):
    gate = Gate(shop)

    first = gate.organizer.asks("POST", gate.path, json=gate.scan("Gate A", now()))
    second = gate.organizer.asks("POST", gate.path, json=gate.scan("Gate B", now()))
    uploaded = gate.uploads(gate.scan("Gate C", now()))
    listed = gate.organizer.calls("GET", f"/events/{gate.event['id']}/gate", 200)
    undone = gate.organizer.asks("DELETE", f"{gate.path}/{gate.ticket['id']}")

    assert (first.status_code, second.status_code, undone.status_code) == (200, 409, 204)
    assert uploaded[0]["outcome"] == "already_admitted"
    assert listed["admitted"] == [gate.ticket["id"]]
    page = requests.get(f"{cloud.url}/gate", headers={"Accept": BROWSER}, timeout=30)
    script = requests.get(f"{cloud.url}/gate/jsqr.js", timeout=30)
    assert (page.headers["Content-Type"], script.headers["Content-Type"]) == (
        "text/html; charset=utf-8",
        "text/javascript; charset=utf-8",
    )
    assert len(script.content) > 250_000


def test_the_first_admin_logs_in_and_may_do_what_admins_may(cloud):
    form = {"email": FIRST_ADMIN["ADMIN_EMAIL"], "password": FIRST_ADMIN["ADMIN_PASSWORD"]}

    answer = requests.post(f"{cloud.url}/login", json=form, timeout=30)

    assert answer.status_code == 200, answer.text
    assert answer.json()["role_id"] == 1
    again = run(["-m", "devstack.deployment", "admin", STAGE], cloud, **FIRST_ADMIN)
    assert "Admin already" in again


def test_the_functions_policy_is_in_force_and_spares_the_ledger(cloud):
    assumed = cloud.client("sts").assume_role(
        RoleArn=cloud.client("lambda").get_function_configuration(FunctionName=f"tiketi-{STAGE}-api")["Role"],
        RoleSessionName="test",
    )["Credentials"]
    import boto3

    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=cloud.aws_endpoint,
        region_name=REGION,
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )
    line = {"payment_id": {"S": uuid.uuid4().hex}, "number": {"N": "1"}}

    dynamodb.put_item(TableName=f"tiketi-{STAGE}-ledger", Item=line)  # the control: this is allowed
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.delete_item(TableName=f"tiketi-{STAGE}-ledger", Key=line)
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=f"tiketi-{STAGE}-users")


def test_the_functions_have_no_library_but_those_of_the_package(cloud):
    """The control of all the rest: the Python that runs them has nothing of the virtual environment."""
    command = [str(cloud.folder / "python"), "-c", "import boto3"]

    assert b"No module named 'boto3'" in subprocess.run(command, capture_output=True, check=False).stderr


def test_the_gateways_own_answers_are_set(cloud):
    gateway = cloud.client("apigateway")

    answer = gateway.get_gateway_response(
        restApiId=cloud.outputs()["RestAPIId"], responseType="REQUEST_TOO_LARGE"
    )

    assert answer["statusCode"] == "413"
    assert answer["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    assert '"code":"too_large"' in answer["responseTemplates"]["application/json"]


def test_the_schedules_call_reconcile_and_mend_every_minute(cloud):
    events = cloud.client("events")
    rules = events.list_rules()["Rules"]

    assert {rule["ScheduleExpression"] for rule in rules} == {"rate(1 minute)"}
    targets = [
        target["Arn"]
        for rule in rules
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]
    assert sorted(arn.split(":function:")[1] for arn in targets) == [
        f"tiketi-{STAGE}-mend",
        f"tiketi-{STAGE}-reconcile",
    ]
