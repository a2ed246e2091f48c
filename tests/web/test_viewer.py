"""Whose address a request has, directly and behind CloudFront."""

import json
from types import SimpleNamespace

import pytest
from chalice.app import CaseInsensitiveMapping

from chalicelib.core.settings import settings
from chalicelib.web import viewer
from devstack.stack import ROOT

KEY = "a-key-that-only-cloudfront-has-0001"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("SITE_KEY", KEY)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def seen(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = SimpleNamespace(
        headers=CaseInsensitiveMapping(named), context={"identity": {"sourceIp": "130.176.0.1"}}
    )
    return viewer.address_of(request)


def test_cloudfront_says_whose_it_is():
    assert seen(X_Site_Key=KEY, X_Viewer_Address="41.90.1.2") == "41.90.1.2"


@pytest.mark.parametrize("key", ["", "another", f"{KEY} ", "ä"])
def test_a_strangers_word_counts_nothing(key):
    assert seen(X_Site_Key=key, X_Viewer_Address="41.90.1.2") == "130.176.0.1"


def test_nor_does_a_list_of_proxies():
    assert seen(X_Forwarded_For="41.90.1.2, 130.176.0.1") == "130.176.0.1"


def test_without_a_key_nobody_is_believed(monkeypatch):
    monkeypatch.setenv("SITE_KEY", "")
    settings.cache_clear()

    assert seen(X_Site_Key="", X_Viewer_Address="41.90.1.2") == "130.176.0.1"


def test_the_template_sets_both_headers():
    template = json.loads((ROOT / ".chalice" / "frontend.json").read_text())["Resources"]
    config = template["Site"]["Properties"]["DistributionConfig"]
    [api] = [origin for origin in config["Origins"] if origin["Id"] == "api"]
    [added] = api["OriginCustomHeaders"]
    code = "\n".join(template["Switch"]["Properties"]["FunctionCode"]["Fn::Join"][1])

    assert added["HeaderName"].lower() == viewer.KEY_HEADER
    assert f"request.headers['{viewer.ADDRESS_HEADER}'] = {{ value: event.viewer.ip }};" in code
