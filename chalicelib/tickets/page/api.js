// Calls to the service on this page's own origin. The log-in is the cookie that POST /login sets: no script sees it.

const SECONDS = 5; // a person is waiting; then this phone decides by itself

/** Nobody answered, or not in time, or the service is in trouble: go on without it. */
export class NoNetwork extends Error {}

/** `{status, body}`; throws NoNetwork. */
export async function ask(method, path, body, seconds = SECONDS) {
  let answer, read;
  try {
    answer = await fetch(new URL(path, document.baseURI), {
      method,
      credentials: "same-origin",
      cache: "no-cache",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
    read = answer.status === 204 ? null : await answer.json();
  } catch {
    throw new NoNetwork();
  }
  if (answer.status === 429 || answer.status >= 500) throw new NoNetwork();
  return { status: answer.status, body: read };
}

/** All tickets of an event that let nobody in, and the keys. `{status, body}`. */
export async function gateOf(event) {
  const whole = { keys: {}, admitted: [], revoked: [] };
  for (let after = ""; ;) {
    const { status, body } = await ask("GET", `events/${event}/gate${after}`, undefined, 25);
    if (status !== 200) return { status, body };
    whole.keys = body.keys;
    for (const name of ["admitted", "revoked"]) for (const id of body[name]) whole[name].push(id);
    if (!body.next) return { status, body: whole };
    after = `?after=${encodeURIComponent(body.next)}`;
  }
}
