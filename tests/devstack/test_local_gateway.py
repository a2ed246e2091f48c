"""The gateway's rules, with no server."""

import json

import pytest
from chalice.test import Client

from devstack.gateway import Matcher, test_client


@pytest.fixture
def client(app):
    return test_client(app)


def test_an_unknown_path_is_the_applications_to_answer(client):
    answer = client.http.get("/nowhere/at/all?x=1", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 404
    assert answer.json_body == {"code": "not_found", "proxy": "nowhere/at/all"}


def test_an_unknown_path_stays_unknown_for_a_gateway_made_later(app):
    assert test_client(app).http.get("/nowhere").status_code == 404
    assert test_client(app).http.get("/elsewhere").json_body["proxy"] == "elsewhere"


def test_options_are_the_applications_to_answer(client):
    answer = client.http.options("/things/a")

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://front.test"


def test_a_wrong_method_is_the_applications_to_answer(client):
    answer = client.http.post("/things/a")

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, DELETE"


def test_a_method_nobody_knows_is_the_applications_to_answer(client):
    assert client.http.request("BREW", "/things/a").status_code == 405


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a%20b", "a b"),
        ("caf%C3%A9", "café"),
        ("a%2Fb", "a/b"),
        ("a+b", "a+b"),
        ("%2541", "%41"),
        ("a%", "a%"),
        ("%ff", "\ufffd"),
    ],
)
def test_a_path_variable_comes_decoded_once(client, sent, name):
    assert client.http.get(f"/things/{sent}").json_body["name"] == name


def test_the_query_comes_decoded_with_repeated_and_empty_values(client):
    answer = client.http.post(
        "/echo?tag=a&tag=b%20c&none=", body=b"{}", headers={"Content-Type": "application/json"}
    )

    assert answer.json_body["query"]["tag"] == "b c"
    assert answer.json_body["query"]["none"] == ""


def test_variables_of_routes_that_were_tried_do_not_slip_in(client):
    assert client.http.get("/things/a/parts/b").json_body == {"name": "a", "part": "b"}
    assert client.http.get("/things/a/other").json_body == {"thing": "a"}


def test_literal_parts_win_over_variables():
    matcher = Matcher(["/{a}/x", "/events/{id}", "/events/mine", "/"])

    assert matcher.match_route("/events/mine").route == "/events/mine"
    assert matcher.match_route("/events/x").route == "/events/{id}"
    assert matcher.match_route("/other/x").route == "/{a}/x"
    assert matcher.match_route("/").route == "/"
    assert matcher.match_route("/events/").route == "/{proxy+}"
    assert matcher.match_route("//evil.test/x").route == "/{proxy+}"
    assert matcher.match_route("/events/mine/").route == "/events/mine"


def test_a_body_comes_as_it_was_sent_though_it_travels_in_base64(client):
    body = json.dumps({"word": "café"}).encode()

    answer = client.http.post("/echo", body=body, headers={"content-type": "application/json"})

    assert answer.json_body["body"] == {"word": "café"}


def test_no_body_is_allowed(client):
    assert client.http.request("GET", "/things/a", body=None).status_code == 200
    assert client.http.request("DELETE", "/things/a").body == b""


def test_each_request_has_an_id_of_its_own(app):
    gateway = test_client(app).http._local_gateway
    ids = {gateway.event("GET", "/", {}, None, "10.0.0.7")["requestContext"]["requestId"] for _ in range(3)}

    assert len(ids) == 3
    assert (
        gateway.event("GET", "/", {}, None, "10.0.0.7")["requestContext"]["identity"]["sourceIp"]
        == "10.0.0.7"
    )


@pytest.mark.parametrize("kind", ["bytes", "huge"])
def test_an_answer_lambda_could_not_give_fails_here_too(client, kind):
    answer = client.http.get(f"/odd/{kind}")

    assert answer.status_code == 502
    assert answer.json_body["request_id"] == answer.headers["X-Request-Id"]


def test_a_binary_answer_arrives_as_bytes(client):
    assert client.http.get("/odd/pdf", headers={"Accept": "application/pdf"}).body == b"%PDF"


def test_control_chalices_own_gateway_keeps_unknown_paths_to_itself(app):
    """If Chalice ever mends this, our gateway can shrink."""
    assert Client(app).http.get("/nowhere").status_code == 403
