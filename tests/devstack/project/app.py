"""The tiny application with a table, a queue and a schedule."""
# ruff: noqa: I001  # chalicelib is this folder's here, ours elsewhere

from typing import Any

import boto3
from chalice import Response
from chalice.app import SQSEvent
from chalicelib.core.queues import QUEUES
from chalicelib.tables import Note
from tiny import make

app = make()


@app.route("/notes", methods=["GET", "POST"])
def notes() -> Any:
    if app.current_request.method == "GET":
        return sorted(note.text for note in Note.scan())
    boto3.client("sqs").send_message(
        QueueUrl=boto3.client("sqs").get_queue_url(QueueName=QUEUES[0].name)["QueueUrl"],
        MessageBody=app.current_request.json_body["text"],
    )
    return Response({}, status_code=202)


@app.on_sqs_message(queue=QUEUES[0].name, batch_size=1)
def keep(event: SQSEvent) -> None:
    for record in event:
        if record.body == "poison":
            raise ValueError("a poison\nmessage")
        Note(text=record.body).save()


@app.schedule("rate(1 minute)")
def tick(event: Any) -> None:
    Note(text="tick").save()
    raise RuntimeError("one tick fails")
