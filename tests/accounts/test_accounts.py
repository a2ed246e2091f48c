"""Signing up, logging in and out; who may do what."""

import jwt
import pytest

from tests.actors import sign_up_form


def test_signing_up_logs_in(town):
    answer = town.asks("POST", "/signup", sign_up_form("amina"))

    assert answer.status == 201
    assert set(answer.body) == {"id", "username", "email", "phone_number", "role_id", "token"}
    assert answer.body["phone_number"] == "254712345678"
    assert answer.body["role_id"] == 3
    cookie = answer.header("Set-Cookie")
    assert all(part in cookie for part in (answer.body["token"], "HttpOnly", "SameSite=Strict", "Path=/"))
    assert "Secure" not in cookie  # locally there is no TLS


@pytest.mark.parametrize(("sent", "given"), [("", 3), (None, 3), ("2", 2), (2, 2), (3, 3)])
def test_one_signs_up_as_organizer_or_user(town, sent, given):
    assert town.asks("POST", "/signup", sign_up_form("amina", role_id=sent)).body["role_id"] == given


@pytest.mark.parametrize("role_id", [1, 4, "1", "admin", -1])
def test_nobody_signs_up_as_admin(town, role_id):
    answer = town.asks("POST", "/signup", sign_up_form("amina", role_id=role_id))

    assert answer.status == 422
    assert set(answer.body["fields"]) == {"role_id"}


def test_all_wrong_fields_are_named_and_nobody_is_signed_up(town):
    form = {"username": " ", "email": "amina@", "_password_hash": "short", "phone_number": "12", "role_id": 9}

    answer = town.asks("POST", "/signup", form)

    assert answer.status == 422
    assert set(answer.body["fields"]) == {"username", "email", "_password_hash", "phone_number", "role_id"}
    assert town.asks("POST", "/signup", sign_up_form("amina")).status == 201


@pytest.mark.parametrize("letter", [*'()<>,;:\\"[] ', "é", "ａ", "\u200b", "\x7f", "@"])
def test_an_address_that_no_mail_can_go_to_is_refused(town, letter):
    answer = town.asks("POST", "/signup", sign_up_form("amina", email=f"am{letter}ina@example.com"))

    assert (answer.status, answer.body["fields"]) == (
        422,
        {"email": "Must be an e-mail address such as amina@example.com."},
    )


@pytest.mark.parametrize("email", ["Amina.W+tickets_1@Example.co.ke", "o'tieno-2@example.com"])
def test_an_address_of_many_kinds_of_letters_is_taken(town, email):
    assert town.asks("POST", "/signup", sign_up_form("amina", email=email)).status == 201


def test_a_confirmation_must_match(town):
    answer = town.asks("POST", "/signup", sign_up_form("amina", confirmPassword="Tiketi@124"))

    assert answer.body["fields"] == {"confirmPassword": "Must be the same as the password."}


def test_email_and_user_name_are_taken_once_whatever_their_case(town):
    town.signs_up("amina")

    both = town.asks("POST", "/signup", sign_up_form("AMINA", email="Amina@Example.com"))
    email = town.asks("POST", "/signup", sign_up_form("zuhura", email="amina@example.com"))

    assert (both.status, both.body["code"]) == (409, "already_exists")
    assert set(both.body["fields"]) == {"username", "email"}
    assert set(email.body["fields"]) == {"email"}
    assert town.asks("POST", "/signup", sign_up_form("zuhura")).status == 201


@pytest.mark.parametrize("field", ["_password_hash", "password"])
def test_logging_in(town, field):
    town.signs_up("amina")

    answer = town.asks("POST", "/login", {"email": " Amina@Example.com ", field: "Tiketi@123"})

    assert answer.status == 200
    assert answer.body["username"] == "amina"
    assert "password" not in answer.raw.decode().replace("_password_hash", "")


def test_a_wrong_password_and_an_unknown_address_get_one_answer_after_one_amount_of_work(town, monkeypatch):
    from nacl.pwhash import argon2id

    town.signs_up("amina")
    verified = []
    verify = argon2id.verify
    monkeypatch.setattr(argon2id, "verify", lambda *given: verified.append(1) or verify(*given))

    wrong = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@124"})
    unknown = town.asks("POST", "/login", {"email": "nobody@example.com", "password": "Tiketi@123"})

    assert wrong.status == unknown.status == 401
    assert wrong.body["message"] == unknown.body["message"]
    assert len(verified) == 2


def test_logging_in_reads_and_counts_as_much_for_an_unknown_address(town, monkeypatch):
    import botocore.client

    town.signs_up("amina")
    calls = []
    call = botocore.client.BaseClient._make_api_call
    monkeypatch.setattr(
        botocore.client.BaseClient,
        "_make_api_call",
        lambda client, name, given: calls.append(name) or call(client, name, given),
    )

    town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@124"})
    known = list(calls)
    calls.clear()
    town.asks("POST", "/login", {"email": "nobody@example.com", "password": "Tiketi@124"})

    assert calls == known
    assert known == ["BatchGetItem", "BatchGetItem", "UpdateItem", "UpdateItem"]


def test_passwords_are_kept_as_argon2id(town, hashes_as_deployed, monkeypatch):
    from chalicelib.accounts import passwords
    from chalicelib.accounts.models import User

    for name, value in hashes_as_deployed.items():
        monkeypatch.setattr(passwords, name, value)

    user = User.get(town.signs_up("amina").id)

    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_logging_out_ends_this_token_at_once_and_no_other(town, buyer):
    other = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).body[
        "token"
    ]

    answer = buyer.asks("DELETE", "/logout")

    assert answer.status == 200
    assert "Max-Age=0" in answer.header("Set-Cookie")
    assert buyer.asks("GET", "/tickets").status == 401
    assert town.asks("GET", "/tickets", headers={"Authorization": f"Bearer {other}"}).status == 200


def test_logging_out_everywhere_ends_every_token(town, buyer):
    other = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).body[
        "token"
    ]

    assert buyer.asks("DELETE", "/logout?all=true").status == 200

    assert buyer.asks("GET", "/tickets").status == 401
    assert town.asks("GET", "/tickets", headers={"Authorization": f"Bearer {other}"}).status == 401


@pytest.mark.parametrize(
    "authorization", ["", "Bearer null", "Bearer undefined", "Bearer nonsense", "Basic YTpi"]
)
def test_logging_out_without_a_token_does_no_harm(town, authorization):
    headers = {"Authorization": authorization} if authorization else {}

    assert town.asks("DELETE", "/logout", headers=headers).status == 200


def test_a_token_runs_out(buyer, clock):
    clock.passes(hours=12, seconds=-1)
    assert buyer.asks("GET", "/tickets").status == 200
    clock.passes(seconds=1)
    assert buyer.asks("GET", "/tickets").status == 401


def test_the_list_of_ended_tokens_forgets_those_that_have_run_out(town, buyer, clock):
    from chalicelib.accounts.models import User

    buyer.asks("DELETE", "/logout")
    clock.passes(hours=13)
    again = town.asks("POST", "/login", {"email": "amina@example.com", "password": "Tiketi@123"}).body[
        "token"
    ]
    town.asks("DELETE", "/logout", headers={"Authorization": f"Bearer {again}"})

    assert len(User.get(buyer.id).revoked) == 1


@pytest.mark.filterwarnings("ignore:The HMAC key is")  # HS512 with our HS256 key
@pytest.mark.parametrize(
    "forge",
    [
        lambda claims, header: jwt.encode(claims, "another-key-of-enough-length-000000", "HS256", header),
        lambda claims, header: jwt.encode(claims, "", "none", header),
        lambda claims, header: jwt.encode(claims, key(), "HS512", header),
        lambda claims, header: jwt.encode(claims, key(), "HS256", header | {"typ": "JWT"}),
        lambda claims, header: jwt.encode(claims, key(), "HS256", header | {"kid": "other"}),
        lambda claims, header: jwt.encode(claims | {"aud": "else"}, key(), "HS256", header),
        lambda claims, header: jwt.encode(claims | {"iss": "else"}, key(), "HS256", header),
        lambda claims, header: jwt.encode(claims | {"ver": 99}, key(), "HS256", header),
        lambda claims, header: jwt.encode(claims | {"sub": "nobody"}, key(), "HS256", header),
        lambda claims, header: jwt.encode(claims | {"exp": "soon"}, key(), "HS256", header),
        lambda claims, header: jwt.encode({"sub": claims["sub"]}, key(), "HS256", header),
    ],
)
def test_a_forged_token_does_not_count(town, buyer, forge):
    claims = jwt.decode(buyer.token, options={"verify_signature": False})
    header = {name: value for name, value in jwt.get_unverified_header(buyer.token).items() if name != "alg"}

    answer = town.asks("GET", "/tickets", headers={"Authorization": f"Bearer {forge(claims, header)}"})

    assert answer.status == 401


def test_a_token_made_with_the_same_claims_and_key_counts(town, buyer):
    """The control of the test above."""
    claims = jwt.decode(buyer.token, options={"verify_signature": False})
    again = jwt.encode(claims, key(), "HS256", jwt.get_unverified_header(buyer.token))

    assert town.asks("GET", "/tickets", headers={"Authorization": f"Bearer {again}"}).status == 200


def key() -> str:
    from chalicelib.core.settings import settings

    return next(iter(settings().jwt_keys.values()))


def test_a_cookie_counts_for_reading(town, buyer):
    assert town.asks("GET", "/tickets", headers={"Cookie": f"tiketi_session={buyer.token}"}).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 422),
        ({"Origin": "http://127.0.0.1:8000"}, 422),
    ],
)
def test_a_cookie_counts_for_writing_only_from_the_same_origin(town, buyer, headers, status):
    sent = {"Cookie": f"tiketi_session={buyer.token}", **headers}

    assert town.asks("POST", "/payments", {}, sent).status == status


def test_the_header_wins_over_the_cookie(town, buyer, organizer):
    sent = {"Cookie": f"tiketi_session={buyer.token}", "Authorization": f"Bearer {organizer.token}"}

    assert town.asks("POST", "/events", {}, sent).status == 422  # an organizer may, a user may not


def test_a_role_change_counts_at_once(town, buyer):
    from chalicelib.accounts.models import User

    assert buyer.asks("POST", "/events", {}).status == 403

    User(buyer.id).update(actions=[User.role_ids.set([2])])

    assert buyer.asks("POST", "/events", {}).status == 422


def test_a_permission_taken_from_a_role_is_gone_after_30_seconds(town, organizer, clock):
    from chalicelib.accounts.models import Role

    assert organizer.asks("POST", "/events", {}).status == 422
    Role("role", 2).update(actions=[Role.permissions.set([])])
    clock.passes(seconds=31)

    assert organizer.asks("POST", "/events", {}).status == 403


def test_roles_are_spelt_as_the_front_end_needs_them(town):
    answer = town.asks("GET", "/roles")

    assert answer.body == [
        {"id": 1, "name": "Admin"},
        {"id": 2, "name": "Organizer"},
        {"id": 3, "name": "User"},
    ]


def test_an_admin_also_sees_what_roles_permit(town):
    roles = town.admin().asks("GET", "/roles").body

    assert roles[0]["permissions"] == ["*"]
    assert roles[2]["permissions"] == ["tickets:buy"]


def test_logging_out_by_cookie_from_the_front_ends_origin_ends_the_token(town, buyer):
    sent = {"Cookie": f"tiketi_session={buyer.token}", "Origin": "http://127.0.0.1:3000"}

    assert town.asks("DELETE", "/logout", headers=sent).status == 200
    assert buyer.asks("GET", "/tickets").status == 401


def test_an_old_cookie_does_not_keep_anybody_from_logging_in(town, buyer):
    sent = {"Cookie": f"tiketi_session={buyer.token}", "Origin": "http://127.0.0.1:3000"}
    form = {"email": "amina@example.com", "password": "Tiketi@123"}

    assert town.asks("POST", "/login", form, sent).status == 200


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\u2028b"])
def test_a_name_is_one_line_of_text(town, name):
    answer = town.asks("POST", "/signup", sign_up_form("amina", username=name))

    assert (answer.status, set(answer.body["fields"])) == (422, {"username"})
