// What becomes of a scanned code: the service decides while it can be reached, else this phone by what it knows.
// A scan is on the disk before its verdict is shown, so a reload, or an empty battery, loses none.
import { ask, gateOf, NoNetwork } from "./api.js";
import { read } from "./codes.js";
import { fact, keep, keepScan, scans } from "./store.js";

const AT_ONCE = 50; // scans in one upload
const INDEX_LAG = 10_000; // ms by which the service's list may be behind its answers

const NOT_OURS = "This is no code of ours, or not a whole one; scan it again, or type it.";
const SENTENCES = {
  other: "This ticket is for another event.",
  key: "This phone has not got the key of this code yet. It needs a network once.",
  revoked: "This ticket was given back and no longer counts.",
};

/** Judge a code at a gate. `{outcome, label, detail, offline}`; outcome may also be `wrong_gate`. */
export async function scanned(text, gate) {
  const code = normal(text);
  const claims = await read(code, gate.keys);
  if (claims === null) return told({ code, at: gate.event }, { outcome: "not_valid", detail: NOT_OURS });
  const seen = { code, ticket: claims.ticket ?? code, type: claims.type, event: gate.event, device: gate.device };
  if (claims.event && claims.event !== gate.event) return told(seen, { outcome: "not_valid", detail: SENTENCES.other });
  if (gate.type && claims.type && claims.type !== gate.type) {
    return told(seen, { outcome: "wrong_gate", detail: `This is a ${name(claims.type)} ticket; this gate lets in ${name(gate.type)}.` });
  }
  const scan = { ...seen, scanned_at: await momentOf(seen), state: "asking" };
  scan.id = await keepScan(scan);
  try {
    return await told(scan, await decided(scan));
  } catch (error) {
    if (!(error instanceof NoNetwork)) throw error;
    return told(scan, await guessed(scan, claims, gate));
  }
}

/** Codes are typed in any case, and with spaces; the key's id is as it is. */
function normal(text) {
  const parts = text.trim().split(".");
  return parts.length === 3 ? [parts[0].toUpperCase(), parts[1], parts[2].toUpperCase().replace(/\s/g, "")].join(".") : text.trim();
}

/** Now; or when a scan was made whose answer this phone never showed, so that the service knows it again. */
async function momentOf(seen) {
  const unanswered = (await scans()).findLast((one) => one.ticket === seen.ticket && one.event === seen.event);
  const same = unanswered?.state === "asking" && unanswered.device === seen.device;
  return same ? unanswered.scanned_at : new Date().toISOString();
}

async function decided(scan) {
  if (!navigator.onLine) throw new NoNetwork();
  const { code, device, scanned_at } = scan;
  const { status, body } = await ask("POST", `events/${scan.event}/checkins`, { code, device, scanned_at });
  if (status === 401) throw new NoNetwork(); // the log-in has ended; people still want to get in
  const outcome = status === 200 ? "admitted" : body.code === "already_admitted" ? body.code : "not_valid";
  return { outcome, label: body.label, detail: outcome === "already_admitted" ? who(body) : outcome === "not_valid" ? body.message : "" };
}

async function guessed(scan, claims, gate) {
  const offline = true, label = name(claims.type);
  if (claims === "unknown key") return { outcome: "not_valid", detail: SENTENCES.key, offline };
  if (gate.revoked.includes(scan.ticket)) return { outcome: "not_valid", detail: SENTENCES.revoked, label, offline };
  const here = (await scans()).find((one) => one.id !== scan.id && letIn(one, gate) && one.ticket === scan.ticket);
  if (here) return { outcome: "already_admitted", label, detail: `${clock(here.scanned_at)}\nat ${here.device}`, offline };
  if (gate.admitted.includes(scan.ticket)) return { outcome: "already_admitted", label, detail: "As the service said earlier.", offline };
  return { outcome: "admitted", label, detail: "No network: this phone decided by itself.", offline };
}

/** Whether somebody is in by a scan of this phone, that the list of the service may not have yet. */
function letIn(scan, gate) {
  if (scan.event !== gate.event || scan.outcome !== "admitted") return false;
  return scan.state === "queued" || scan.done_at > gate.fetched_at - INDEX_LAG;
}

async function told(scan, verdict) {
  const state = verdict.offline && verdict.outcome === "admitted" ? "queued" : "done";
  await keepScan({ scanned_at: new Date().toISOString(), ...scan, ...verdict, state, done_at: Date.now() });
  return verdict;
}

/** How many people were let in that the service does not know of. */
export const waiting = async () => (await scans()).filter((scan) => scan.state === "queued").length;

/** Tell the service of all that were let in without it. Throws NoNetwork; `{status}` of what was refused, else null. */
export async function upload() {
  const queued = (await scans()).filter((scan) => scan.state === "queued");
  for (const event of new Set(queued.map((scan) => scan.event))) {
    const all = queued.filter((scan) => scan.event === event);
    for (let start = 0; start < all.length; start += AT_ONCE) {
      const part = all.slice(start, start + AT_ONCE);
      const rows = part.map(({ code, device, scanned_at }) => ({ code, device, scanned_at }));
      const sent = { scans: rows, sent_at: new Date().toISOString() };
      const { status, body } = await ask("POST", `events/${event}/checkins`, sent, 28);
      if (status !== 200) return { status, message: body.message };
      for (const [place, scan] of part.entries()) await keepScan(answered(scan, body[place]));
    }
  }
  return null;
}

/** A scan that was uploaded. What it said to the person at the gate stays; a conflict is written beside it. */
function answered(scan, row) {
  let conflict = "";
  if (row.instead_of) conflict = `Conflict: let in twice, also ${who(row.instead_of).replaceAll("\n", " ")}.`;
  if (row.outcome === "already_admitted") conflict = `Conflict: let in before, ${who(row).replaceAll("\n", " ")}.`;
  if (row.outcome === "not_valid") conflict = `Conflict: ${row.message}`;
  return { ...scan, state: "done", conflict, done_at: Date.now() };
}

/** Read anew what lets nobody in. Throws NoNetwork; `{status, body}` as the service answers. */
export async function refreshed(gate) {
  const answer = await gateOf(gate.event);
  if (answer.status === 200) Object.assign(gate, answer.body, { fetched_at: Date.now() });
  if (answer.status === 200 && (await fact("gate"))?.event === gate.event) await keep("gate", gate);
  return answer;
}

export const name = (type) => ({ early_booking: "early booking", regular: "regular", MVP: "MVP" })[type] ?? "";
export const clock = (iso) => new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const who = (row) => [row.admitted_at?.slice(0, 19), row.device && `at ${row.device}`, row.admitted_by_name && `by ${row.admitted_by_name}`].filter(Boolean).join("\n");
