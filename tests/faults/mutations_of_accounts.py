"""What keeps accounts, roles and those who follow events whole when two meet: see `mutations.py`.

`python -m tests.faults.mutate security` takes these away too.
"""

from typing import Final

from tests.faults.mutation import Mutation

_A: Final = "chalicelib/accounts"
_SUBSCRIBING: Final = "chalicelib/live/subscribing.py"
_WATCHING: Final = "chalicelib/live/watching.py"
_MEET: Final = "tests/accounts/test_accounts_that_meet.py"
_LEAVING: Final = "tests/live/test_leaving_meanwhile.py"
_TELLING: Final = "tests/live/test_telling.py"

_TAKEN_AWAY: Final = (
    # People
    (
        "the last Admin stays",
        f"{_A}/admins.py",
        "condition=Shared.members.contains(user_id) & (size(Shared.members) > 1)",
        "condition=Shared.members.contains(user_id)",
        "tests/accounts/test_managing.py::test_the_last_admin_can_neither_be_demoted_nor_leave",
    ),
    (
        "roles are changed by who saw them as they are",
        f"{_A}/changing.py",
        " & (User.role_ids == list(user.role_ids))",
        "",
        f"{_MEET}::test_roles_that_are_given_meanwhile_are_not_taken_back",
    ),
    (
        "an address is changed by who saw it as it is",
        f"{_A}/changing.py",
        " & (User.email == user.email)",
        "",
        f"{_MEET}::test_of_two_new_names_at_once_the_later_one_is_free_for_others",
    ),
    (
        "a user name is changed by who saw it as it is",
        f"{_A}/changing.py",
        "(User.username == user.username) & ",
        "",
        f"{_MEET}::test_of_two_new_names_at_once_the_later_one_is_free_for_others",
    ),
    (
        "a person is changed as they were read",
        f"{_A}/changing.py",
        ", condition=as_read(user))",
        ")",
        f"{_MEET}::test_roles_that_are_given_meanwhile_are_not_taken_back",
    ),
    (
        "who leaves is as they were read",
        f"{_A}/leaving.py",
        "condition=changing.as_read(user) & none",
        "condition=none",
        f"{_MEET}::test_who_has_another_address_while_leaving_leaves_none_behind",
    ),
    (
        "who leaves runs no events",
        f"{_A}/leaving.py",
        "condition=changing.as_read(user) & none",
        "condition=changing.as_read(user)",
        f"{_MEET}::test_who_is_given_an_event_while_leaving_stays",
    ),
    (
        "who has left is given no event",
        f"{_A}/people.py",
        " & User.deleted_at.does_not_exist()\n",
        "\n",
        f"{_MEET}::test_who_leaves_while_given_an_event_is_not_given_it",
    ),
    (
        "who is made Admin keeps their roles",
        f"{_A}/bootstrapping.py",
        " & (User.role_ids == list(before))",
        "",
        f"{_MEET}::test_who_is_made_admin_keeps_the_roles_they_are_given_meanwhile",
    ),
    (
        "of two who use a link for a password one does",
        f"{_A}/resetting.py",
        "(User.token_version == user.token_version) & ",
        "",
        "tests/accounts/test_resetting.py::test_of_two_who_use_one_link_at_once_one_is_told_it_ended",
    ),
    (
        "a link for a password is used at the address that it went to",
        f"{_A}/resetting.py",
        " & (User.email == user.email)",
        "",
        f"{_MEET}::test_a_link_for_a_password_ends_with_the_address_also_while_it_is_used",
    ),
    # Roles
    (
        "a role that is gone is not given",
        f"{_A}/assigning.py",
        "                condition=Role.name.exists(),\n",
        "",
        f"{_MEET}::test_a_role_that_is_deleted_while_it_is_given_is_not_given",
    ),
    (
        "a role that somebody has is not deleted",
        f"{_A}/defining.py",
        "condition=(Role.name == role.name) & unused",
        "condition=Role.name == role.name",
        f"{_MEET}::test_a_role_that_is_given_while_it_is_deleted_stays",
    ),
    (
        "a role is deleted under its name",
        f"{_A}/defining.py",
        "condition=(Role.name == role.name) & unused",
        "condition=unused",
        f"{_MEET}::test_a_role_that_has_another_name_meanwhile_leaves_no_name_behind",
    ),
    (
        "a role is renamed by who saw its name as it is",
        f"{_A}/defining.py",
        "(Role.name == role.name) & (Role.permissions",
        "(Role.permissions",
        f"{_MEET}::test_a_role_that_has_another_name_meanwhile_leaves_no_name_behind",
    ),
    (
        "a permission that was taken away stays away",
        f"{_A}/defining.py",
        " & (Role.permissions == list(role.permissions))",
        "",
        f"{_MEET}::test_what_a_role_permits_no_more_does_not_come_back_with_its_new_name",
    ),
    # Those who follow an event
    (
        "a connection that is gone follows nothing",
        _SUBSCRIBING,
        "condition=Connection.lapses_at.exists() & few",
        "condition=few",
        f"{_LEAVING}::test_who_leaves_while_heard_is_forgotten_all_the_same",
    ),
    (
        "a connection that is gone is not made anew",
        _SUBSCRIBING,
        "            actions=[Connection.events.delete({event_id})],\n"
        "            condition=Connection.lapses_at.exists(),\n",
        "            actions=[Connection.events.delete({event_id})],\n",
        f"{_LEAVING}::test_who_leaves_while_heard_is_forgotten_all_the_same",
    ),
    (
        "a round that began meanwhile is not expected",
        _WATCHING,
        "    condition = Watched.turns == int(watched.turns)\n",
        "    condition = Watched.event_id.exists()\n",
        f"{_TELLING}::test_a_round_that_began_before_it_was_noted_does_not_hide_the_next_change",
    ),
    (
        "no round makes an event watched again",
        _WATCHING,
        "    condition = (Watched.lapses_at > int(at.timestamp())) & (\n"
        "        Watched.next_at.does_not_exist() | (Watched.next_at <= now)\n"
        "    )\n",
        "    condition = Watched.next_at.does_not_exist() | (Watched.next_at <= now)\n",
        f"{_TELLING}::test_an_event_that_lapsed_while_a_round_was_asked_for_stays_away",
    ),
    (
        "a round begins after the last one is finished",
        _WATCHING,
        " & (\n        Watched.next_at.does_not_exist() | (Watched.next_at <= now)\n    )\n",
        "\n",
        f"{_TELLING}::test_a_round_does_not_begin_before_the_last_one_is_finished",
    ),
    (
        "one message waits for a turn",
        _WATCHING,
        "(Watched.lapses_at > int(at.timestamp())) & free)",
        "Watched.lapses_at > int(at.timestamp()))",
        f"{_TELLING}::test_of_messages_that_wait_for_a_turn_one_stays",
    ),
    (
        "no message waits for a turn of what nobody follows any more",
        _WATCHING,
        "(Watched.lapses_at > int(at.timestamp())) & free)",
        "free)",
        f"{_TELLING}::test_an_event_that_nobody_can_follow_any_more_is_left_alone",
    ),
    (
        "a round that was given up goes on no more",
        _WATCHING,
        "[Watched.next_at.set(until)], Watched.turns == turn)",
        "[Watched.next_at.set(until)], Watched.event_id.exists())",
        f"{_TELLING}::test_chunks_of_a_round_that_was_given_up_end",
    ),
    (
        "a round that was given up is not finished",
        _WATCHING,
        "        dynamo.update(Watched(event_id), actions, Watched.turns == turn)\n",
        "        dynamo.update(Watched(event_id), actions, Watched.event_id.exists())\n",
        f"{_TELLING}::test_a_round_that_was_given_up_finishes_no_other",
    ),
)

MUTATIONS: Final = tuple(
    Mutation(f"security: {what}", file, old, new, test) for what, file, old, new, test in _TAKEN_AWAY
)

#: As in `mutations.py`.
HELD_TWICE: Final = {
    f"{_A}/admins.py: Shared.members.contains(user_id)": "whose role is taken is as they were read",
    f"{_A}/bootstrapping.py: condition=as_read": "its parts",
    f"{_A}/bootstrapping.py: User.deleted_at.does_not_exist()": "who leaves has no role any more",
    f"{_A}/changing.py: User.deleted_at.does_not_exist()": "who leaves has no address any more",
    f"{_A}/defining.py: condition=Role.name.does_not_exist()": "its number is a fresh one",
    f"{_A}/defining.py: condition=as_read": "its parts, which are in the list",
    f"{_A}/people.py: condition=there": "its parts",
    f"{_A}/people.py: condition=User.id.exists()": "it was read before, and none is ever deleted",
    f"{_A}/resetting.py: condition=unchanged": "its parts",
    f"{_A}/resetting.py: User.deleted_at.does_not_exist()": "who leaves has another version, and no address",
    f"{_A}/sessions.py: User.id.exists()": "it was read before, and none is ever deleted",
    f"{_A}/sessions.py: condition=User.id.exists()": "it was read before, and none is ever deleted",
    f"{_A}/signing_up.py: condition=User.id.does_not_exist()": "its id is a fresh one",
}
