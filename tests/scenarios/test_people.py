"""Accounts on the running stack."""

import re

import pytest
import requests

from tests.scenarios.shop import awaited

pytestmark = pytest.mark.stack


def test_a_forgotten_password_is_set_anew_with_the_letter_in_the_folder(shop, buyer):
    email = buyer.calls("GET", f"/users/{buyer.id}", 200)["email"]
    url = shop.stack.url

    asked = requests.post(f"{url}/password-resets", json={"email": email}, timeout=10)
    letter = awaited(lambda: shop.mail(email))[0]
    body = letter.get_body(("plain",))
    assert body
    link = re.search(r"http\S+/password-resets/\w+", body.get_content())
    assert link
    answer = requests.put(link[0], json={"_password_hash": "Another@123"}, timeout=10)

    assert (asked.status_code, answer.status_code) == (202, 200)
    assert buyer.asks("GET", "/tickets").status_code == 401
    form = {"email": email, "_password_hash": "Another@123"}
    assert requests.post(f"{url}/login", json=form, timeout=10).status_code == 200


def test_who_leaves_is_gone(shop, buyer):
    assert buyer.asks("DELETE", f"/users/{buyer.id}").status_code == 204
    assert buyer.asks("GET", f"/users/{buyer.id}").status_code == 401
