"""The page on authorization is what the routes declare."""

from devstack.deployment.committed import pages


def test_the_page_on_authorization_is_made_from_the_routes():
    for path, text in pages().items():
        assert path.read_text() == text, "run `make resources`"
