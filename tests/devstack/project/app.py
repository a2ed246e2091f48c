"""The tiny application with a table, a queue, a schedule and WebSockets."""
# ruff: noqa: I001  # chalicelib is this folder's here, ours elsewhere

import os
from typing import Any

import boto3
from chalice import Response
from chalice.app import DynamoDBEvent, SQSEvent, WebsocketEvent
from chalicelib.core.queues import QUEUES
from chalicelib.tables import Line, Note
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


@app.on_ws_connect()
def connect(event: WebsocketEvent) -> Any:
    query = event.to_dict().get("queryStringParameters", {})
    if "refused" in query:
        return {"statusCode": int(query["refused"])}
    Line(event.connection_id).save()
    return None


@app.on_ws_message()
def hear(event: WebsocketEvent) -> None:
    if event.body == "poison":
        raise ValueError(event.body)
    tell(event.connection_id, f"heard {event.body}")


@app.on_ws_disconnect()
def disconnect(event: WebsocketEvent) -> None:
    Line(event.connection_id).delete()


@app.on_dynamodb_record(stream_arn=f"arn:aws:dynamodb:us-east-1:0:table/{Note.Meta.table_name}/stream/latest")
def note(records: DynamoDBEvent) -> None:
    for line in Line.scan():
        for record in records:
            tell(line.id, f"noted {record.keys['text']['S']}")


def tell(connection: str, text: str) -> None:
    lines = boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS_URL"])
    lines.post_to_connection(ConnectionId=connection, Data=text.encode())


@app.schedule("rate(1 minute)")
def tick(event: Any) -> None:
    Note(text="tick").save()
    raise RuntimeError("one tick fails")
