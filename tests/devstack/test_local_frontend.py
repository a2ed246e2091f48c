"""A build of the front end on the API's own origin."""

import pytest

from devstack.frontend import Frontend

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture
def build(tmp_path):
    folder = tmp_path / "build"
    (folder / "static").mkdir(parents=True)
    (folder / "index.html").write_text("<html>")
    (folder / "static" / "main.js").write_text("js")
    (folder / "logo.svg").write_text("<svg/>")
    (folder / "font.woff2").write_bytes(b"\0")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return Frontend(folder)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/static/main.js", "text/javascript; charset=utf-8"),
        ("/logo.svg?v=2", "image/svg+xml; charset=utf-8"),
        ("/font.woff2", "font/woff2"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/static%2Fmain.js", "text/javascript; charset=utf-8"),
    ],
)
def test_a_file_goes_out_by_its_name_with_its_type(build, path, content_type):
    page = build.page("GET", path, "*/*")

    assert page is not None
    assert page.content_type == content_type


@pytest.mark.parametrize("path", ["/", "/events", "/events/018f?tab=tickets", "/login"])
def test_a_browsers_navigation_gets_the_front_end(build, path):
    page = build.page("GET", path, HTML)

    assert page is not None
    assert page.body == b"<html>"


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/events", "application/json"),
        ("GET", "/", "*/*"),
        ("POST", "/login", HTML),
        ("DELETE", "/static/main.js", "*/*"),
        ("GET", "/tickets/1/ticket.png", HTML),
        ("GET", "/docs", HTML),
        ("GET", "/gate", HTML),
        ("GET", "/static", "*/*"),
    ],
)
def test_the_rest_is_the_apis(build, method, path, accept):
    assert build.page(method, path, accept) is None


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/static/../../secret.txt",
        "/..%2fsecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/%00",
        "/" + "a" * 5000,
    ],
)
def test_nothing_outside_the_build_goes_out(build, path):
    page = build.page("GET", path, "*/*")

    assert page is None


def test_a_folder_without_a_build_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no index\.html"):
        Frontend(tmp_path)
