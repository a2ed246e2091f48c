"""M-Pesa's records: pulling, and its statement."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from chalicelib.payments import pulling, statement
from chalicelib.payments.daraja.answers import Unknown as Silent
from chalicelib.payments.differences import Finding
from tests.faults.cases_of_orders import answered, later
from tests.faults.cases_of_refunds import a_statement_is_wanted
from tests.faults.use_case import UseCase
from tests.faults.world import World


def a_receipt_is_missing(world: World) -> None:
    """A query has told that it was paid; no callback comes."""
    later(90, answered(fate="pays", lost=True))(world)
    world.schedules_tick()
    world.clock.passes(minutes=2)


def nobody_can_be_asked(world: World) -> None:
    """The push had no answer, no callback comes, the hold has ended; and it was paid."""
    world.bank.next_push = (Silent("time-out"), True)
    answered(fate="pays", lost=True)(world)
    world.clock.passes(minutes=5)
    world.town.reconciles()
    world.clock.passes(minutes=2)


def pulls(world: World) -> None:
    pulling.run(world.open_till())


def has_its_receipt(world: World) -> bool:
    payment = world.buyer.payment(world.payment)
    return (payment["status"], payment["receipt"]) == ("Completed", "BNK0000001")


def reads_the_statement(world: World) -> list[Finding]:
    with NamedTemporaryFile("w", suffix=".csv") as file:
        file.write(world.bank.statement())
        file.flush()
        return statement.compare(Path(file.name), None, None, settles=True).found


def the_statement_agrees(world: World) -> bool:
    return not reads_the_statement(world) and has_its_receipt(world)


def a_reversal_of_which_only_the_statement_tells(world: World) -> None:
    a_statement_is_wanted(world)
    assert world.organizer.payment(world.payment)["refunds"][0]["status"] == "unknown"


def the_statement_gives_it_back(world: World) -> bool:
    return not reads_the_statement(world) and world.organizer.payment(world.payment)["status"] == "Refunded"


CASES = [
    UseCase("pulling, after a query", a_receipt_is_missing, pulls, has_its_receipt),
    UseCase("pulling, when nobody can be asked", nobody_can_be_asked, pulls, has_its_receipt),
    UseCase("M-Pesa's statement", nobody_can_be_asked, reads_the_statement, the_statement_agrees),
    UseCase(
        "M-Pesa's statement, a reversal",
        a_reversal_of_which_only_the_statement_tells,
        reads_the_statement,
        the_statement_gives_it_back,
    ),
]
