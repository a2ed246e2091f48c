"""The start page's part that moves: what is left of the demo events, told by WebSocket.

It runs the client of docs/live.js, so that everybody who opens the page tries what front ends are given.
"""

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Final

_CLIENT: Final = (Path(__file__).parent.parent / "docs" / "live.js").read_text()
_PAGE: Final = """
const list = document.getElementById("live");
const rows = new Map();

function show({ event_id, available_tickets }) {
  const { number, bar, capacity } = rows.get(event_id);
  const before = number.textContent;
  number.textContent = available_tickets.toLocaleString("en");
  bar.value = available_tickets / capacity;
  if (before && before !== number.textContent) {
    number.getAnimations().forEach((one) => one.cancel());
    number.animate([{ background: "#f5b82e", color: "#1b1f3b" }, {}], 1500);
  }
}

function add({ id, event_name, capacity }) {
  const row = document.createElement("li");
  const [name, number, bar] = ["span", "b", "meter"].map((tag) => document.createElement(tag));
  row.append(name, number, bar);
  name.textContent = event_name;
  rows.set(id, { number, bar, capacity });
  list.append(row);
}

// A connection may follow ten.
const answer = await fetch("/events?limit=100", { headers: { Accept: "application/json" } });
const events = (await answer.json()).filter((event) => event.available_tickets).slice(0, 6);
events.forEach(add);
events.forEach((event) => show({ event_id: event.id, ...event }));
if (events.length) list.previousElementSibling.hidden = true;
watch({ socket: list.dataset.socket, api: "", events: events.map((event) => event.id), show });
"""

_SCRIPT: Final = f"{_CLIENT}{_PAGE}"
_DIGEST: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()


def policy(socket: str) -> str:
    """What the page may do besides: run this script, ask its own origin, and open that WebSocket."""
    return f"script-src 'sha256-{_DIGEST}'; connect-src 'self' {socket}"


def section(socket: str) -> str:
    """The part of the page; `socket` is the WebSocket's address."""
    return (
        "<section><h2>Live availability</h2><p>No event is on sale yet.</p>"
        f'<ul id="live" data-socket="{escape(socket)}"></ul>'
        f"<p><small>Tickets left, told by <code>{escape(socket)}</code> as they are held, sold and given "
        "back: buy one, and watch.</small></p></section>\n"
        f'<script type="module">{_SCRIPT}</script>\n'
    )
