"""The conditions and checks of the gate, each with the test that fails when it is taken away."""

from typing import Final

from tests.faults.mutation import Mutation

_IN: Final = "chalicelib/tickets/checking_in.py"
_RULES: Final = "chalicelib/tickets/admission.py"
_UNDO: Final = "chalicelib/tickets/undoing.py"
_T: Final = "tests/tickets/test_checking_in.py"
_R: Final = "tests/tickets/test_admission.py"

MUTATIONS: Final = (
    Mutation(
        "a ticket is admitted if it is valid",
        _IN,
        "        unmoved = Ticket.status == VALID\n",
        "        unmoved = Ticket.id.exists()\n",
        f"{_T}::test_another_gate_between_looking_and_admitting_is_seen",
    ),
    Mutation(
        "a refund that comes in between is seen",
        _IN,
        "        unmoved = Ticket.status == VALID\n",
        "        unmoved = Ticket.first_scan.does_not_exist()\n",
        f"{_T}::test_a_refund_between_looking_and_admitting_is_seen",
    ),
    Mutation(
        "an earlier scan takes over from the one it saw",
        _IN,
        "        unmoved = (Ticket.status == ADMITTED) & (Ticket.first_scan == first.name)\n",
        "        unmoved = Ticket.status == ADMITTED\n",
        f"{_T}::test_two_offline_gates_that_take_over_at_once_leave_the_first",
    ),
    Mutation(
        "a ticket that was undone is not taken over",
        _IN,
        "        unmoved = (Ticket.status == ADMITTED) & (Ticket.first_scan == first.name)\n",
        "        unmoved = Ticket.id.exists()\n",
        f"{_T}::test_an_undoing_between_looking_and_taking_over_is_seen",
    ),
    Mutation(
        "who undoes takes back what they saw",
        _UNDO,
        "(Ticket.first_scan == ticket.first_scan)",
        "Ticket.id.exists()",
        f"{_T}::test_an_undoing_takes_back_what_it_saw_only",
    ),
    Mutation(
        "only organizers undo",
        _UNDO,
        "        if not events.is_organizer(event, caller):\n",
        "        if False:\n",
        f"{_T}::test_gate_staff_with_the_permission_undo_nothing",
    ),
    Mutation(
        "a ticket is undone at the gate of its event",
        _UNDO,
        " or ticket.event_id != event_id:",
        ":",
        f"{_T}::test_only_organizers_undo",
    ),
    Mutation(
        "what was given back is not made valid",
        _UNDO,
        "            raise TicketRevoked\n",
        "            return\n",
        f"{_T}::test_a_ticket_that_was_given_back_is_not_made_valid",
    ),
    Mutation(
        "a ticket is admitted at the gate of its event",
        _IN,
        "    if told.claims.event_id != event.id:\n",
        "    if False:\n",
        f"{_T}::test_a_ticket_of_another_event_is_not_valid",
    ),
    Mutation(
        "nobody is let in to a cancelled event",
        _IN,
        "    if event.status == sales.CANCELLED:\n",
        "    if False:\n",
        f"{_T}::test_nobody_is_let_in_to_a_cancelled_event",
    ),
    Mutation(
        "who works at another gate admits nobody",
        "chalicelib/tickets/gate.py",
        "    if not _works_at(event, caller):\n",
        "    if False:\n",
        f"{_T}::test_who_may_admit",
    ),
    Mutation(
        "an organizer needs the permission",
        "chalicelib/tickets/gate.py",
        ' and caller.may("tickets:checkin")',
        "",
        f"{_T}::test_an_organizer_needs_the_permission",
    ),
    Mutation(
        "a scan is known by the device that made it",
        _IN,
        "timespec='milliseconds')} {shown.device}\"",
        "timespec='milliseconds')}\"",
        f"{_T}::test_another_scan_is_not_taken_for_the_same",
    ),
    Mutation(
        "a scan that is known is the same",
        _IN,
        "    if shown.device and shown.scanned_at:\n",
        "    if False:\n",
        f"{_T}::test_a_gate_that_got_no_answer_asks_again_and_is_told_admitted",
    ),
    Mutation(
        "a revoked ticket admits nobody",
        _RULES,
        "    if status == REVOKED:\n",
        "    if False:\n",
        f"{_R}::test_a_revoked_ticket_admits_nobody_and_its_scans_are_kept",
    ),
    Mutation(
        "who waits is never before who is in",
        _RULES,
        "    if was_offline and not is_known",
        "    if not is_known",
        f"{_R}::test_of_people_who_wait_for_our_word_one_is_admitted",
    ),
    Mutation(
        "online our clock counts",
        _IN,
        "self.scanned_at if self.was_offline else None",
        "self.scanned_at",
        f"{_T}::test_a_good_code_is_admitted_at_our_time",
    ),
    Mutation(
        "what was undone is not brought back by a repeat",
        _RULES,
        "        if is_known:  # an organizer",
        "        if False:  # an organizer",
        f"{_R}::test_what_was_undone_is_not_brought_back_by_a_repeat_but_by_a_new_scan",
    ),
    Mutation(
        "a clock that is wrong is put right",
        _RULES,
        "    at = scanned_at + off\n",
        "    at = scanned_at\n",
        f"{_R}::test_a_device_whose_clock_is_wrong_all_the_time_is_put_right",
    ),
    Mutation(
        "a time that cannot be comes before nobody's",
        _RULES,
        "    return at if not_before <= at <= came_at else came_at\n",
        "    return at\n",
        f"{_R}::test_a_time_that_cannot_be_comes_before_nobodys",
    ),
)
