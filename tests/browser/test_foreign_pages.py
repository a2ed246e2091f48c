"""A page of somebody else, opened by a person who is logged in here: it changes nothing and reads nothing."""

import json
import uuid

import pytest
import requests

from tests.browser.origins import UNLISTED
from tests.scenarios.shop import a_phone_that_pays

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.browser]

#: What a page can send without asking first, and what it must ask for; in the order in which it is tried.
ATTACK = """
async ({ api, order, me, login }) => {
  const said = {};
  const json = { "Content-Type": "application/json" };
  const sends = async (name, path, init) => {
    try {
      const answer = await fetch(api + path, { credentials: "include", ...init });
      said[name] = `${answer.type} ${answer.status}`;
    } catch { said[name] = "blocked"; }
  };
  const simple = {
    "text": { body: order, headers: { "Content-Type": "text/plain" } },
    "bytes without a type": { body: new Blob([order]) },
    "a form": { body: new URLSearchParams(JSON.parse(order)) },
  };
  for (const [name, init] of Object.entries(simple)) {
    await sends(`${name}, unread`, "/payments", { method: "POST", mode: "no-cors", ...init });
    await sends(name, "/payments", { method: "POST", ...init });
  }
  await sends("JSON", "/payments", { method: "POST", headers: json, body: order });
  await sends("a name", `/users/${me}`, { method: "PATCH", headers: json, body: '{"username": "evil"}' });
  await sends("a farewell", `/users/${me}`, { method: "DELETE" });
  await sends("a log-out", "/logout?all=true", { method: "DELETE" });
  const unread = { method: "POST", mode: "no-cors" };
  await sends("a log-in as somebody else", "/login", { ...unread, body: new Blob([login]) });
  await sends("reading", "/payments", {});
  navigator.sendBeacon(`${api}/payments`, new Blob([order]));

  const loaded = (frame) => new Promise((done) => { frame.onload = done; setTimeout(done, 4000); });
  const [start, end] = [order.slice(0, -1) + ', "x": "', '"}'];
  for (const path of ["/payments", "/login"]) {  // `{…, "x": "="}` in a form that says it is text
    const frame = Object.assign(document.createElement("iframe"), { name: `f${path.slice(1)}` });
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), {
      action: api + path, method: "POST", enctype: "text/plain", target: frame.name });
    form.append(Object.assign(document.createElement("input"), { name: start, value: end }));
    document.body.append(form);
    const done = loaded(frame);
    form.submit();
    await done;
  }
  const nowhere = Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts" });
  const told = new Promise((done) => { addEventListener("message", done); setTimeout(done, 4000); });
  const inside = JSON.stringify({ api, order, login }).replaceAll("<", "\\\\u003c");
  nowhere.srcdoc = `<script>(async () => {
    const { api, order, login } = ${inside};
    const post = { method: "POST", mode: "no-cors", credentials: "include" };
    await fetch(api + "/payments", { ...post, body: new Blob([order]) }).catch(() => 0);
    await fetch(api + "/login", { ...post, body: new Blob([login]) }).catch(() => 0);
    parent.postMessage("done", "*");
  })()</` + "script>";
  document.body.append(nowhere);
  await told;
  return said;
}
"""


@pytest.fixture
def victim(opens, stack):
    """A tab in which somebody is logged in by the cookie alone, who has bought something."""
    tab = opens(cookie="1")
    tab.fills(f"amina-{uuid.uuid4().hex[:8]}")
    tab.clicks("sign-up", "signed up")
    tab.clicks("list", "listed")
    tab.clicks("buy", "Completed")
    return tab


def cookie_of(tab) -> str:
    return next(one["value"] for one in tab.page.context.cookies() if one["name"] == "tiketi_session")


def seen(stack, token) -> dict:
    """All that a person has, read beside the browser."""
    headers = {"Authorization": f"Bearer {token}"}
    paths = ("/payments", "/tickets")
    return {path: requests.get(stack.url + path, headers=headers, timeout=20).json() for path in paths}


def attacks(tab, stack, me, somebody) -> dict:
    events = requests.get(f"{stack.url}/events", timeout=20).json()
    event = next(one["id"] for one in events if one["available_tickets"] and one["regular_price"])
    phone = a_phone_that_pays()
    order = json.dumps({"event_id": event, "ticket_type": "regular", "quantity": 1, "phone": phone})
    login = json.dumps({"email": f"{somebody}@example.com", "password": "Tiketi@123"})
    return tab.page.evaluate(ATTACK, {"api": stack.url, "order": order, "me": me, "login": login})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_foreign_page_changes_nothing_and_reads_nothing(victim, stack, host):
    """From another port of our own host, to which the browser sends the cookie, and from another site."""
    somebody = f"evil-{uuid.uuid4().hex[:8]}"
    form = {"username": somebody, "email": f"{somebody}@example.com", "_password_hash": "Tiketi@123"}
    signed_up = requests.post(f"{stack.url}/signup", json=form | {"phone_number": "0712345678"}, timeout=20)
    assert signed_up.status_code == 201
    token = cookie_of(victim)
    before = seen(stack, token)
    me = before["/payments"][0]["user_id"]

    victim.page.goto(f"http://{host}:{UNLISTED}/")
    said = attacks(victim, stack, me, somebody)

    readable = {name: answer for name, answer in said.items() if answer not in ("blocked", "opaque 0")}
    assert readable == {}
    assert cookie_of(victim) == token
    assert seen(stack, token) == before
    assert (
        requests.get(f"{stack.url}/users/{me}", headers={"Authorization": f"Bearer {token}"}, timeout=20)
        .json()["username"]
        .startswith("amina-")
    )


def test_the_control_the_same_page_on_our_own_origin_buys_and_logs_out(victim, stack):
    token = cookie_of(victim)
    before = seen(stack, token)

    said = attacks(victim, stack, before["/payments"][0]["user_id"], "nobody")

    assert said["JSON"] in ("basic 202", "basic 409")  # the phone may show a prompt of a try before
    assert said["a log-out"] == "basic 200"
    assert said["reading"].startswith("basic")
