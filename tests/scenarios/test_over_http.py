"""What only shows over a real connection."""

import pytest
import requests

pytestmark = pytest.mark.stack


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs", "/categories"])
def test_a_head_says_how_long_the_body_would_be(shop, path):
    url = f"{shop.stack.url}{path}"

    got, asked = requests.get(url, timeout=10), requests.head(url, timeout=10)

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["Content-Length"] == got.headers["Content-Length"] == str(len(got.content))


def test_the_docs_page_gets_its_files_from_here(shop):
    page = requests.get(f"{shop.stack.url}/docs", timeout=10).text
    style = requests.get(f"{shop.stack.url}/docs/assets/swagger-ui.css", timeout=10)

    assert "https:" not in page
    assert (style.status_code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
