// The gate page: log in, choose an event, scan. Big words, colours, a sound and a shake for each verdict.
import { ask, gateOf, NoNetwork } from "./api.js";
import { readPicture, watch } from "./reader.js";
import { clock, refreshed, scanned, upload, waiting } from "./scanning.js";
import { fact, forget, keep, scans } from "./store.js";

const $ = (id) => document.getElementById(id);
const WORDS = {
  admitted: ["✓", "Admitted", [80], [[880, 150]]],
  already_admitted: ["!", "Already admitted", [120, 80, 120], [[440, 150], [0, 80], [440, 150]]],
  not_valid: ["✗", "Not valid", [400], [[180, 500]]],
  wrong_gate: ["→", "Wrong gate", [120, 80, 120], [[330, 250]]],
};
const SHOWN_MS = 2500; // how long an admission stays; all else waits for a hand
const AGAIN_MS = 3000; // a code that stays in view is not scanned again
const SYNC_MS = 5000, REFRESH_MS = 5 * 60_000;

let gate = null;
let isBusy = false, wantsLogIn = false;
let sound = null;

function show(part) {
  for (const id of ["log-in", "choose", "scan"]) $(id).hidden = id !== part;
  $("where").textContent = part === "scan" ? `${gate.device} · ${gate.name}` : "Gate";
}

function setOnline(isOnline) {
  $("network").textContent = isOnline ? "online" : wantsLogIn ? "log in again" : "no network";
  $("network").classList.toggle("off", !isOnline);
  $("offline").hidden = isOnline;
}

// ── Log in, and choose ────────────────────────────────────────────────────────────────────────────────────────────

/** Let a form do something, and say in it what went wrong. */
function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = form.querySelector(".wrong");
    wrong.textContent = "";
    try {
      wrong.textContent = (await act(form.elements)) ?? "";
    } catch (error) {
      wrong.textContent = error instanceof NoNetwork ? "The service cannot be reached; try again with a network." : String(error);
    }
  });
}

onSubmit($("log-in"), async ({ email, password }) => {
  const { status, body } = await ask("POST", "login", { email: email.value, password: password.value }, 15);
  if (status !== 200) return body.message;
  password.value = "";
  wantsLogIn = false;
  await keep("me", { id: body.id, name: body.username });
  await start();
});

async function fillEvents() {
  const me = await fact("me"), wanted = new URLSearchParams(location.hash.slice(1)).get("event");
  const paths = ["events?at_gate=true&limit=100", `events?user_id=${me.id}&limit=100`];
  const found = new Map();
  const add = async (path) => {
    const { status, body } = await ask("GET", path, undefined, 15);
    if (status === 401) toLogIn();
    if (status === 200) for (const event of body) found.set(event.id, event);
    return status !== 401;
  };
  for (const path of paths) if (!(await add(path))) return;
  if (!found.size) await add("events?limit=100"); // an Admin's, or somebody's who is told that they are not at the gate
  if (wanted && !found.has(wanted)) {
    const { status, body } = await ask("GET", `events/${encodeURIComponent(wanted)}`, undefined, 15);
    if (status === 200) found.set(wanted, body);
  }
  const options = [...found.values()].map((event) => new Option(`${event.event_name}, ${event.start_time.slice(0, 16)}`, event.id));
  $("choose").elements.event.replaceChildren(...options);
  if (found.has(wanted)) $("choose").elements.event.value = wanted;
}

onSubmit($("choose"), async ({ event, device, type }) => {
  const { status, body } = await gateOf(event.value);
  if (status === 401) return toLogIn();
  if (status !== 200) return body.message;
  const suffix = (await fact("suffix")) ?? Math.random().toString(16).slice(2, 6); // two phones may have one name
  await keep("suffix", suffix);
  const title = event.selectedOptions[0].textContent;
  gate = { event: event.value, name: title, device: `${device.value.trim()}, ${suffix}`, type: type.value, ...body, fetched_at: Date.now() };
  await keep("gate", gate);
  navigator.storage?.persist?.(); // else a full phone may throw the scans away
  show("scan");
  await paint();
});

function toLogIn() {
  wantsLogIn = true;
  setOnline(false);
  show("log-in");
}

$("log-out").addEventListener("click", async () => {
  await ask("DELETE", "logout").catch(() => null);
  await forget("me");
  show("log-in");
});

$("change").addEventListener("click", async () => {
  show("choose");
  await fillEvents().catch(() => null);
});

$("network").addEventListener("click", () => wantsLogIn && show("log-in"));

// ── Scan ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const last = { text: "", at: 0 };

/** A code in front of the camera; resolves when its verdict has been seen. */
async function seen(text) {
  const isSame = text === last.text && Date.now() - last.at < AGAIN_MS;
  if (!isSame && !$("scan").hidden) await check(text);
  Object.assign(last, { text, at: Date.now() });
}

async function check(text) {
  if (isBusy || !gate) return;
  isBusy = true;
  try {
    const verdict = await scanned(text, gate);
    if (verdict.offline !== undefined || verdict.label !== undefined) setOnline(!verdict.offline);
    await paint();
    await say(verdict);
  } catch (error) { // the disk is full, say: nobody is let in by what is not written down
    await say({ outcome: "not_valid", detail: `This phone could not keep the scan (${error}). Nobody was let in.` });
  } finally {
    isBusy = false;
  }
}

async function say({ outcome, label, detail }) {
  const [sign, word, shake, notes] = WORDS[outcome];
  $("sign").textContent = sign;
  $("word").textContent = word;
  $("label").textContent = label ?? "";
  $("detail").textContent = detail ?? "";
  $("verdict").className = outcome;
  $("verdict").hidden = false;
  navigator.vibrate?.(shake);
  play(notes);
  await new Promise((done) => {
    $("next").onclick = done;
    if (outcome === "admitted") setTimeout(done, SHOWN_MS);
  });
  $("verdict").hidden = true;
}

function play(notes) {
  if (!sound) return;
  let at = sound.currentTime;
  for (const [pitch, length] of notes) {
    if (pitch) {
      const note = sound.createOscillator();
      note.frequency.value = pitch;
      note.connect(sound.destination);
      note.start(at);
      note.stop(at + length / 1000);
    }
    at += length / 1000;
  }
}

// A browser makes no sound before somebody has touched the page.
addEventListener("pointerdown", () => (sound ??= new AudioContext()), { once: true });

$("start").addEventListener("click", async () => {
  $("start").hidden = true;
  $("camera").hidden = false;
  navigator.wakeLock?.request("screen").catch(() => null);
  try {
    await watch(document.querySelector("video"), seen);
  } catch {
    $("start").hidden = false;
    $("camera").hidden = true;
    $("no-camera").hidden = false;
    $("no-camera").textContent = "The camera cannot be used. Allow it in the browser, or type the code.";
  }
});

$("type").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = event.target.elements.code, text = field.value;
  if (!text.trim()) return;
  field.value = "";
  await check(text);
});

$("picture").addEventListener("change", async ({ target }) => {
  const picture = await createImageBitmap(target.files[0]).catch(() => null);
  target.value = "";
  const text = picture && (await readPicture(picture));
  await (text ? check(text) : say({ outcome: "not_valid", detail: "There is no code in this picture." }));
});

async function paint() {
  const all = (await scans()).filter((scan) => scan.outcome), n = await waiting();
  $("waiting").textContent = n ? `${n} ${n === 1 ? "scan waits" : "scans wait"} for the network; nothing is lost.` : "";
  const rows = all.slice(-30).reverse().map((scan) => {
    const row = document.createElement("li");
    const [time, what, more] = ["time", "span", "small"].map((tag) => document.createElement(tag));
    time.textContent = clock(scan.scanned_at);
    what.textContent = [WORDS[scan.outcome][1], scan.label].filter(Boolean).join(" · ");
    const kept = scan.state === "queued" ? "Waits for the network." : scan.offline ? "Decided without network." : "";
    more.textContent = [scan.conflict || kept, scan.ticket?.slice(-8)].filter(Boolean).join(" ");
    row.append(time, what, more);
    return row;
  });
  $("history").replaceChildren(...rows);
}

// ── While nobody touches it ───────────────────────────────────────────────────────────────────────────────────────

let isSyncing = false;

async function sync() {
  if (isSyncing || !gate) return;
  isSyncing = true;
  try {
    const had = await waiting();
    const refused = await upload();
    wantsLogIn = refused?.status === 401;
    const isDue = had > 0 || Date.now() - gate.fetched_at > REFRESH_MS;
    if (!refused && isDue) wantsLogIn = (await refreshed(gate)).status === 401;
    else if (!$("offline").hidden) await ask("GET", "health");
    setOnline(!wantsLogIn);
    if (refused && !wantsLogIn) $("waiting").textContent = refused.message;
    else if (had) await paint();
  } catch (error) {
    if (!(error instanceof NoNetwork)) throw error;
    setOnline(false);
  } finally {
    isSyncing = false;
  }
}

addEventListener("online", sync);
addEventListener("offline", () => setOnline(false));
setInterval(sync, SYNC_MS);

async function start() {
  const me = await fact("me");
  gate ??= await fact("gate") ?? null;
  if (!me) return show("log-in");
  if (gate) {
    show("scan");
    await paint();
    return sync();
  }
  show("choose");
  await fillEvents().catch(() => setOnline(false));
}

navigator.serviceWorker?.register("gate/sw.js", { scope: "gate" }).catch(() => null);
setOnline(navigator.onLine);
start();
