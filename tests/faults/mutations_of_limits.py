"""What keeps the limits: see `mutations.py`."""

from typing import Final

from tests.faults.mutation import Mutation

_A: Final = "chalicelib/accounts"
_C: Final = "chalicelib/core/counters.py"
_P: Final = "chalicelib/payments"
_D: Final = "chalicelib/delivery/rationing.py"
_G: Final = "tests/accounts/test_guessing.py"
_F: Final = "tests/payments/test_frequency.py"
_T: Final = "tests/delivery/test_rationing.py"

MUTATIONS: Final = (
    Mutation(
        "a limit lets so many through",
        _C,
        "_more(limit, at, n), _room(limit), _TRIES)",
        "_more(limit, at, n), Counter.key.exists() | Counter.key.does_not_exist(), _TRIES)",
        "tests/core/test_counters.py::test_so_many_are_let_through_and_after_the_wait_again",
    ),
    Mutation(
        "a loop of looks is counted",
        "chalicelib/core/tallies.py",
        "        counters.take(limit, whom, at, STEP)\n",
        "        pass\n",
        "tests/core/test_tallies.py::test_a_loop_is_refused_and_costs_nothing_more",
    ),
    Mutation(
        "looks at payments are counted",
        f"{_P}/routes.py",
        "    tallies.count(limits.LOOKS, caller.user_id, caller.at)\n",
        "",
        "tests/core/test_tallies.py::test_a_page_that_looks_in_a_loop_is_asked_to_slow_down",
    ),
    Mutation(
        "searches are counted",
        "chalicelib/catalog/routes.py",
        "    tallies.count(limits.SEARCHES, limits.address_of(source_address), caller.at)\n",
        "",
        "tests/core/test_tallies.py::test_a_network_that_searches_in_a_loop_is_asked_to_slow_down",
    ),
    Mutation(
        "an order goes by the limits at the moment it is written",
        _C,
        ", condition=_room(limit))",
        ")",
        f"{_F}::test_whoever_fills_the_counter_meanwhile_is_seen",
    ),
    # Log-ins
    Mutation(
        "a try is counted before the password is looked at",
        f"{_A}/sessions.py",
        "    trying.begin(found)\n",
        "",
        f"{_G}::test_a_stranger_gets_so_many_guesses_and_then_none_is_looked_at",
    ),
    Mutation(
        "guesses from everywhere are counted together",
        f"{_A}/guessing.py",
        "            counters.take(LOG_INS, self.email, self.at)\n",
        "            counters.take(LOG_INS, f'{self.email}{self.source_address}', self.at)\n",
        f"{_G}::test_many_addresses_do_not_give_more_guesses",
    ),
    Mutation(
        "guesses at a known place are counted",
        f"{_A}/guessing.py",
        "            counters.take(LOG_INS_AT_HOME, self.home[1], self.at)\n",
        "            pass\n",
        f"{_G}::test_at_a_known_place_guesses_are_counted_too",
    ),
    Mutation(
        "whose account it is gets in at a known place",
        f"{_A}/guessing.py",
        "        if _lapses_after(found.get(self.home), self.at):\n            counters.take",
        "        if False:\n            counters.take",
        f"{_G}::test_whose_account_it_is_gets_in_meanwhile_where_they_logged_in_before",
    ),
    Mutation(
        "a new password makes the place known",
        f"{_A}/resetting.py",
        "        guessing.begin_anew(writing, user.id, source_address, at)\n",
        "",
        f"{_G}::test_and_from_elsewhere_by_a_new_password",
    ),
    Mutation(
        "a place is known for so long",
        f"{_A}/guessing.py",
        "    return home is not None and home.lapses_at > at.timestamp()\n",
        "    return home is not None\n",
        f"{_G}::test_a_place_is_forgotten_after_90_days",
    ),
    Mutation(
        "a right password does not tell that there is an account",
        f"{_A}/guessing.py",
        "            counters.give_back(LOG_INS, self.email, self.at)\n",
        "            pass\n",
        f"{_G}::test_an_unknown_address_is_told_the_same",
    ),
    Mutation(
        "what is given back never gives more than there is room for",
        _C,
        "Counter.used > 0, _TRIES)",
        "Counter.key.exists() | Counter.key.does_not_exist(), _TRIES)",
        "tests/core/test_counters.py::test_what_is_given_back_gives_no_more_room_than_there_was",
    ),
    Mutation(
        "who is right at a known place is never too often",
        f"{_A}/guessing.py",
        "            counters.give_back(LOG_INS_AT_HOME, self.home[1], self.at)\n",
        "            pass\n",
        f"{_G}::test_who_is_right_at_a_known_place_is_never_too_often",
    ),
    Mutation(
        "what is right takes back nothing but itself",
        f"{_A}/guessing.py",
        "            counters.give_back(LOG_INS_AT_HOME, self.home[1], self.at)\n",
        "            counters.add(LOG_INS_AT_HOME, self.home[1], self.at, -2)\n",
        f"{_G}::test_what_is_right_takes_back_nothing_but_itself",
    ),
    Mutation(
        "a wrong password counts against the address",
        f"{_A}/sessions.py",
        "        trying.fail(found)\n",
        "",
        f"{_G}::test_one_guess_at_each_of_many_accounts_is_stopped_by_the_address",
    ),
    Mutation(
        "who has guessed at many accounts guesses no more",
        f"{_A}/guessing.py",
        "            self._refuse_where_others_are(found)\n",
        "",
        f"{_G}::test_one_guess_at_each_of_many_accounts_is_stopped_by_the_address",
    ),
    Mutation(
        "who guesses does not learn which account is known where they are",
        f"{_A}/guessing.py",
        ", self.at)\n        self._refuse_where_others_are(found)\n",
        ", self.at)\n",
        f"{_G}::test_nor_by_filling_its_counter_from_elsewhere",
    ),
    Mutation(
        "whoever has the mailbox begins anew at a place",
        f"{_A}/guessing.py",
        "    counters.forget(writing, LOG_INS_AT_HOME, _home(user_id, source_address), at)\n",
        "",
        f"{_G}::test_a_neighbour_keeps_nobody_out_who_has_the_mailbox",
    ),
    Mutation(
        "one changes one's own names so often",
        f"{_A}/changing.py",
        "        counters.take(limits.ACCOUNT_CHANGES, user.id, caller.at)\n",
        "        pass\n",
        "tests/accounts/test_warning.py"
        "::test_who_looks_for_who_has_an_account_by_changing_their_own_is_stopped",
    ),
    Mutation(
        "what ends a link lets the next be sent",
        f"{_A}/turns.py",
        "    writing.delete(Guard(_key(user_id)))\n",
        "    pass\n",
        "tests/accounts/test_resetting.py::test_what_ends_a_link_lets_the_next_be_sent",
    ),
    # Sign-ups, links
    Mutation(
        "sign-ups are counted by address",
        f"{_A}/signing_up.py",
        "    counters.take(limits.SIGN_UPS, address, at)\n",
        "",
        f"{_G}::test_who_signs_up_too_often_waits",
    ),
    Mutation(
        "a name that is taken counts more",
        f"{_A}/signing_up.py",
        "        counters.add(limits.SIGN_UPS, address, at, limits.TAKEN_COUNTS - 1)\n",
        "",
        f"{_G}::test_who_looks_for_who_has_an_account_is_stopped_much_sooner",
    ),
    Mutation(
        "links are counted by address",
        f"{_A}/resetting.py",
        "    counters.take(limits.RESETS, limits.address_of(source_address), at)\n",
        "",
        f"{_G}::test_links_are_asked_for_so_often_from_one_address",
    ),
    # Orders and prompts
    Mutation(
        "an order is counted",
        f"{_P}/purchase.py",
        "        frequency.count(writing, frequency.of(payment.user_id, phone), at)\n",
        "",
        f"{_F}::test_one_person_orders_so_often_and_others_go_on",
    ),
    Mutation(
        "an order that is too often is told so",
        f"{_P}/purchase.py",
        "frequency.refuse_full(frequency.of(buyer, None if is_free else order.phone), seen.counted, at)",
        "pass",
        f"{_F}::test_many_accounts_cannot_bomb_a_strangers_phone",
    ),
    Mutation(
        "a new attempt is counted",
        f"{_P}/attempts.py",
        "        frequency.count(writing, frequency.of(payment.user_id, retry.phone), at)\n",
        "",
        f"{_F}::test_new_attempts_count_and_another_phone_is_the_way_out",
    ),
    Mutation(
        "a new attempt that is too often is told so",
        f"{_P}/attempts.py",
        "        frequency.refuse_full(counted, seen.counted, at)\n",
        "",
        f"{_F}::test_new_attempts_count_and_another_phone_is_the_way_out",
    ),
    Mutation(
        "a phone that pays may be asked again",
        f"{_P}/prompts.py",
        '    if outcome == "paid":\n',
        "    if False:\n",
        f"{_F}::test_a_phone_that_pays_is_asked_as_often_as_it_pays",
    ),
    Mutation(
        "a prompt that was not sent is not counted",
        f"{_P}/prompts.py",
        'outcome == "not_sent" or ',
        "",
        f"{_F}::test_what_m_pesa_did_not_send_pesters_nobody",
    ),
    Mutation(
        "a prompt that never left the queue is not counted",
        f"{_P}/prompts.py",
        " or attempt.pushed_at is None",
        "",
        f"{_F}::test_what_never_left_our_queue_does_not_either",
    ),
    # SMS
    Mutation(
        "SMS are counted by phone",
        _D,
        ", (TEXTS_TO_PHONE, letter.phone)]",
        "]",
        f"{_T}::test_a_seller_cannot_bomb_a_strangers_phone",
    ),
    Mutation(
        "SMS are counted by who causes them",
        _D,
        "[(TEXTS_OF_PERSON, message.user_id), ",
        "[",
        f"{_T}::test_one_seller_cannot_text_the_whole_town",
    ),
    Mutation(
        "an SMS is counted once",
        _D,
        "    if message.tries:\n",
        "    if False:\n",
        f"{_T}::test_an_sms_that_is_tried_again_counts_once",
    ),
    Mutation(
        "who has paid gets their letters though no receipt was told",
        "chalicelib/delivery/letters.py",
        "order.payment.paid_attempt is not None",
        "bool(order.payment.receipt)",
        f"{_T}::test_so_does_who_has_paid_as_m_pesa_says_when_asked",
    ),
    Mutation(
        "nobody fills a mailbox by changing accounts",
        _D,
        "limits.mailbox_of(letter.email), ",
        "message.id, ",
        f"{_T}::test_nobody_fills_a_mailbox_by_changing_accounts",
    ),
    Mutation(
        "nobody uses up beforehand what an owner is warned by",
        _D,
        'f"+{mailbox}" if has_plus else mailbox',
        "mailbox",
        f"{_T}::test_nobody_uses_up_beforehand_what_an_owner_is_warned_by",
    ),
    Mutation(
        "many accounts of one mailbox do not fill it with links",
        _D,
        "[(RESET_LETTERS, mailbox)] if has_plus else []",
        "[]",
        f"{_T}::test_many_accounts_of_one_mailbox_do_not_fill_it_with_links",
    ),
    Mutation(
        "nobody uses up the links of a plain address",
        _D,
        "[(RESET_LETTERS, mailbox)] if has_plus else []",
        "[(RESET_LETTERS, mailbox)]",
        f"{_T}::test_many_accounts_of_one_mailbox_do_not_fill_it_with_links",
    ),
    Mutation(
        "a warning goes to the address that the account had before",
        "chalicelib/delivery/letters.py",
        "message.address or person.email",
        "person.email",
        "tests/accounts/test_warning.py::test_a_new_address_is_told_of_where_the_account_was_reached_before",
    ),
)
