// What a person changed, on its way to the service.

import { Refused, correct, useKey } from "./client.js";
import { byId, count, held, hold, make } from "./dom.js";
import { download } from "./save.js";

/** The bar that says what was changed, and sends it. */
export class CorrectionBar {
  /** @param {{undo: () => void, current: () => object|null}} page */
  constructor(page) {
    this.page = page;
    // Whether there are changes that the service has not stored; it has these starts.
    this.unsent = false;
    this.stored = null;
    this.form = byId("correction");
    this.answer = byId("correction-answer");
    new ResizeObserver(() => this.measure()).observe(this.form);
    byId("undo").addEventListener("click", () => page.undo());
    byId("token").addEventListener("input", (event) => useKey(event.target.value));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  /** Another page: what was said of the one before is not said of it. */
  clear() {
    this.stored = null;
    byId("why").value = "";
    byId("address").value = "";
  }

  /** Say what has been changed; forgets what was said about an earlier correction. */
  show(edits) {
    this.form.classList.toggle("changed", edits.count > 0);
    this.answer.replaceChildren();
    this.unsent = edits.count > 0 && String(this.page.current().starts) !== this.stored;
    byId("undo").hidden = edits.count === 0;
    byId("send").textContent = edits.count ? "Send the correction" : "They are right";
    byId("correction-title").textContent = edits.count ? "Your correction" : "Are these seams right?";
    const parts = [];
    if (edits.added.size) parts.push(`${count(edits.added.size, "start")} added`);
    if (edits.removed.size) parts.push(`${count(edits.removed.size, "start")} removed`);
    byId("correction-state").textContent = parts.length
      ? `${parts.join(", ")}.`
      : "If not, add and remove seams above. The next model learns from it.";
    this.measure();
  }

  /** Let the style sheet know how much of the window's foot the bar takes. */
  measure() {
    document.documentElement.style.setProperty("--foot", `${this.form.offsetHeight}px`);
  }

  async send() {
    const current = this.page.current();
    const button = byId("send");
    if (current === null || held(button)) return;
    const { source, text, starts } = current;
    const why = byId("why").value.trim();
    // Bytes that are no UTF-8 were decoded by the service; what it read stands for them.
    const asHtml = source.kind === "html" && typeof source.body === "string";
    const correction = { ...(asHtml ? { html: source.body } : { text }), starts };
    if (why) correction.why = why;
    // Pages of one site are learned from or measured on, never both; without it nobody can tell.
    const address = byId("address").value.trim();
    if (address) correction.url = address;
    hold(button, true);
    try {
      const saved = await correct(correction);
      const now = this.page.current();
      if (now.source !== source || String(now.starts) !== String(starts)) {
        this.say("good", `What you sent is stored as revision ${saved.revision}; what you see now is not.`);
        return;
      }
      this.unsent = false;
      this.stored = String(starts);
      byId("why").value = "";
      this.say("good", `Thank you. It is stored as revision ${saved.revision}, and the next model learns from it.`);
    } catch (error) {
      this.refused(error, { text, starts });
    } finally {
      hold(button, false);
    }
  }

  refused(error, correction) {
    if (!(error instanceof Refused)) throw error;
    const keep = make(
      "button",
      {
        type: "button", class: "small",
        onclick: () =>
          download("correction.jsonl", `${JSON.stringify({ id: "page", ...correction })}\n`, "application/x-ndjson"),
      },
      "Download it instead",
    );
    if (error.status === 404 || error.status === 405) {
      this.say("bad", "This service keeps no corrections, so nothing was stored. ", keep);
    } else if (error.wantsKey) {
      byId("token-field").hidden = false;
      byId("token").focus();
      this.say("bad", keyWords(error), keep);
    } else {
      this.say("bad", `Nothing was stored. ${error.title}: ${error.message} `, keep);
    }
  }

  say(mood, ...parts) {
    this.answer.replaceChildren(make("span", { class: mood }, ...parts));
  }
}

/** Why a key is wanted, or another one. */
function keyWords(error) {
  if (error.status === 403) return "The key that you gave is not for corrections. Please give one that is, and send again. ";
  return byId("token").value.trim() === ""
    ? "Only people with a key of this service may correct pages. Please give it and send again. "
    : "The service does not know this key, or no longer does. Please give another, and send again. ";
}
