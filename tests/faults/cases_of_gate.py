"""At the gate: scans, uploads, and undoing."""

from typing import Any

from chalicelib.core.queues import STK_RESULTS
from chalicelib.tickets.models import Scan
from tests.faults.cases_of_orders import answered
from tests.faults.use_case import UseCase
from tests.faults.world import World


def a_paid_ticket(world: World) -> None:
    answered(fate="pays", called_back=True)(world)
    world.works_off(STK_RESULTS)
    world.ticket = world.buyer.tickets()[0]


def checks_in(world: World, **more: Any) -> Any:
    path = f"/events/{world.event['id']}/checkins"
    body = {"code": world.ticket["code"], "device": "Gate A", "scanned_at": "2026-11-24T09:00:00Z"}
    return world.organizer.asks("POST", path, body | more)


def is_in_once(world: World) -> bool:
    """The gate that got no answer sends its scan again; nobody else gets in by the ticket then."""
    answer, second = checks_in(world), checks_in(world, device="Gate B")
    return (answer.status, second.status, second.body.get("device")) == (200, 409, "Gate A")


def uploads(world: World) -> Any:
    """Two gates that were offline tell of the same ticket, the later one first."""
    path = f"/events/{world.event['id']}/checkins"
    for device, minute in (("Gate B", 2), ("Gate A", 1)):
        scan = {
            "code": world.ticket["code"],
            "device": device,
            "scanned_at": f"2026-11-24T09:0{minute}:00Z",
        }
        world.answer = world.organizer.asks("POST", path, {"scans": [scan]})
    return world.answer


def a_ticket_of_five_minutes_ago(world: World) -> None:
    a_paid_ticket(world)
    world.clock.passes(minutes=5)


def the_first_one_is_in(world: World) -> bool:
    (told,) = uploads(world).body
    return (told["outcome"], told["device"]) == ("admitted", "Gate A") and len(list(Scan.scan())) == 2


def an_admitted_ticket(world: World) -> None:
    a_paid_ticket(world)
    assert checks_in(world).status == 200


def undoes(world: World) -> Any:
    return world.organizer.asks("DELETE", f"/events/{world.event['id']}/checkins/{world.ticket['id']}")


def is_undone_once(world: World) -> bool:
    answer, lines = undoes(world), [one for one in Scan.scan() if one.outcome == "undone"]
    return answer.status == 204 and len(lines) == 1 and checks_in(world).body["reason"] == "undone"


CASES = [
    UseCase("check-in", a_paid_ticket, checks_in, is_in_once),
    UseCase("offline scans of two gates", a_ticket_of_five_minutes_ago, uploads, the_first_one_is_in),
    UseCase("undoing a check-in", an_admitted_ticket, undoes, is_undone_once),
]
