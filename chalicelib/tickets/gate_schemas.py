"""What comes in from a gate, and what goes out to it."""

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, RootModel, StringConstraints, model_validator

from chalicelib.catalog.times import ClockTime, shown
from chalicelib.core.problems import BadRequest, Invalid
from chalicelib.tickets import checking_in
from chalicelib.tickets.admission import SENTENCES, Outcome, Reason
from chalicelib.tickets.models import Ticket
from chalicelib.web import fields
from chalicelib.web.fields import BLANK_IS_NONE, Line, Schema, example

if TYPE_CHECKING:
    from chalicelib.tickets.checking_in import Shown, Verdict

#: Scans in one upload: some 33 KB of the 64 that a body may have, and two seconds' work.
MOST_SCANS: Final = 100

Device = Annotated[Annotated[Line, StringConstraints(max_length=60)] | None, BLANK_IS_NONE]
#: Whatever a camera has read or a person typed; what it is worth is judged later.
Code = Annotated[str, StringConstraints(max_length=8192)]


class ScanForm(Schema):
    """One scanned code. With `device` and `scanned_at`, by the device's clock, it is safe to repeat."""

    code: Code
    scanned_at: Annotated[ClockTime | None, BLANK_IS_NONE] = None
    device: Device = None


class CheckInForm(Schema):
    """One scan of somebody who waits, or `scans`: those of people who were let in offline.

    `sent_at` is the device's clock as it sends: by it we correct its `scanned_at`.
    """

    model_config = example(
        code="T1.1.AFWMJYYZ57FA", scanned_at="2026-12-24T19:02:11.500+03:00", device="Gate A, 7f3c"
    )

    code: Code | None = None
    scanned_at: Annotated[ClockTime | None, BLANK_IS_NONE] = None
    device: Device = None
    sent_at: Annotated[ClockTime | None, BLANK_IS_NONE] = None
    scans: Annotated[list[Any], Field(min_length=1, max_length=MOST_SCANS)] | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.code is None) == (self.scans is None):
            raise ValueError("Send either `code` or `scans`.")
        return self

    def one(self) -> "Shown":
        """The one scan."""
        return checking_in.Shown(self.code or "", self.device, self.scanned_at)

    def rows(self) -> list["Shown | str"]:
        """The scans of an upload; in the place of one that cannot be read, what is wrong with it."""
        return [self._row(row) for row in self.scans or []]

    def _row(self, row: Any) -> "Shown | str":
        try:
            scan = fields.read(ScanForm, row)
        except BadRequest as wrong:
            return wrong.message
        except Invalid as wrong:
            return " ".join(f"{name}: {words}" for name, words in (wrong.fields or {}).items())
        device = scan.device or self.device
        return checking_in.Shown(scan.code, device, scan.scanned_at, self.sent_at, was_offline=True)


def _maybe() -> Any:
    return Field(None, exclude_if=lambda value: value is None)


class AdmissionView(Schema):
    """When somebody was admitted, by whom (their id and user name), and on which device."""

    admitted_at: str | None = _maybe()
    admitted_by: str | None = _maybe()
    admitted_by_name: str | None = _maybe()
    device: str | None = _maybe()

    @classmethod
    def fields_of(cls, ticket: Ticket, zone: str, names: dict[str, str]) -> dict[str, str | None]:
        """The admission of a ticket, field by field; nothing for one that has none."""
        if ticket.admitted_at is None:
            return {}
        return {
            "admitted_at": shown(ticket.admitted_at, zone),
            "admitted_by": ticket.admitted_by,
            "admitted_by_name": names.get(ticket.admitted_by or ""),
            "device": ticket.device,
        }


class ScanView(AdmissionView):
    """What became of a scan.

    `reason` and `message` say why it is not valid. `instead_of` is a later admission of the same ticket that
    we had heard of before: two people are inside.
    """

    outcome: Literal["admitted", "already_admitted", "not_valid"]
    ticket_id: str | None = _maybe()
    ticket_type: str | None = _maybe()
    label: str | None = _maybe()
    reason: str | None = _maybe()
    message: str | None = _maybe()
    instead_of: AdmissionView | None = _maybe()

    @classmethod
    def of(cls, verdict: "Verdict", zone: str, names: dict[str, str]) -> Self:
        """The view of a verdict; `names` are user names by id."""
        ticket, before, reason = verdict.ticket, verdict.instead_of, verdict.judgement.reason
        about: dict[str, Any] = {}
        if ticket:
            about = {"ticket_id": ticket.id, "ticket_type": ticket.ticket_type, "label": ticket.label}
            about |= AdmissionView.fields_of(ticket, zone, names)
        if before:
            about["instead_of"] = AdmissionView(**AdmissionView.fields_of(before, zone, names))
        if reason:
            about |= {"reason": str(reason), "message": SENTENCES[reason]}
        return cls(outcome=verdict.judgement.outcome.value, **about)

    @classmethod
    def unreadable(cls, what: str) -> Self:
        """The view of a row that could not be read."""
        return cls(outcome=Outcome.NOT_VALID.value, reason=str(Reason.UNREADABLE), message=what)


class CheckInView(RootModel[ScanView | list[ScanView]]):
    """What became of the one scan, or of each scan of an upload in its order."""


class GatePart(Schema):
    """Which part of the list: `after` is the `next` of the part before."""

    after: Annotated[str, StringConstraints(pattern=r"^(admitted|revoked)\.[0-9a-f]{34}$")] | None = None

    @property
    def place(self) -> tuple[str, str] | None:
        """Status and ticket id."""
        status, _, ticket_id = (self.after or "").partition(".")
        return (status, ticket_id) if self.after else None


class GateView(Schema):
    """What a scanner needs offline: public keys (Ed25519, hex) by key id; tickets that let nobody in.

    Where there are more than 50,000 of those, `next` is there: ask again with it as `after`.
    """

    keys: dict[str, str]
    admitted: list[str]
    revoked: list[str]
    next: str | None = _maybe()
