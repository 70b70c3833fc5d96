// The service over HTTP. Addresses are relative, so that a proxy may put it under a prefix.

/** What the service refused, in its own words. */
export class Refused extends Error {
  /** @param {number|null} later seconds after which to ask again, where that would help */
  constructor(status, title, detail, { kind = "", later = null } = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.kind = kind;
    this.later = later;
  }

  /** Whether a key, or another one, would help. */
  get wantsKey() {
    return this.status === 401 || this.kind.endsWith(":forbidden");
  }
}

// What a proxy says in its own way, and people can do about it.
const BY_A_PROXY = {
  413: ["Page too large", "What stands before the service lets no page of this size through."],
  502: ["No answer", "The service behind this address is not there at the moment."],
  503: ["No answer", "The service behind this address is not there at the moment."],
  504: ["No answer in time", "The service behind this address took too long."],
};
// A service that is busy for a moment is asked again by itself.
const PATIENCE_SECONDS = 2;
const MOST_TRIES = 4;

let key = "";

/** Show this key with every request from now on; it is kept nowhere but in this page. */
export function useKey(given) {
  key = given.trim();
}

const at = (path) => new URL(path, document.baseURI);

const pause = (seconds) => new Promise((go) => setTimeout(go, 1000 * seconds));

async function ask(path, options = {}) {
  for (let tried = 1; ; tried++) {
    try {
      return await once(path, options);
    } catch (error) {
      const soon = error instanceof Refused && error.later !== null && error.later <= PATIENCE_SECONDS;
      if (!soon || tried === MOST_TRIES) throw error;
      await pause(error.later);
    }
  }
}

async function once(path, options) {
  const headers = { ...options.headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(at(path), { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "No answer", "The service cannot be reached. Is it still running?");
  }
  if (response.ok) return response;
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // A proxy may answer in its own way; the status says enough.
  }
  const { status } = response;
  const [title, detail] = BY_A_PROXY[status] ?? [`Error ${status}`, "The service did not say why."];
  throw new Refused(status, problem.title ?? title, problem.detail ?? detail, {
    kind: problem.type,
    later: later(response),
  });
}

/** Seconds that an answer says to wait; null where it says nothing, or waiting is of no use. */
function later({ status, headers }) {
  const seconds = Number.parseInt(headers.get("Retry-After"), 10);
  return (status === 429 || status === 503) && seconds >= 0 ? seconds : null;
}

/**
 * The stories of a page, with every block.
 * @param {{kind: "text"|"html", body: string|ArrayBuffer}} source
 * @param {number|null} threshold null for the model's own
 */
export async function segment(source, threshold, signal) {
  const query = new URLSearchParams({ blocks: "1", explain: "1" });
  if (threshold !== null) query.set("threshold", threshold);
  const type = source.kind === "html" ? "text/html" : "text/plain";
  // Bytes of a file go as they are: the service knows more character sets than a browser.
  const charset = typeof source.body === "string" ? "; charset=utf-8" : "";
  const began = performance.now();
  const response = await ask(`v1/segment?${query}`, {
    method: "POST",
    headers: { "Content-Type": type + charset },
    body: source.body,
    signal,
  });
  const answer = await response.json();
  return { answer, milliseconds: performance.now() - began };
}

/** Send where the stories of a page start. */
export async function correct(correction) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(correction);
  const response = await ask("v1/corrections", { method: "POST", headers, body });
  return response.json();
}

export const currentModel = async () => (await ask("v1/models/current")).json();

export const example = async (name) =>
  (await ask(`web/examples/${encodeURIComponent(name)}`)).text();

/**
 * Let only the newest of many calls through, one at a time: a slider moves faster than a network.
 * The calls in between are dropped; the last one always runs.
 */
export function newest(work) {
  let waiting = null;
  let running = false;
  return async (...args) => {
    waiting = args;
    if (running) return;
    running = true;
    try {
      while (waiting !== null) {
        const next = waiting;
        waiting = null;
        await work(...next);
      }
    } finally {
      running = false;
    }
  };
}
