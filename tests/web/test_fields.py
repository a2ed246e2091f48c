import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from chalicelib.core.problems import BadRequest, Invalid
from chalicelib.web.fields import MaybeNumber, TooLarge, UnsupportedMediaType, Whole, parse_json, read


class Form(BaseModel):
    n: Whole = 0
    maybe: MaybeNumber = None


@pytest.mark.parametrize("sent", [50, "50", " 50 ", 50.0, "50.00"])
def test_a_whole_number_may_come_as_number_or_text(sent):
    assert read(Form, {"n": sent}).n == 50


@pytest.mark.parametrize("sent", [12.5, "12.50", "0.01"])
def test_a_fraction_is_refused_and_says_why(sent):
    with pytest.raises(Invalid) as refused:
        read(Form, {"n": sent})

    assert refused.value.fields == {"n": "Must be a whole number."}


@pytest.mark.parametrize(
    "sent", ["", "abc", True, [], {}, None, "1e3", "١٢", "nan", float("inf"), "1" * 5000]
)
def test_anything_else_is_refused(sent):
    with pytest.raises(Invalid) as refused:
        read(Form, {"n": sent})

    assert set(refused.value.fields) == {"n"}


def test_an_empty_text_is_nothing_where_nothing_is_allowed():
    assert read(Form, {"maybe": ""}).maybe is None
    assert read(Form, {"maybe": "7"}).maybe == 7


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(Invalid) as refused:
        read(Form, {"n": "x", "maybe": "y"})

    assert set(refused.value.fields) == {"n", "maybe"}


def test_unknown_fields_are_ignored():
    assert read(Form, {"n": 1, "stranger": "x"}).n == 1


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nope", b'{"n": NaN}', b"[" * 60_000])
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(BadRequest):
        parse_json(body, "application/json")


@pytest.mark.parametrize("data", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(data):
    with pytest.raises(BadRequest):
        read(Form, parse_json(json.dumps(data).encode(), ""))


def test_other_media_types_are_refused():
    with pytest.raises(UnsupportedMediaType):
        parse_json(b"a=1", "application/x-www-form-urlencoded")
    assert parse_json(b"{}", "Application/JSON; charset=utf-8") == {}


def test_a_large_body_is_refused():
    with pytest.raises(TooLarge):
        parse_json(b" " * (64 * 1024 + 1), "application/json")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_no_value_crashes_the_reading(value):
    try:
        read(Form, {"n": value, "maybe": value})
    except Invalid as refused:
        assert set(refused.fields) <= {"n", "maybe"}
