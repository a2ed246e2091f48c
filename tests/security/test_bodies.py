"""What strangers send as a body: to every route that takes one, and into every field that one has."""

import json
import unicodedata
from contextlib import suppress
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel

import app  # noqa: F401 - declares the routes
from chalicelib.accounts.schemas import LogIn
from chalicelib.core.problems import BadRequest, Problem
from chalicelib.web import fields, unseen
from chalicelib.web.endpoint import PUBLIC, ROUTES
from tests.actors import Person, sign_up_form

TAKING = {what: route for what, route in ROUTES.items() if route.takes}
FORMS: dict[type[BaseModel], str] = {route.takes: " ".join(what) for what, route in TAKING.items()}
#: No form has more than a few levels: so many are an attack on whoever reads them.
DEEP = 900

UNREADABLE = {
    "too many levels": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "too many lists": b"[" * 60_000,
    "half of UTF-8": '{"a": "é'.encode()[:-1] + b'"}',
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "overlong": b'{"a": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a half character": b'{"a": "\\ud800"}',
    "a half character as a name": b'{"\\udfff": 1}',
    "UTF-16": json.dumps({"a": 1}).encode("utf-16"),
    "UTF-32": json.dumps({"a": 1}).encode("utf-32"),
    "a byte-order mark": b'\xef\xbb\xbf{"a": 1}',
    "twice": b'{"a": 1, "a": 2}',
    "twice by another spelling": b'{"a": 1, "\\u0061": 2}',
    "twice further in": b'{"b": [{"a": 1, "a": 1}]}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": [Infinity]}',
    "-Infinity": b'{"a": -Infinity}',
    "more digits than there are": b'{"a": ' + b"9" * 5_000 + b"}",
    "a comment": b'{"a": 1} // yes',
    "two objects": b'{"a": 1}{"a": 2}',
    "single quotes": b"{'a': 1}",
    "a control character": b'{"a": "\x00"}',
    "a line end in a text": b'{"a": "\n"}',
    "not an object": b'["a"]',
    "a text": b'"a"',
    "a number": b"1",
    "null": b"null",
}
LARGE = {"a byte more than allowed": 64 * 1024 + 1, "a megabyte": 1_000_000}


@pytest.fixture(scope="module")
def admin():
    """Somebody who may ask for anything, in a town that is never written to."""
    from chalicelib.core import clock as real
    from tests.actors import Clock, Town
    from tests.memory import aws_in_memory

    held = Clock()
    real.set_clock(held)
    with aws_in_memory():
        yield Town(held).admin()
    real.set_clock(None)


def path_of(what: tuple[str, str]) -> str:
    return "/".join("1" if part.startswith("{") else part for part in what[1].split("/"))


def sends(admin: Person, what: tuple[str, str], body: bytes, kind: str = "application/json") -> Any:
    return admin.asks(what[0], path_of(what), body, {"Content-Type": kind})


@pytest.mark.parametrize("what", TAKING, ids=" ".join)
def test_a_body_that_cannot_be_read_is_refused_as_a_whole(admin, what):
    for attack, body in UNREADABLE.items():
        answer = sends(admin, what, body)
        assert (answer.status, answer.body["code"]) == (400, "bad_request"), attack
    for attack, size in LARGE.items():
        assert sends(admin, what, b'{"a": "' + b"x" * size).status == 413, attack
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*"):
        assert sends(admin, what, b"{}", kind).status == 415, kind


def test_what_a_media_type_says_of_the_letters_changes_nothing(town):
    """RFC 8259, 8.1: JSON is UTF-8, whatever stands there."""
    form = json.dumps(sign_up_form("amina", username="Kĩmani"), ensure_ascii=False).encode()
    kind = {"Content-Type": "Application/JSON ; charset=utf-16"}

    assert town.asks("POST", "/signup", form, kind).body["username"] == "Kĩmani"


def names_of(model: type[BaseModel]) -> dict[str, str]:
    """The fields of a form: the name to send it under, by its own."""
    found = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
        found[name] = str(first or name)
    return found


def good(model: type[BaseModel]) -> dict[str, Any]:
    """What a form may look like, as `/docs` shows it."""
    (shown,) = model.model_config["json_schema_extra"]["examples"]
    return dict(shown)


CASES = [(model, name) for model in FORMS for name in names_of(model)]


def case_id(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else str(case)


def deep(of: Any) -> Any:
    for _ in range(DEEP):
        of = [of]
    return of


ODD: list[Any] = [
    None,
    True,
    "",
    " ",
    "x" * 60_000,
    "9" * 4_000,
    "-1",
    "1e400",
    "NaN",
    "٣",
    "0x10",
    0,
    -1,
    10**30,
    10**4_000,
    2**63,
    -(2**63) - 1,
    1e308,
    float("inf"),  # what `1e400` is read as
    -0.0,
    0.1,
    [],
    {},
    [None],
    ["x"] * 10_000,
    {"a": {"b": []}},
    {"$gt": ""},
    {"__class__": "x"},
    {"": ""},
    [[1, 2], {"a": 1}],
    deep(1),
    "{0.__class__}%s%n${7*7}",
]


@pytest.mark.parametrize(("model", "name"), CASES, ids=case_id)
def test_no_value_of_a_field_is_more_than_wrong(model, name):
    for value in ODD:
        try:
            fields.read(model, {**good(model), names_of(model)[name]: value})
        except Problem as refused:
            text = json.dumps(refused.fields)
            assert len(text) < 6_000, "what was wrong is not sent back whole"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("model", FORMS, ids=case_id)
def test_no_form_is_more_than_wrong(model):
    known = list(names_of(model).values())

    @settings(max_examples=25)
    @given(st.dictionaries(st.sampled_from([*known, "id", "amount"]), JSON))
    def tried(sent):
        with suppress(Problem):
            fields.read(model, good(model) | sent)

    tried()


@given(
    st.binary(max_size=200), st.sampled_from(["", "application/json", "application/json;charset=x", "a/b"])
)
def test_no_bytes_are_more_than_unreadable(body, kind):
    with suppress(Problem):
        fields.parse_json(body, kind)


@given(JSON)
def test_what_is_json_is_read_as_it_was_meant(data):
    sent = json.dumps(data)
    if any(word in sent for word in ("NaN", "Infinity", "\\ud")):
        return  # refused, or half a character perhaps

    assert fields.parse_json(sent.encode(), "application/json") == (json.loads(sent) if sent.strip() else {})


#: Letters that end a line, hide, or turn what stands after them around.
NASTY = {
    "a line end": "\r\nSet-Cookie: a=b",
    "a zero": "\x00",
    "an escape": "\x1b[31m",
    "a delete": "\x7f",
    "a C1 control": "\x85",
    "right to left": "\u202egpj.exe",
    "an isolate": "\u2066",
    "a mark": "\u200f",
    "an Arabic mark": "\u061c",
    "zero width": "\u200b",
    "a joiner between plain letters": "a\u200db",
    "a byte-order mark": "\ufeff",
    "a soft hyphen": "\xad",
    "a word joiner": "\u2060",
    "a tag": "\U000e0041",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "a blank letter": "\u3164",
    "private use": "\ue000",
    "no character": "\uffff",
    "an annotation": "\ufff9",
}
#: What is compared, looked up or hashed, and shown to nobody.
LOOKED_UP = {
    "password",
    "confirm_password",
    "event_id",
    "payment_id",
    "user_id",
    "seller_id",
    "tickets",
    "permissions",
    "promo_code",
    "code",
    "scans",
}
#: Where a line may end.
LINES = {"description"}


SHOWN = [case for case in CASES if case[1] not in LOOKED_UP and case != (LogIn, "email")]


@pytest.mark.parametrize(("model", "name"), SHOWN, ids=case_id)
def test_no_field_takes_a_letter_that_nobody_sees(model, name):
    sent = names_of(model)[name]
    before = good(model).get(sent)
    word = before if isinstance(before, str) else "music"
    for attack, letters in NASTY.items():
        for value in (word + letters, word[:2] + letters + word[2:]):
            for shape in (value, [value], {"regular": value}):
                try:
                    form = fields.read(model, {**good(model), sent: shape})
                except Problem:
                    continue
                kept = json.dumps(form.model_dump(mode="json")[name], ensure_ascii=False)
                # Blanks around a text fall away, and those in a phone number.
                assert not hidden(kept), (attack, kept)


def hidden(text: str) -> set[str]:
    bad = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return {letter for letter in text if unicodedata.category(letter) in bad or letter in "\u3164\uffff"}


def test_the_description_may_have_lines_and_nothing_else_of_that_kind():
    from chalicelib.catalog.schemas import NewEvent

    text = "An afternoon.\r\n\n\tOn the grass."
    assert fields.read(NewEvent, {**good(NewEvent), "description": text}).description == text
    for letters in NASTY.values():
        if "\r\n" not in letters:
            with pytest.raises(Problem):
                fields.read(NewEvent, {**good(NewEvent), "description": f"An {letters} afternoon."})


@pytest.mark.parametrize(
    "name",
    [
        "Blankets & Wine",
        "Ngũgĩ wa Thiong’o",
        "O'Brien-Łukasz",
        "Émigré",
        "E\u0301migre\u0301",
        "مهرجان نيروبي",
        "فستیوال می\u200cخواهم",  # Persian needs the joiner
        "नैरोबी क\u094d\u200dष",  # Hindi too
        "内罗毕音乐节",
        "🎉 Party 👩\u200d👩\u200d👧 🇰🇪",
        "♥\ufe0f Jazz",
        "100 % <b>bold</b>",
        "a\u00a0b",
    ],
)
def test_names_as_people_have_them_are_taken(name):
    assert unseen.is_seen(name)


@given(st.text())
def test_whatever_is_seen_has_no_letter_that_hides_or_turns(text):
    if unseen.is_seen(text):
        assert not hidden(text) - set("\t\n\r\u200c\u200d")


def test_two_names_that_look_the_same_are_one(town):
    for number, name in enumerate(["Amina Wanjirũ", "amina  wanjiru\u0303", "ＡＭＩＮＡ\u00a0wanjirũ"]):
        answer = town.asks("POST", "/signup", sign_up_form(f"amina{number}", username=name))
        assert answer.status == (409 if number else 201), name


def test_what_is_public_takes_few_bodies():
    """Whoever is not signed in can send no more than this."""
    public = {" ".join(what) for what, route in TAKING.items() if route.allow == PUBLIC}

    assert public == {"POST /signup", "POST /login", "POST /password-resets", "PUT /password-resets/{token}"}


def test_every_form_is_attacked():
    assert set(chain.from_iterable((model,) for model, _ in CASES)) == set(FORMS)
    with pytest.raises(BadRequest):
        fields.parse_json(b'{"a": 1, "a": 1}', "")
