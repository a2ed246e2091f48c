"""What every answer has in common."""

import pytest

FRONT_END = "http://localhost:3000"


def test_an_unknown_path_is_a_404_in_our_shape(town):
    answer = town.asks("GET", "/no/such/thing", headers={"Origin": FRONT_END})

    assert answer.status == 404
    assert answer.body["code"] == "not_found"
    assert answer.body["request_id"] == answer.header("X-Request-Id")
    assert answer.header("Access-Control-Allow-Origin") == FRONT_END


def test_an_unknown_method_is_a_405_that_lists_the_others(town):
    answer = town.asks("PATCH", "/events")

    assert answer.status == 405
    assert answer.body["code"] == "method_not_allowed"
    assert answer.header("Allow") == "GET, HEAD, OPTIONS, POST"


def test_a_get_does_not_charge_a_phone(town):
    answer = town.asks("GET", "/lnmo")

    assert answer.status == 405
    assert "POST /payments" in answer.body["message"]
    assert answer.header("Allow")


@pytest.mark.parametrize("path", ["/events", "/payments/abc", "/no/such/thing"])
def test_a_preflight_is_answered_everywhere(town, path):
    answer = town.asks("OPTIONS", path, headers={"Origin": FRONT_END})

    assert answer.status == 204
    assert answer.raw == b""
    assert answer.header("Access-Control-Allow-Origin") == FRONT_END
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    assert "Idempotency-Key" in answer.header("Access-Control-Allow-Headers")
    assert answer.header("Access-Control-Allow-Methods")


def test_another_origin_gets_no_cors_headers(town):
    answer = town.asks("GET", "/events", headers={"Origin": "https://elsewhere.example"})

    assert answer.status == 200
    assert answer.header("Access-Control-Allow-Origin") is None
    assert "Origin" in answer.header("Vary")


def test_an_error_has_cors_headers_too(town):
    answer = town.asks("GET", "/payments", headers={"Origin": FRONT_END})

    assert answer.status == 401
    assert answer.header("WWW-Authenticate") == "Bearer"
    assert answer.header("Access-Control-Allow-Origin") == FRONT_END
    assert "X-Request-Id" in answer.header("Access-Control-Expose-Headers")


def test_a_head_has_the_headers_of_a_get_and_no_body(town):
    answer = town.asks("HEAD", "/health")

    assert answer.status == 200
    assert answer.raw == b""


def test_a_crash_tells_the_caller_nothing(town, monkeypatch):
    from chalicelib.catalog import categories

    def explode():
        raise RuntimeError("secret table name")

    monkeypatch.setattr(categories, "all_categories", explode)

    answer = town.asks("GET", "/categories", headers={"Origin": FRONT_END})

    assert answer.status == 500
    assert answer.body["code"] == "internal"
    assert b"secret" not in answer.raw
    assert answer.header("Access-Control-Allow-Origin") == FRONT_END


@pytest.mark.parametrize("path", ["/events?limit=0", "/search?cursor=abc"])
def test_wrong_parameters_are_named(town, path):
    answer = town.asks("GET", path)

    assert answer.status == 422
    assert answer.body["code"] == "validation_error"
    assert set(answer.body["fields"]) <= {"limit", "cursor"}


def test_an_etag_saves_the_body(town, organizer):
    event = organizer.event()
    first = town.asks("GET", f"/events/{event['id']}/availability")

    again = town.asks(
        "GET", f"/events/{event['id']}/availability", headers={"If-None-Match": first.header("ETag")}
    )
    other = town.asks("GET", f"/events/{event['id']}/availability", headers={"If-None-Match": 'W/"other"'})

    assert first.header("ETag").startswith('W/"')
    assert (again.status, again.raw, again.header("ETag")) == (304, b"", first.header("ETag"))
    assert other.status == 200
    assert first.header("Cache-Control") == "public, max-age=1"


def test_an_answer_to_somebody_signed_in_is_private(organizer):
    assert organizer.asks("GET", "/events").header("Cache-Control").startswith("private")


@pytest.mark.parametrize("path", ["/events/{}", "/events/{}/availability", "/payments/{}", "/tickets/{}"])
def test_an_id_longer_than_any_of_ours_is_not_found(buyer, path):
    assert buyer.asks("GET", path.format("a" * 3000)).status == 404


@pytest.mark.parametrize("query", ["category_id=" + "9" * 60, "user_id=" + "a" * 3000, "category_id=music"])
def test_a_filter_that_no_event_can_have_is_a_wrong_field(town, query):
    assert town.asks("GET", f"/events?{query}").status == 422


def test_odd_headers_crash_nothing(town, buyer):
    odd = {"Cookie": f'prefs={{"a":1}}; tiketi_session={buyer.token}', "Origin": "http://["}

    assert town.asks("GET", "/tickets", headers=odd).status == 200
    assert town.asks("POST", "/payments", {}, odd).status == 403
    assert town.asks("POST", "/payments", {}, odd | {"Origin": "null"}).status == 403
