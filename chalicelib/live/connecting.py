"""Connections come, and go."""

from datetime import datetime

from chalice.app import WebsocketEvent

from chalicelib.core import counters
from chalicelib.core.limits import address_of
from chalicelib.live import limits
from chalicelib.live.models import Connection, Subscription


def connect(event: WebsocketEvent, at: datetime) -> dict[str, int]:
    """Note a new connection, or refuse it if its address has as many as it may; two round trips.

    The count of those of an address is some moments old, so a few more than it may have can come at once.
    Anybody may connect, from any page: nothing is told but what every visitor can read.
    """
    source = event.to_dict()["requestContext"]["identity"]["sourceIp"]
    fingerprint = counters.hidden(f"live#{address_of(source)}")
    open_now = Connection.by_address.count(
        fingerprint, Connection.lapses_at > int(at.timestamp()), limit=limits.PER_ADDRESS
    )
    if open_now >= limits.PER_ADDRESS:
        return {"statusCode": 429}
    lapses_at = int((at + limits.LIFE).timestamp())
    Connection(event.connection_id, address=fingerprint, lapses_at=lapses_at).save()
    return {"statusCode": 200}


def forget(connection_id: str) -> None:
    """Forget a connection that is gone, with all that it followed; may be repeated.

    Its own item goes last, so that whoever dies before leaves what the next one needs.
    """
    try:
        connection = Connection.get(connection_id, consistent_read=True)
    except Connection.DoesNotExist:
        return
    for event_id in connection.events or ():
        Subscription(event_id, connection_id).delete()
    connection.delete()
