"""What reading the catalogue costs, however many events are stored: the questions, and their bounds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import requests

from bench.capacity import Meter, metered
from bench.events import RARE, load
from devstack.stack import Stack


@dataclass(frozen=True)
class Question:
    """A request, and what kind it is for `MOST`."""

    kind: str
    what: str
    path: str


#: The most that a request may cost, however many events are stored: calls to DynamoDB, and read units. For a
#: page of 50 events that is their stock (50 units), and after a search the events too (50 units).
MOST: Final = {"list": (2, 80.0), "event": (1, 2.0), "search": (14, 140.0)}

QUESTIONS: Final = (
    Question("list", "the list, first page", "/events"),
    Question("event", "one event", "/events/{event_id}"),
    Question("search", "no words", "/search"),
    Question("search", "a word of every second event", "/search?q=nairobi"),
    Question("search", "a rare word", f"/search?q={RARE.lower()}"),
    Question("search", "a rare word and a common one", f"/search?q={RARE.lower()}+nairobi"),
    Question("search", "two letters", "/search?q=na"),
    Question("search", "a category and a price", "/search?category_id=2&max_price=500"),
    Question("search", "a word that no event has", "/search?q=xylophone"),
    Question("search", "common words that never meet", "/search?q=nairobi&location=mombasa"),
    Question("search", "words and a time far off", "/search?q=nairobi&from={late}"),
)


def ask(question: Question) -> tuple[Meter, int, float]:
    """Ask once with everything warm; returns the cost, the number of hits and the milliseconds."""
    import app
    from chalicelib.core import clock
    from devstack.gateway import test_client

    client = test_client(app.app).http
    first = client.get("/events?limit=1").json_body[0]["id"]
    late = clock.now() + timedelta(days=350)
    path = question.path.format(event_id=first, late=f"{late:%Y-%m-%d}")
    client.get(path)
    with metered() as meter:
        began = time.perf_counter()
        answer = client.get(path)
        spent = 1000 * (time.perf_counter() - began)
    assert answer.status_code == 200, answer.body
    hits = len(answer.json_body) if isinstance(answer.json_body, list) else 1
    return meter, hits, spent


def table(stack: Stack, sizes: Sequence[int]) -> list[str]:
    """What each question costs with so many events stored, as lines of a table."""
    lines = [
        "| events | request | hits | calls | items read | read units | ms |",
        "| ---: | --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for size in sizes:
        fill(stack, size)
        for question in QUESTIONS:
            meter, hits, spent = ask(question)
            name = f"{question.what}: `{question.path.format(event_id='{event_id}', late='…')}`"
            units = f"{meter.said} | {meter.items} | {meter.units:g}"
            lines.append(f"| {size:,} | {name} | {hits} | {units} | {spent:.0f} |")
    return lines


def fill(stack: Stack, size: int) -> None:
    """Empty tables with so many events."""
    from chalicelib.core import clock
    from chalicelib.core.queues import QUEUES
    from chalicelib.tables import TABLES
    from devstack.provision import make_queues, make_tables

    requests.post(f"{stack.aws_endpoint}/_ministack/reset", timeout=60).raise_for_status()
    make_tables(TABLES)
    make_queues(QUEUES)
    load(size, clock.now())
