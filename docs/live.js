// What is left of some events, as it changes: by WebSocket, and by asking every few seconds while there is none.
//
//   const live = watch({ socket: "wss://…/live", api: "https://…", events: [id], show: (state) => { … } });
//   live.stop();
//
// `show` gets what GET /events/{id}/availability answers, each time it is newer than what it got before;
// `refused`, if given, gets {code, message, event_id} where the service says no: `not_found` also when an event is
// taken down; `show` gets it again if it comes back. Needs nothing else; a module.

const SECOND = 1000;
const PING = 300 * SECOND;      // API Gateway closes what is silent for ten minutes
const PONG = 10 * SECOND;       // without an answer for so long the line is dead
const FIRST_WAIT = 1 * SECOND;  // before the first new try, doubled each time …
const LONGEST_WAIT = 60 * SECOND;
const POLL = 5 * SECOND;

export function watch({ socket: address, api, events, show, refused = () => {} }) {
  const versions = new Map();   // what has been shown, by event
  const wanted = new Set(events);
  const missing = new Set();    // what is not there just now: asked for by each new line, not in between
  let socket = null, tries = 0, stopped = false;
  let waiting, pinging, hanging, polling = null;

  function tell(state) {
    if (!wanted.has(state.event_id) || state.version <= (versions.get(state.event_id) ?? -1)) return;
    missing.delete(state.event_id);
    versions.set(state.event_id, state.version);  // one that was overtaken is dropped
    show(state);
  }

  function connect() {
    ask();
    const line = socket = new WebSocket(address);
    line.onopen = () => {
      for (const event_id of wanted) line.send(JSON.stringify({ action: "subscribe", event_id }));
      pinging = setInterval(() => {
        line.send(JSON.stringify({ action: "ping" }));
        hanging = setTimeout(() => lose(line), PONG);
      }, PING);
    };
    line.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      clearTimeout(hanging);
      if (message.code) refuse(message);
      if (!("version" in message)) return;
      tries = 0;
      rest();  // there is a line, and it works
      tell(message);
    };
    line.onclose = () => lose(line);  // also where the connection is refused
  }

  function refuse(message) {
    if (message.code === "not_found") missing.add(message.event_id);
    refused(message);
  }

  function lose(line) {
    if (line !== socket) return;  // it has been lost before
    socket = null;
    clearInterval(pinging);
    clearTimeout(hanging);
    line.close();
    if (stopped) return;
    ask();
    // Anything up to twice as long each time, so that not all who lost it come back at once.
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries++);
    waiting = setTimeout(connect, FIRST_WAIT / 2 + Math.random() * most);
  }

  function ask() {
    polling ??= setInterval(poll, POLL);
  }

  function rest() {
    clearInterval(polling);
    polling = null;
  }

  async function poll() {
    for (const event_id of wanted) {
      if (missing.has(event_id)) continue;
      try {
        const answer = await fetch(`${api}/events/${event_id}/availability`, { headers: { Accept: "application/json" } });
        if (answer.ok) tell(await answer.json());
      } catch {
        return;  // no network: the next round asks again
      }
    }
  }

  connect();
  return {
    stop() {
      stopped = true;
      clearTimeout(waiting);
      rest();
      if (socket) lose(socket);
    },
  };
}
