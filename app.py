"""The whole application at a glance: what it serves, and what it is woken up for. `make run` runs it."""

import gc

gc.disable()  # nothing of a start is garbage, and to look for some takes a twelfth of it
from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, Rate, SQSEvent, WebsocketEvent

from chalicelib.accounts.routes import accounts
from chalicelib.catalog import indexing
from chalicelib.catalog.routes import catalog
from chalicelib.core import clock, queues, settings
from chalicelib.delivery import posting
from chalicelib.delivery.routes import delivery
from chalicelib.live import connecting, noticing, subscribing, telling
from chalicelib.offers.routes import offers
from chalicelib.payments import cancelling_events, caretaking, prompting, refund_queue, settlement, till
from chalicelib.payments.refund_routes import refunds
from chalicelib.payments.routes import payments
from chalicelib.privacy import ageing, erasing
from chalicelib.privacy.routes import privacy
from chalicelib.reports.routes import reports
from chalicelib.tickets.gate_routes import gates
from chalicelib.tickets.routes import tickets
from chalicelib.web import gateway
from chalicelib.web.routes import service

settings.start()  # a wrong or missing setting stops the app here, and names itself
app = Chalice(app_name="tiketi-tamasha", configure_logs=False)
app.experimental_feature_flags.add("WEBSOCKETS")
gateway.install(app)
rooms = (service, accounts, catalog, offers, payments, refunds, tickets, gates, reports, delivery, privacy)
for blueprint in rooms:
    app.register_blueprint(blueprint)
gc.freeze()  # what is here stays, so it is never looked through again
gc.enable()


@app.on_sqs_message(queue=queues.STK_RESULTS.name, batch_size=1, name="settle", maximum_concurrency=5)
def settle(messages: SQSEvent) -> None:
    """Settle what Safaricom called back; an exception brings it again. More at once would but collide."""
    queues.each(messages, settlement.settle_message, clock.now())


@app.on_sqs_message(queue=queues.STK_PUSH.name, batch_size=1, name="push", maximum_concurrency=50)
def push(messages: SQSEvent) -> None:
    """Send the prompts that waited. A second each, 50 a second our pace: fewer at once would be overtaken."""
    queues.each(messages, prompting.push_queued, till.open_till())


@app.on_sqs_message(queue=queues.CANCELLED_EVENTS.name, batch_size=1, name="unwind", maximum_concurrency=2)
def unwind(messages: SQSEvent) -> None:
    """Give back what was paid for cancelled events, some payments at a time."""
    queues.each(messages, cancelling_events.unwind_message, clock.now)


@app.on_sqs_message(queue=queues.REFUNDS.name, batch_size=1, name="refund", maximum_concurrency=2)
def refund(messages: SQSEvent) -> None:
    """Ask M-Pesa to give money back, at our pace of two at once, and settle what became of that."""
    queues.each(messages, refund_queue.work_off, till.open_till())


@app.schedule(Rate(1, unit=Rate.MINUTES), name="reconcile")
def reconcile(tick: CloudWatchEvent) -> None:  # noqa: ARG001 - EventBridge's tick says nothing we need
    """Look after what nobody has told the end of, and count what could not be worked off."""
    caretaking.make_rounds(till.open_till())


@app.on_sqs_message(queue=queues.EVENT_CHANGES.name, batch_size=1, name="index", maximum_concurrency=5)
def index(messages: SQSEvent) -> None:
    """Let the search follow events that have changed."""
    queues.each(messages, indexing.index_message)


@app.on_sqs_message(queue=queues.DELIVERIES.name, batch_size=1, name="deliver", maximum_concurrency=5)
def deliver(messages: SQSEvent) -> None:
    """Send e-mails and SMS of the outbox."""
    queues.each(messages, posting.post_message, clock.now)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="mend")
def mend(tick: CloudWatchEvent) -> None:  # noqa: ARG001
    """Do what no message has told of; forget what has been kept long enough; have told what was missed."""
    posting.go_on(clock.now)
    indexing.repair()
    erasing.go_on(clock.now)
    ageing.go_on(clock.now)
    telling.make_sure(clock.now)


@app.on_ws_connect(name="connect")
def connect(event: WebsocketEvent) -> dict[str, int]:
    """Let a page follow events live, unless too many of its network do."""
    return connecting.connect(event, clock.now())


@app.on_ws_message(name="hear")
def hear(event: WebsocketEvent) -> None:
    """Do what a page asks for: to follow an event, or follow it no more."""
    subscribing.hear(event.connection_id, event.body, clock.now())


@app.on_ws_disconnect(name="leave")
def leave(event: WebsocketEvent) -> None:
    """Forget a page that has gone."""
    connecting.forget(event.connection_id)


@app.on_dynamodb_record(stream_arn=queues.STOCK_CHANGES, batch_size=100, name="notice")
def notice(records: DynamoDBEvent) -> None:
    """Have those told who follow the events whose stock has changed."""
    noticing.notice(records, clock.now())


@app.on_sqs_message(queue=queues.AVAILABILITY.name, batch_size=1, name="tell", maximum_concurrency=10)
def tell(messages: SQSEvent) -> None:
    """Tell pages what is left of an event, some hundred at a time."""
    queues.each(messages, telling.tell_message, clock.now)
