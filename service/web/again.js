// The same page at another threshold. What was answered is kept; a service that has no room for the
// moment is waited for, and what goes wrong is said beside the slider, where people look.

import { newest, Refused, segment } from "./client.js";
import { announce, byId, make } from "./dom.js";

// Answers that are kept; that to a long page takes megabytes.
const MOST_KEPT = 20;
// A page that takes longer than this should say that it is being read; milliseconds.
export const SLOW = 400;

export class Again {
  /**
   * @param {{wanted: () => {source: object|null, threshold: number|null},
   *   show: (answer: object, milliseconds: number|null) => void,
   *   refuse: (error: Error) => void}} page
   */
  constructor(page) {
    this.page = page;
    this.kept = new Map();
    this.timer = null;
    this.queue = newest(() => this.once());
  }

  /** Show the page at the threshold that is wanted now, and ask for that only where it is new. */
  ask() {
    if (!this.showKept()) this.queue();
  }

  /** A page was opened, and has this answer. */
  begin(threshold, answer) {
    this.kept = new Map([[threshold, answer]]);
    this.say(null);
  }

  showKept() {
    const known = this.kept.get(this.page.wanted().threshold);
    if (known === undefined) return false;
    this.say(null);
    this.page.show(known, null);
    return true;
  }

  async once() {
    const { source, threshold } = this.page.wanted();
    // The timer will ask for what is wanted then.
    if (source === null || this.timer !== null || this.kept.has(threshold)) return;
    const slow = setTimeout(() => {
      if (!this.kept.has(this.page.wanted().threshold)) this.say("Reading the page again…");
    }, SLOW);
    try {
      const { answer, milliseconds } = await segment(source, threshold);
      if (source !== this.page.wanted().source) return;
      this.keep(threshold, answer);
      // Of a slider on its way, what it has just passed is better than nothing.
      if (threshold !== this.page.wanted().threshold && this.showKept()) return;
      this.say(null);
      this.page.show(answer, milliseconds);
    } catch (error) {
      const now = this.page.wanted();
      if (source === now.source && !this.kept.has(now.threshold)) this.failed(error);
    } finally {
      clearTimeout(slow);
    }
  }

  keep(threshold, answer) {
    const [other] = this.kept.values();
    // Another model took over.
    if (other?.model !== answer.model) this.kept.clear();
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    this.kept.set(threshold, answer);
  }

  failed(error) {
    if (error.wantsKey) {
      this.say(null);
      this.page.refuse(error);
    } else if (error.later != null) {
      this.say(`${error.title}. Goes on by itself in ${error.later} s.`);
      this.timer = setTimeout(() => this.now(), 1000 * error.later);
    } else {
      const why = error instanceof Refused ? `${error.title}: ${error.message}` : String(error);
      const retry = make("button", { type: "button", class: "small", onclick: () => this.now() }, "Try again");
      this.say(`What you see is as it was before. ${why}`, retry);
    }
  }

  now() {
    clearTimeout(this.timer);
    this.timer = null;
    this.ask();
  }

  /** Say something beside the slider; null, that all is well. */
  say(words, ...rest) {
    if (words === null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    const box = byId("again");
    const focused = box.contains(document.activeElement);
    box.hidden = words === null;
    box.replaceChildren(words ?? "", ...rest);
    // The button that was pressed is gone.
    if (focused) (box.querySelector("button") ?? byId("threshold")).focus({ preventScroll: true });
    if (words !== null) announce(words);
  }
}
