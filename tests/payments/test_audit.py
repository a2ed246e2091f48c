"""The ledger against the states, dead letters, the archive, the metrics, the lists."""

import json
from pathlib import Path

import pytest

from chalicelib.payments import audit, dead_letters
from chalicelib.payments.models import Payment


def test_after_every_kind_of_ending_ledger_and_state_agree(town, buyer, organizer, safaricom, clock):
    event = organizer.event(available_tickets=100)
    free = organizer.event(regular_price=0)
    endings = [(0, None), (1032, None), (0, 1.0), (1037, None)]
    for number, (code, amount) in enumerate(endings):
        buyer.buys(event)
        clock.passes(seconds=1)
        safaricom.calls_back(code, amount=amount, receipt=f"TKX000000{number}")
    buyer.buys(free)
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=0, receipt="TKX0000009")  # a second receipt
    clock.passes(seconds=1)
    safaricom.calls_back(0, prompt=3, receipt="TKX0000010")  # a late success
    cancelled = buyer.buys(event)
    clock.passes(seconds=1)
    buyer.asks("DELETE", f"/payments/{cancelled['id']}")
    buyer.buys(event)
    clock.passes(seconds=300)
    town.reconciles()

    states = sorted(payment.status for payment in Payment.scan())
    assert states == ["Cancelled", "Completed", "Completed", "Completed", "Expired", "Failed", "RefundDue"]
    assert audit.differences(Payment.scan()) == []
    assert audit.main() == 0


def test_a_state_that_the_ledger_does_not_lead_to_is_found(buyer, organizer, safaricom, capsys):
    """The control of the test above."""
    payment = buyer.buys(organizer.event())
    Payment(payment["id"]).update(actions=[Payment.status.set("Completed")])

    assert audit.main() == 1
    assert f"payment {payment['id']} is Completed, its ledger says Pending" in capsys.readouterr().out


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """In memory there are no other servers to ask."""
    monkeypatch.setattr(dead_letters, "_WAIT_SECONDS", 0)


@pytest.fixture
def dead(town):
    """A message among the dead letters of each queue."""
    from chalicelib.core.queues import QUEUES

    for queue in QUEUES:
        url = town.sqs.get_queue_url(QueueName=queue.dead_letters)["QueueUrl"]
        town.sqs.send_message(
            QueueUrl=url, MessageBody='{"payment_id": "p1", "attempt": 1, "body": "secret"}'
        )
        town.sqs.send_message(QueueUrl=url, MessageBody="garbage")
    return QUEUES


def test_dead_letters_are_listed_without_their_bodies(dead, capsys):
    assert dead_letters.main([]) == 1

    said = capsys.readouterr().out
    assert said.count("payment p1  attempt 1") == len(dead)
    assert said.count("payment unreadable") == len(dead)
    assert "secret" not in said


def test_dead_letters_are_put_back(town, dead):
    assert dead_letters.main(["--redrive"]) == 0

    for queue in dead:
        assert dead_letters.waiting(town.sqs, queue) == 0
        url = town.sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        number = town.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        assert number["Attributes"]["ApproximateNumberOfMessages"] == "2"


def test_without_dead_letters_the_command_is_content(town):
    assert dead_letters.main([]) == 0


def metrics_in(text: str) -> list[dict]:
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    for line in lines:
        (about,) = line["_aws"]["CloudWatchMetrics"]
        assert set(about["Dimensions"][0]) <= line.keys()
        assert about["Metrics"][0]["Name"] in line
    return lines


def test_the_schedule_counts_dead_letters(town, dead, capsys):
    town.reconciles()

    counted = {line["queue"]: line["DeadLetters"] for line in metrics_in(capsys.readouterr().out)}
    assert counted == {queue.name: 2 for queue in dead}


def test_a_sale_is_measured(town, buyer, organizer, safaricom, clock, capsys):
    buyer.buys(organizer.event())
    clock.passes(seconds=7)
    safaricom.calls_back(0)

    measured = metrics_in(capsys.readouterr().out)
    names = [next(key for key in line if key not in ("_aws", "stage")) for line in measured]
    assert {"Pushes", "Results", "Settlements", "PushToTicket"} <= set(names)
    assert next(line["PushToTicket"] for line in measured if "PushToTicket" in line) == 7
    assert next(line["outcome"] for line in measured if "Pushes" in line) == "Accepted"


def test_callbacks_are_kept_once_each_without_the_phone(buyer, organizer, safaricom, tmp_path, monkeypatch):
    from dataclasses import replace

    from chalicelib.core.settings import settings
    from chalicelib.payments import archive

    monkeypatch.setattr(archive, "settings", lambda: replace(settings(), callback_archive=str(tmp_path)))
    payment = buyer.buys(organizer.event())
    safaricom.calls_back(0)
    safaricom.calls_back(0)

    (kept,) = list(Path(tmp_path).rglob("*.json"))
    assert kept.parent == tmp_path / "2026" / "11" / "24"
    assert kept.name.startswith(f"{payment['id']}-1-")
    said = json.loads(kept.read_text())["Body"]["stkCallback"]
    assert said["ResultCode"] == 0
    told = {item["Name"]: item.get("Value") for item in said["CallbackMetadata"]["Item"]}
    assert (told["MpesaReceiptNumber"], told["PhoneNumber"]) == ("TKX1234567", "2547•••••678")


def test_callbacks_are_kept_in_s3_where_deployed(town, monkeypatch):
    from dataclasses import replace

    import boto3

    from chalicelib.core.settings import settings
    from chalicelib.payments import archive

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    monkeypatch.setattr(archive, "settings", lambda: replace(settings(), callback_archive="s3://kept/raw"))

    archive.keep("p1", 1, "{}", town.clock())

    (item,) = s3.list_objects_v2(Bucket="kept")["Contents"]
    assert item["Key"].startswith("raw/2026/11/24/p1-1-")


def test_an_archive_that_fails_keeps_no_money_waiting(buyer, organizer, safaricom, monkeypatch, caplog):
    from dataclasses import replace

    from chalicelib.core.settings import settings
    from chalicelib.payments import archive

    broken = replace(settings(), callback_archive="/dev/null/no-folder")
    monkeypatch.setattr(archive, "settings", lambda: broken)
    payment = buyer.buys(organizer.event())

    safaricom.calls_back(0)

    assert buyer.payment(payment)["status"] == "Completed"
    assert "archive.failed" in caplog.messages


def ids(answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [payment["id"] for payment in answer.body]


def test_an_organizer_lists_the_sales_of_their_events_with_masked_phones(town, buyer, organizer, clock):
    mine = buyer.buys(organizer.event())
    clock.passes(seconds=1)
    theirs = buyer.buys(town.organizer("mutua").event())
    clock.passes(seconds=1)
    own = organizer.buys(organizer.event())

    listed = organizer.asks("GET", "/payments")

    assert ids(listed) == [own["id"], mine["id"]]
    assert listed.body[1]["payer_phone"].startswith("2547•")
    assert listed.body[0]["payer_phone"].isdecimal()
    assert ids(town.admin().asks("GET", "/payments")) == [own["id"], theirs["id"], mine["id"]]
    assert ids(buyer.asks("GET", "/payments")) == [theirs["id"], mine["id"]]


def test_a_list_of_payments_is_walked_page_by_page(town, buyer, organizer, clock):
    event, made = organizer.event(), []
    for _ in range(5):
        made.append(buyer.buys(event)["id"])
        clock.passes(seconds=1)

    for person in (buyer, organizer, town.admin()):
        seen, path = [], "/payments?limit=2"
        while path:
            answer = person.asks("GET", path)
            seen += ids(answer)
            link = answer.header("Link")
            path = "/payments" + link[link.index("<") + 1 : link.index(">")] if link else ""
        assert seen == made[::-1]


def test_a_co_organizer_lists_the_sales_of_the_events_they_run_with_others(town, buyer, organizer, clock):
    event, other = organizer.event(), town.organizer("mutua")
    shared = buyer.buys(event)
    clock.passes(seconds=1)
    alone = buyer.buys(organizer.event())
    clock.passes(seconds=1)
    own = buyer.buys(other.event())
    assert ids(other.asks("GET", "/payments")) == [own["id"]]

    path = f"/events/{event['id']}/staff/{other.id}"
    assert organizer.asks("PUT", path, {"role": "organizer"}).status == 200

    assert ids(other.asks("GET", "/payments")) == [own["id"], shared["id"]]
    assert ids(other.asks("GET", "/payments?limit=1")) == [own["id"]]
    assert ids(organizer.asks("GET", "/payments")) == [alone["id"], shared["id"]]
    assert organizer.asks("DELETE", path).status == 204
    assert ids(other.asks("GET", "/payments")) == [own["id"]]


def test_who_runs_an_event_no_more_lists_its_sales_no_more(town, buyer, organizer):
    event, other = organizer.event(), town.organizer("mutua")
    buyer.buys(event)
    staff = f"/events/{event['id']}/staff"
    assert organizer.asks("PUT", f"{staff}/{other.id}", {"role": "organizer"}).status == 200

    assert other.asks("DELETE", f"{staff}/{organizer.id}").status == 204

    assert ids(organizer.asks("GET", "/payments")) == []
