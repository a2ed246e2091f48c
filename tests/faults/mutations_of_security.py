"""What keeps people to what is theirs, and strangers out: see `mutations.py`.

`python -m tests.faults.mutate security` takes these away alone.
"""

from typing import Final

from tests.faults.mutation import Mutation

_A: Final = "chalicelib/accounts"
_W: Final = "chalicelib/web"
_L: Final = "chalicelib/live"
_K: Final = f"{_A}/tokens.py"
_ACCOUNTS: Final = "tests/accounts/test_accounts.py"
_MANAGING: Final = "tests/accounts/test_managing.py"
_RESETTING: Final = "tests/accounts/test_resetting.py"
_SESSIONS: Final = "tests/security/test_session_tokens.py"
_LINKS: Final = "tests/tickets/test_links.py"
_TRAIL: Final = "tests/accounts/test_trail_of_routes.py"
_STEPPING_IN: Final = "tests/catalog/test_stepping_in.py"
_FOLLOWING: Final = "tests/live/test_following.py"

_TAKEN_AWAY: Final = (
    # Session tokens
    (
        "a token's algorithm is ours",
        _K,
        "algorithms=[_ALGORITHM]",
        'algorithms=["HS256", "HS384", "HS512"]',
        f"{_SESSIONS}::test_another_hash_with_our_key_does_not_count",
    ),
    (
        "a token is a session's",
        _K,
        'if secret is None or header.get("typ") != _TYPE:',
        "if secret is None:",
        f"{_SESSIONS}::test_only_a_token_of_the_type_session_is_one",
    ),
    (
        "a token is issued by us",
        _K,
        "            issuer=_ISSUER,\n",
        "",
        f"{_SESSIONS}::test_a_claim_that_is_missing_or_wrong_ends_it_though_our_key_signed",
    ),
    (
        "a token is for this API",
        _K,
        '"verify_exp": False,',
        '"verify_exp": False, "verify_aud": False,',
        f"{_SESSIONS}::test_a_claim_that_is_missing_or_wrong_ends_it_though_our_key_signed",
    ),
    (
        "a token runs out",
        _K,
        "begins_at <= at < ends_at",
        "begins_at <= at",
        f"{_ACCOUNTS}::test_a_token_runs_out",
    ),
    (
        "a token has begun",
        _K,
        "begins_at <= at < ends_at",
        "at < ends_at",
        f"{_SESSIONS}::test_a_claim_that_is_missing_or_wrong_ends_it_though_our_key_signed",
    ),
    (
        "a token's key is one of those that there are",
        _K,
        'settings().jwt_keys.get(str(header.get("kid")))',
        'settings().jwt_keys.get(str(header.get("kid")), next(iter(settings().jwt_keys.values())))',
        f"{_SESSIONS}::test_a_key_id_is_only_looked_up",
    ),
    (
        "a token ends with those of before",
        f"{_A}/identity.py",
        "if user.token_version != session.version and session.id != user.kept_session:",
        "if False:",
        f"{_ACCOUNTS}::test_logging_out_everywhere_ends_every_token",
    ),
    (
        "a token that was ended counts no more",
        f"{_A}/identity.py",
        "if session.id in user.revoked or user.deleted_at is not None:",
        "if user.deleted_at is not None:",
        f"{_ACCOUNTS}::test_logging_out_ends_this_token_at_once_and_no_other",
    ),
    # Cookies, origins, caches
    (
        "a cookie changes something from the same origin only",
        f"{_W}/caller.py",
        "forgeable=method not in SAFE_METHODS and not _same_origin(headers)",
        "forgeable=False",
        f"{_ACCOUNTS}::test_a_cookie_counts_for_writing_only_from_the_same_origin",
    ),
    (
        "a cookie that a stranger's page may have sent is refused",
        f"{_W}/endpoint.py",
        "    refuse_forgeable(given)\n",
        "",
        f"{_ACCOUNTS}::test_a_cookie_counts_for_writing_only_from_the_same_origin",
    ),
    (
        "a foreign page ends no session",
        f"{_W}/endpoint.py",
        "None if given and given.forgeable and not is_trusted(request.headers) else given",
        "given",
        "tests/web/test_answers_for_one.py::test_a_cookie_from_elsewhere_ends_no_session",
    ),
    (
        "of two session cookies neither counts",
        f"{_W}/caller.py",
        "return tokens.pop() if len(tokens) == 1 else None",
        "return tokens.pop() if tokens else None",
        "tests/security/test_headers.py::test_of_two_session_cookies_neither_counts",
    ),
    (
        "a foreign page sets no cookie",
        f"{_W}/gateway.py",
        "        if is_foreign(request.headers):",
        "        if False:",
        "tests/security/test_headers.py::test_a_foreign_page_sets_no_cookie",
    ),
    (
        "answers are read by listed origins",
        f"{_W}/gateway.py",
        "    if origin not in {*settings().allowed_origins, *settings().credential_origins}:\n",
        "    if False:\n",
        "tests/web/test_gateway.py::test_another_origin_gets_no_cors_headers",
    ),
    (
        "cookies come along for listed origins",
        f"{_W}/gateway.py",
        "    if origin in settings().credential_origins:\n",
        "    if True:\n",
        "tests/security/test_headers.py::test_an_origin_without_credentials_is_told_of_none",
    ),
    (
        "an answer to one person is kept by nobody",
        f"{_W}/endpoint.py",
        '    if caller.identity or "Set-Cookie" in response.headers:\n',
        "    if False:\n",
        "tests/web/test_answers_for_one.py::test_an_answer_to_an_authenticated_caller_is_private",
    ),
    (
        "a refusal is kept by nobody",
        f"{_W}/answers.py",
        '"Content-Type": "application/json", "Cache-Control": "no-store"}',
        '"Content-Type": "application/json"}',
        "tests/web/test_answers_for_one.py::test_an_answer_to_an_authenticated_caller_is_private",
    ),
    (
        "an answer is what it says it is",
        f"{_W}/gateway.py",
        '{"X-Content-Type-Options": "nosniff"}',
        "{}",
        "tests/security/test_headers.py::test_every_answer_says_that_it_is_what_it_says",
    ),
    # Permissions
    (
        "a route wants its permission",
        f"{_W}/endpoint.py",
        "    if route.allow not in (SIGNED_IN, SIGNED_IN_OR_LINK) and not caller.may(route.allow):\n",
        "    if False:\n",
        "tests/catalog/test_events.py::test_a_user_may_not_create_events",
    ),
    (
        "nobody signs up as Admin",
        f"{_A}/schemas.py",
        "        if value not in (None, permissions.ORGANIZER, permissions.USER):\n",
        "        if False:\n",
        f"{_ACCOUNTS}::test_nobody_signs_up_as_admin",
    ),
    (
        "people are seen by themselves and who may see people",
        f"{_A}/managing.py",
        '    if not (caller.is_user(user_id) or caller.may("users:read") or caller.may("users:write")):\n',
        "    if False:\n",
        f"{_MANAGING}::test_a_person_sees_themself_and_nobody_else",
    ),
    (
        "who may see people changes nobody",
        f"{_A}/managing.py",
        '        if not caller.may("users:write"):\n',
        "        if False:\n",
        f"{_MANAGING}::test_who_may_only_see_people_changes_nobody",
    ),
    (
        "nobody manages who may do more",
        f"{_A}/managing.py",
        "        assigning.refuse_beyond_own(caller, people.permissions_of(user, caller.at))\n",
        "        pass\n",
        f"{_MANAGING}::test_who_may_change_people_cannot_take_over_somebody_who_may_do_more",
    ),
    (
        "nobody gives more than they have",
        f"{_A}/assigning.py",
        "for role in found.values() for permission in role.permissions})",
        "for role in () for permission in role.permissions})",
        f"{_MANAGING}::test_who_may_give_roles_gives_no_more_than_they_have",
    ),
    (
        "nobody makes a role of more than they have",
        f"{_A}/defining.py",
        "    assigning.refuse_beyond_own(caller, {*wanted} ^ {*before})\n",
        "    pass\n",
        "tests/accounts/test_roles.py::test_who_writes_roles_grants_no_more_than_they_have",
    ),
    # Whose it is
    (
        "an event is run by its organizers",
        "chalicelib/catalog/events.py",
        "    return caller.is_admin or stepping_in.runs(event, caller)\n",
        "    return True\n",
        "tests/catalog/test_staff.py::test_only_its_organizers_and_admin_choose_the_staff",
    ),
    (
        "nobody is given an event by others",
        "chalicelib/catalog/staff.py",
        "    if seller_changes and not (caller.is_user(organizers[0]) or caller.is_admin):\n",
        "    if False:\n",
        "tests/catalog/test_staff.py::test_nobody_is_given_an_event_by_others",
    ),
    (
        "a draft is its staff's",
        "chalicelib/catalog/events.py",
        "    return event.status != sales.DRAFT or is_staff(event, caller)\n",
        "    return True\n",
        "tests/catalog/test_events.py::test_a_draft_is_seen_by_its_organizers_and_admin_only",
    ),
    (
        "drafts and past events are listed for their organizer",
        "chalicelib/catalog/routes.py",
        "    elif caller.is_user(query.user_id) or caller.is_admin:\n",
        "    elif True:\n",
        "tests/catalog/test_events.py::test_a_draft_is_seen_by_its_organizers_and_admin_only",
    ),
    (
        "a report is of one's own event",
        "chalicelib/catalog/revising.py",
        "    if not events.is_organizer(seen.event, caller):\n",
        "    if False:\n",
        "tests/reports/test_payouts.py::test_organizers_see_their_own_and_record_nothing",
    ),
    (
        "a ticket is its owner's",
        "chalicelib/tickets/holding.py",
        "    if ticket is None or not caller.is_user(ticket.user_id):\n",
        "    if ticket is None:\n",
        "tests/tickets/test_tickets.py::test_nobody_else_sees_a_ticket",
    ),
    (
        "a code is for the ticket's owner",
        "chalicelib/payments/following.py",
        "with_code=own)",
        "with_code=True)",
        "tests/payments/test_purchase.py::test_the_codes_of_tickets_are_their_buyers_alone",
    ),
    (
        "who runs an event no more lists none of its sales",
        "chalicelib/payments/listing.py",
        "for event in events.values() if is_organizer(event, caller)}",
        "for event in events.values()}",
        "tests/payments/test_audit.py::test_who_runs_an_event_no_more_lists_its_sales_no_more",
    ),
    (
        "phones in a list are masked",
        "chalicelib/payments/schemas.py",
        "masked(payment.payer_phone) if mask else payment.payer_phone",
        "payment.payer_phone",
        "tests/payments/test_audit.py::test_an_organizer_lists_the_sales_of_their_events_with_masked_phones",
    ),
    (
        "phones of attempts are masked",
        "chalicelib/payments/schemas.py",
        "masked(attempt.phone) if mask else attempt.phone",
        "attempt.phone",
        "tests/privacy/test_masked_for_others.py"
        "::test_no_route_shows_organizers_or_gate_staff_an_address_of_others",
    ),
    # Cursors, links, addresses of callbacks
    (
        "a cursor is ours",
        f"{_W}/paging.py",
        "    if not hmac.compare_digest(mac, _mac(payload, scope)):\n",
        "    if False:\n",
        "tests/web/test_paging.py::test_a_changed_cursor_is_refused",
    ),
    (
        "a cursor is for its list",
        f"{_W}/paging.py",
        'scope.encode() + b"\\0" + payload',
        "payload",
        "tests/web/test_paging.py::test_a_cursor_fits_only_the_list_it_came_from",
    ),
    (
        "a list is named by who asks",
        f"{_W}/paging.py",
        "sorted(_filters(query).items()), user_id]",
        "sorted(_filters(query).items())]",
        "tests/security/test_property_rights.py::test_a_cursor_of_one_person_is_none_of_another",
    ),
    (
        "a link is signed",
        "chalicelib/tickets/links.py",
        "    if not any(hmac.compare_digest(_mac(key, ticket_id, expiry), mac) for key in _keys()):\n",
        "    if False:\n",
        f"{_LINKS}::test_a_changed_link_is_not_genuine",
    ),
    (
        "a link is for its ticket",
        "chalicelib/tickets/links.py",
        'f"{ticket_id}:{expiry}".encode()',
        'f"{expiry}".encode()',
        f"{_LINKS}::test_a_link_opens_no_other_ticket",
    ),
    (
        "a link expires",
        "chalicelib/tickets/links.py",
        "    if at.timestamp() > max(expiry, event.ends_at.timestamp() + AFTERWARDS_SECONDS):\n",
        "    if False:\n",
        f"{_LINKS}::test_a_link_counts_until_a_day_after_the_event",
    ),
    (
        "a callback's address is for one purpose",
        "chalicelib/payments/callback_urls.py",
        'f"{purpose}:{payment_id}:{number}"',
        'f"{payment_id}:{number}"',
        "tests/security/test_token_confusion.py"
        "::test_a_callbacks_token_is_for_one_payment_one_number_and_one_purpose",
    ),
    (
        "a callback's address is for one attempt",
        "chalicelib/payments/callback_urls.py",
        'f"{purpose}:{payment_id}:{number}"',
        'f"{purpose}:{payment_id}"',
        "tests/security/test_token_confusion.py"
        "::test_a_callbacks_token_is_for_one_payment_one_number_and_one_purpose",
    ),
    (
        "callbacks come from where they may",
        "chalicelib/payments/receiving.py",
        "    if not sources or source_address in sources:\n",
        "    if True:\n",
        "tests/payments/test_settlement.py::test_callbacks_may_be_limited_to_safaricoms_addresses",
    ),
    # Links for a new password
    (
        "a link for a password lapses",
        f"{_A}/resetting.py",
        "if not guard.holds(at) or guard.fingerprint",
        "if guard.fingerprint",
        f"{_RESETTING}::test_a_link_lapses",
    ),
    (
        "a link for a password ends with another password",
        f"{_A}/resetting.py",
        "if not guard.holds(at) or guard.fingerprint != _fingerprint(user):",
        "if not guard.holds(at):",
        f"{_RESETTING}::test_a_link_ends_with_another_change_of_the_password",
    ),
    (
        "a link for a password is for the address that it went to",
        f"{_A}/resetting.py",
        '"{user.token_version}#{user.email}"',
        '"{user.token_version}"',
        f"{_RESETTING}::test_who_has_another_address_leaves_no_link_behind",
    ),
    (
        "a link for a password is kept as a hash",
        f"{_A}/resetting.py",
        'return f"reset#{hash_of(token)}"',
        'return f"reset#{token}"',
        f"{_RESETTING}::test_only_a_hash_of_the_token_is_kept",
    ),
    (
        "one address is written to once a minute",
        f"{_A}/resetting.py",
        "        guards.take(writing, pause, at)\n",
        "",
        f"{_RESETTING}::test_an_address_is_not_written_to_again_within_a_minute_whosever_it_is",
    ),
    (
        "one person is written to twice an hour",
        f"{_A}/resetting.py",
        "        guards.take(writing, turn, at)\n",
        "",
        f"{_RESETTING}::test_a_person_is_written_to_twice_an_hour_whatever_their_address_is",
    ),
    # What comes in
    (
        "a body has a size",
        f"{_W}/fields.py",
        "    if len(body) > MAX_BODY:\n",
        "    if False:\n",
        "tests/web/test_fields.py::test_a_large_body_is_refused",
    ),
    (
        "a body is JSON by its type",
        f"{_W}/fields.py",
        'if content_type and content_type.partition(";")[0].strip().lower() != "application/json":',
        "if False:",
        "tests/web/test_fields.py::test_other_media_types_are_refused",
    ),
    (
        "a body says a thing once",
        f"{_W}/fields.py",
        ", object_pairs_hook=_each_once)",
        ")",
        "tests/security/test_bodies.py::test_a_body_that_cannot_be_read_is_refused_as_a_whole",
    ),
    (
        "a line is seen",
        f"{_W}/fields.py",
        "    if not unseen.is_seen(text) or any(",
        "    if any(",
        "tests/security/test_bodies.py::test_no_field_takes_a_letter_that_nobody_sees",
    ),
    (
        "a page has at most so many things",
        f"{_W}/paging.py",
        "is_short_number and 1 <= int(limit) <= sizes.most",
        "is_short_number and 1 <= int(limit)",
        "tests/web/test_paging.py::test_a_limit_out_of_range_is_refused",
    ),
    # Live availability
    (
        "an address has so many connections",
        f"{_L}/connecting.py",
        "    if open_now >= limits.PER_ADDRESS:\n",
        "    if False:\n",
        f"{_FOLLOWING}::test_an_address_has_so_many_connections",
    ),
    (
        "a connection sends so many messages",
        f"{_L}/subscribing.py",
        "condition = Connection.lapses_at.exists() & (Connection.asked < limits.MESSAGES)",
        "condition = Connection.lapses_at.exists()",
        f"{_FOLLOWING}::test_a_connection_that_asks_too_often_is_closed",
    ),
    (
        "a message has a size",
        f"{_L}/subscribing.py",
        "    if len(body.encode()) > limits.MESSAGE_BYTES:\n",
        "    if False:\n",
        f"{_FOLLOWING}::test_a_message_that_is_too_long_closes_the_connection",
    ),
    (
        "half a character is refused before it is kept",
        f"{_L}/subscribing.py",
        "        json.dumps(said, ensure_ascii=False).encode()",
        "        pass",
        f"{_FOLLOWING}::test_what_makes_no_sense_is_told_what_would",
    ),
    (
        "who follows an event hears no numbers of a draft",
        f"{_L}/telling.py",
        "left.model_dump_json() if is_shown else gone",
        "left.model_dump_json()",
        "tests/live/test_telling.py::test_an_event_that_is_taken_down_is_told_once",
    ),
    (
        "a connection follows so many events",
        f"{_L}/subscribing.py",
        "condition=Connection.lapses_at.exists() & few",
        "condition=Connection.lapses_at.exists()",
        f"{_FOLLOWING}::test_a_connection_follows_so_many_events",
    ),
    (
        "an address of a connection is kept as a fingerprint",
        f"{_L}/connecting.py",
        'counters.hidden(f"live#{address_of(source)}")',
        "source",
        f"{_FOLLOWING}::test_addresses_are_not_kept",
    ),
    # The trail
    (
        "what an Admin does to an event is in the trail",
        "chalicelib/catalog/stepping_in.py",
        "    if not caller.is_admin and runs(event, caller):\n",
        "    if True:\n",
        f"{_TRAIL}::test_every_thing_that_an_admin_does_is_in_the_trail",
    ),
    (
        "what an Admin does to an event that they made their own is in the trail",
        "chalicelib/catalog/stepping_in.py",
        "not caller.is_admin and ",
        "",
        f"{_STEPPING_IN}::test_an_admin_who_makes_an_event_their_own_leaves_lines_all_the_same",
    ),
    (
        "a line of the trail is written once",
        f"{_A}/trail.py",
        ", condition=AuditLine.month.does_not_exist())",
        ")",
        "tests/accounts/test_trail.py::test_a_line_of_the_trail_is_never_written_over",
    ),
    (
        "an edit's line of the trail is in its transaction",
        "chalicelib/catalog/revising.py",
        "        trail.write(writing, line)\n",
        "",
        f"{_STEPPING_IN}::test_an_edit_is_told_by_its_fields",
    ),
    (
        "what an Admin does to a payment is in the trail",
        "chalicelib/payments/following.py",
        "    if not caller.is_admin:\n        return None\n",
        "    if True:\n        return None\n",
        f"{_TRAIL}::test_every_thing_that_an_admin_does_is_in_the_trail",
    ),
)

MUTATIONS: Final = tuple(
    Mutation(f"security: {what}", file, old, new, test) for what, file, old, new, test in _TAKEN_AWAY
)
