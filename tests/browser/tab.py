"""A page in a browser of its own, and what it asked for and complained about."""

import json
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect


class Tab:
    """The page, with what is done on it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    @property
    def hosts(self) -> set[str | None]:
        return {urlsplit(url).hostname for url in self.asked if not url.startswith("data:")}

    def clicks(self, button: str, wanted: str) -> dict[str, Any]:
        """Press a button; what the page says when it has come to that."""
        self.page.evaluate("document.getElementById('said').textContent = ''")  # it may have said so before
        self.page.click(f"#{button}")
        said = self.page.locator("#said")
        expect(said).to_contain_text(f'"what":"{wanted}"', timeout=15_000)
        found: dict[str, Any] = json.loads(said.text_content() or "{}")
        return found

    def fills(self, name: str) -> None:
        self.page.fill("[name=username]", name)
        self.page.fill("[name=email]", f"{name}@example.com")
