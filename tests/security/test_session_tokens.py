"""Session tokens under attack, by RFC 8725: whatever is not just as we make them counts for nothing."""

import base64
import hmac
import json
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts import tokens
from chalicelib.core.settings import settings
from chalicelib.tickets import codes, links
from tests.actors import Clock

AT = Clock().at
NOW = int(AT.timestamp())
KEY_ID, KEY = next(iter(settings().jwt_keys.items()))
HEADER = {"typ": "session+jwt", "kid": KEY_ID}
CLAIMS = {
    "iss": "tiketi-tamasha",
    "aud": "tiketi-tamasha-api",
    "sub": "somebody",
    "ver": 1,
    "jti": "one",
    "iat": NOW,
    "exp": NOW + 3600,
}

pytestmark = pytest.mark.filterwarnings("ignore:The HMAC key is")


def signed(key=KEY, algorithm="HS256", header=None, **claims) -> str:
    """A token as we make them, but for what is named; a claim or header that is None is left out.

    By hand, since PyJWT does not make many of those that a stranger can.
    """
    head, payload = _told(HEADER | {"alg": algorithm} | (header or {})), _told(CLAIMS | claims)
    unsigned = written(json.dumps(head).encode(), json.dumps(payload).encode()).rstrip(".")
    secret = key if isinstance(key, bytes) else key.encode()
    mac = hmac.digest(secret, unsigned.encode(), f"sha{algorithm[2:]}")
    return f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _told(values):
    return {name: value for name, value in values.items() if value is not None}


def written(header: bytes, payload: bytes, signature: bytes = b"") -> str:
    """A token of any bytes."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (header, payload, signature)
    )


def pem(private) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
PUBLIC_JWK = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))


def test_the_control_what_is_as_we_make_it_counts():
    assert tokens.read(signed(), AT) == tokens.Session("one", "somebody", 1, AT.replace(hour=10))
    assert tokens.read(tokens.issue("somebody", 1, AT), AT)


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "", None, "HS256 ", "hs256", 5, ["HS256"]]
)
@pytest.mark.parametrize("signature", [b"", b"0" * 32])
def test_no_algorithm_but_ours_is_taken_from_the_token(algorithm, signature):
    header = json.dumps(HEADER | {"alg": algorithm}).encode()

    assert tokens.read(written(header, json.dumps(CLAIMS).encode(), signature), AT) is None


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_hash_with_our_key_does_not_count(algorithm):
    assert tokens.read(signed(algorithm=algorithm), AT) is None


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA, "RS256"), (RSA, "PS256"), (ED25519, "EdDSA")],
)
@pytest.mark.parametrize(
    "header",
    [
        {},
        {"jwk": PUBLIC_JWK},
        {"jku": "https://evil.test/keys"},
        {"x5u": "https://evil.test/chain"},
        {"x5c": ["MIIB"]},
        {"kid": "https://evil.test/key"},
    ],
    ids=lambda header: " ".join(header) or "none",
)
def test_a_strangers_key_pair_does_not_count_even_if_the_token_brings_it(key, algorithm, header):
    assert tokens.read(jwt.encode(CLAIMS, key, algorithm, HEADER | header), AT) is None


@pytest.mark.parametrize(
    "key",
    [
        pem(RSA),
        *(public.encode() for public in codes.public_keys().values()),
        *(bytes.fromhex(public) for public in codes.public_keys().values()),
    ],
    ids=["a PEM", "a gate's key in hex", "a gate's key"],
)
def test_a_public_key_is_no_secret(key):
    """What every gate is given to check tickets with signs no session."""
    assert tokens.read(signed(key), AT) is None
    assert tokens.read(signed(), AT), "the control"


def test_the_secrets_of_other_tokens_sign_no_session():
    present = settings()
    others = [present.callback_key, present.cursor_key, present.daraja_passkey, *present.ticket_keys.values()]
    derived = [*map(bytes.fromhex, present.ticket_keys.values()), *links._keys()]

    for key in [*others, *derived]:
        for key_id in (KEY_ID, *present.ticket_keys):
            assert tokens.read(signed(key, header={"kid": key_id}), AT) is None


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "session", "ticket+jwt", "SESSION+JWT", None, ""])
def test_only_a_token_of_the_type_session_is_one(kind):
    assert tokens.read(signed(header={"typ": kind}), AT) is None


@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"]}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []}, {"zip": "DEF"}],
    ids=str,
)
def test_what_a_header_calls_critical_and_we_do_not_know_is_refused(header):
    read = tokens.read(signed(header=header), AT)

    assert read is None or "zip" in header  # which means nothing in a signed token


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "else"},
        {"iss": None},
        {"iss": ["tiketi-tamasha"]},
        {"aud": "else"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": 5},
        {"jti": None},
        {"jti": ["one"]},
        {"ver": None},
        {"ver": "one"},
        {"ver": [1]},
        {"exp": None},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": "soon"},
        {"exp": [NOW + 60]},
        {"exp": 1e300},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**30},
        {"exp": -(10**30)},
        {"iat": None},
        {"iat": "now"},
        {"iat": NOW + 3599},
        {"iat": NOW + 61},
        {"iat": float("nan")},
        {"iat": -(10**30)},
        {"nbf": NOW + 10**8},
    ],
    ids=str,
)
def test_a_claim_that_is_missing_or_wrong_ends_it_though_our_key_signed(claims):
    assert tokens.read(signed(**claims), AT) is None


def test_a_minute_is_allowed_between_the_clocks_of_two_containers():
    assert tokens.read(signed(iat=NOW + 60), AT)


def test_an_old_key_counts_until_it_is_taken_away(monkeypatch):
    old = tokens.issue("somebody", 1, AT)

    def keys(**present):
        monkeypatch.setattr(tokens, "settings", lambda: replace(settings(), jwt_keys=present))

    keys(autumn="another-key-of-thirty-two-characters", **{KEY_ID: KEY})
    new = tokens.issue("somebody", 1, AT)
    assert jwt.get_unverified_header(new)["kid"] == "autumn"
    assert tokens.read(old, AT)
    assert tokens.read(new, AT)
    # One key's signature under the other one's name.
    assert tokens.read(signed(header={"kid": "autumn"}), AT) is None
    assert tokens.read(signed("another-key-of-thirty-two-characters"), AT) is None

    keys(autumn="another-key-of-thirty-two-characters")
    assert tokens.read(old, AT) is None
    assert tokens.read(new, AT)

    keys(**{KEY_ID: "a-new-key-under-the-name-of-the-old-one"})
    assert tokens.read(old, AT) is None


@pytest.mark.parametrize(
    "key_id",
    [
        "other",
        "",
        " local",
        "LOCAL",
        "local\n",
        "local\x00",
        "None",
        "../../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "'; DROP TABLE users; --",
        "$(id)",
        "{0.__class__}",
        "__class__",
        "k" * 8000,
        "\U0001f511",
    ],
)
def test_a_key_id_is_only_looked_up(key_id):
    for key in ("", key_id, "another-key-of-thirty-two-characters", KEY):
        header = json.dumps({"alg": "HS256", "typ": "session+jwt", "kid": key_id}).encode()
        token = written(header, json.dumps(CLAIMS).encode(), b"0" * 32)
        forged = signed(key, header={"kid": key_id}) if key else token
        assert tokens.read(forged, AT) is None


@pytest.mark.parametrize("key_id", [5, True, 1.5, ["local"], {"$ne": ""}, None])
def test_a_key_id_that_is_no_text_is_none(key_id):
    header = json.dumps({"alg": "HS256", "typ": "session+jwt", "kid": key_id}).encode()

    assert tokens.read(written(header, json.dumps(CLAIMS).encode(), b"0" * 32), AT) is None


@pytest.mark.parametrize("depth", [100, 990, 1_000, 7_000])
def test_a_header_or_payload_of_many_levels_is_refused(depth):
    deep = b'{"a":' * depth + b"1" + b"}" * depth

    assert tokens.read(written(deep, b"{}"), AT) is None
    assert tokens.read(written(json.dumps(HEADER | {"alg": "HS256"}).encode(), deep), AT) is None


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_no_text_is_a_session(text):
    assert tokens.read(text, AT) is None


@given(st.binary(), st.binary(), st.binary())
def test_no_three_parts_are_a_session(header, payload, signature):
    assert tokens.read(written(header, payload, signature), AT) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk"]), JSON))
def test_no_header_makes_a_session_of_what_we_did_not_sign(header):
    token = written(json.dumps(HEADER | header).encode(), json.dumps(CLAIMS).encode(), b"0" * 32)

    assert tokens.read(token, AT) is None


@given(st.dictionaries(st.sampled_from([*CLAIMS, "nbf"]), JSON, min_size=1))
def test_whatever_claims_our_key_has_signed_they_are_read_or_refused(claims):
    """A key that leaks, or a fault of ours, must not become a crash."""
    read = tokens.read(signed(**claims), AT)

    assert read is None or (isinstance(read.user_id, str) and read.ends_at > AT)


@given(st.data())
def test_a_token_with_one_letter_changed_counts_for_nothing(data):
    token = tokens.issue("somebody", 1, AT)
    spot = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != token[spot]))
    read = tokens.read(token[:spot] + letter + token[spot + 1 :], AT)

    # The last letter of base64 holds bits that mean nothing: then it is the same signature.
    assert read is None or spot == len(token) - 1
