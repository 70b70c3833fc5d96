// The bar that a gap has to reach: the model's own way, or one that a person sets.

import { byId, percent } from "./dom.js";

export class Threshold {
  /** @param {() => void} moved called when a person has set another one */
  constructor(moved) {
    // null: the model's own way, whose bar is `own` for each gap of a page that is cut at all.
    this.value = null;
    this.own = 0.5;
    this.ofPage = null;
    this.slider = byId("threshold");
    this.reset = byId("threshold-reset");
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value) / 100, moved));
    this.reset.addEventListener("click", () => {
      this.set(null, moved);
      this.slider.focus();
    });
  }

  /** What is drawn. */
  get bar() {
    return this.value ?? this.own;
  }

  /** Learn the model's own way from its card. */
  learn(card) {
    const own = card.further ?? card.threshold;
    if (typeof own === "number") this.own = own;
    this.ofPage = typeof card.further === "number" ? card.threshold : null;
    this.show();
  }

  set(value, moved) {
    this.value = value;
    this.show();
    moved();
  }

  show() {
    this.slider.value = Math.round(100 * this.bar);
    byId("threshold-value").textContent = `${this.slider.value} %`;
    this.slider.setAttribute("aria-valuetext", `${this.slider.value} percent`);
    this.reset.disabled = this.value === null;
    byId("threshold-hint").textContent = this.inWords();
  }

  inWords() {
    if (this.value !== null) {
      return `Set by you: every gap of ${percent(this.value)} or more is a seam.`;
    }
    if (this.ofPage === null) return `The model’s own: a gap of ${percent(this.own)} or more is a seam.`;
    return (
      `The model’s own: a page is cut only if a second story is ${percent(this.ofPage)} certain, ` +
      `and then at every gap of ${percent(this.own)} or more.`
    );
  }
}
