// The page as people see it: every block with the gap before it, the stories and the furniture.
//
// A block's elements are made once a page. Drawing again only changes classes and the few seams,
// so that the slider stays quick on long pages and the focus stays where it is.

import { count, make, percent } from "./dom.js";

// Rows that are made at once; the rest follows piece by piece, so that the window never freezes.
const PIECE = 1500;
const LONG = 400;

export class PageView {
  /**
   * @param {HTMLElement} element
   * @param {{toggle: (block: number) => void, copy: Function, download: Function}} actions
   */
  constructor(element, actions) {
    this.element = element;
    this.actions = actions;
    this.rows = [];
    this.current = 0;
    this.turn = 0;
    element.addEventListener("keydown", (event) => this.onKey(event));
    element.addEventListener("focusin", (event) => {
      const row = event.target.closest?.(".row");
      if (row && event.target.classList.contains("gap")) this.setCurrent(this.rows.indexOf(row));
    });
  }

  /** Take a new page. */
  load(answer, points) {
    this.answer = answer;
    this.points = points;
    this.rows = [];
    this.current = 0;
    this.turn += 1;
    this.element.replaceChildren();
    this.element.classList.toggle("long", answer.blocks.length > LONG);
  }

  /** Show where the stories are. */
  show(arranged, removed) {
    this.arranged = arranged;
    this.removed = removed;
    for (let i = 0; i < this.rows.length; i++) this.paint(i);
    if (this.rows.length < this.answer.blocks.length) this.grow(PIECE, this.turn);
  }

  /** Go to a block. */
  go(block, { focus = false } = {}) {
    if (block >= this.rows.length) this.grow(block + 1 - this.rows.length, this.turn, false);
    const row = this.rows[block];
    if (row === undefined) return;
    // Rows out of sight are measured by guess until they come near; a second look lands right.
    row.scrollIntoView({ block: "start" });
    requestAnimationFrame(() => row.scrollIntoView({ block: "start" }));
    if (focus) row.querySelector(".gap").focus({ preventScroll: true });
  }

  /** First and last block between two heights of the window. */
  between(top, bottom) {
    const find = (height) => {
      let low = 0;
      let high = this.rows.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (this.rows[middle].getBoundingClientRect().top <= height) low = middle;
        else high = middle - 1;
      }
      return low;
    };
    return [find(top), find(bottom)];
  }

  grow(number, turn, more = true) {
    if (turn !== this.turn) return;
    const from = this.rows.length;
    const to = Math.min(from + number, this.answer.blocks.length);
    const piece = document.createDocumentFragment();
    for (let i = from; i < to; i++) {
      const row = this.row(i);
      this.rows.push(row);
      this.paint(i);
      piece.append(row);
    }
    this.element.append(piece);
    if (more && to < this.answer.blocks.length) {
      setTimeout(() => this.grow(PIECE, turn), 0);
    }
  }

  row(i) {
    const { start, end } = this.answer.blocks[i];
    const gap = make("button", {
      type: "button",
      class: "gap",
      tabindex: i === this.current ? 0 : -1,
      onclick: () => {
        this.actions.toggle(this.rows.indexOf(row));
        // The bar that asks to send the first change may have come over it.
        gap.scrollIntoView({ block: "nearest" });
      },
    });
    const text = make("p", { class: "block", dir: "auto" });
    text.textContent = this.points.slice(start, end);
    const row = make("div", { class: "row" }, make("div", { class: "edge" }, gap), text);
    return row;
  }

  paint(i) {
    const row = this.rows[i];
    const { arranged, answer } = this;
    const block = answer.blocks[i];
    const start = arranged.starts.get(i);
    const story = arranged.stories[arranged.storyOf[i]];
    const removed = start === undefined && this.removed.has(block.start);
    const furniture = arranged.furniture[i] === 1;
    const headline = story !== undefined && story.headlineBlock === i;

    const classes = ["row"];
    if (story !== undefined) classes.push("told", `story-${arranged.storyOf[i] % 6}`);
    if (furniture) classes.push("furniture");
    if (headline) classes.push("headline");
    if (start !== undefined) classes.push("start");
    if (removed) classes.push("removed");
    const name = classes.join(" ");
    if (row.className !== name) row.className = name;

    // Redrawn only where there is something to say or was.
    const plain = start === undefined && !removed;
    const was = row.dataset.state ?? "";
    const state = plain
      ? "plain"
      : JSON.stringify([start, removed, start && this.meta(story), story?.number, story?.edited]);
    if (was !== state) {
      row.dataset.state = state;
      this.paintEdge(row, i, start, removed, story);
    }
    // Grey is not to be heard.
    const spoken = row.querySelector(".spoken");
    if (furniture && spoken === null) {
      row.lastChild.before(make("span", { class: "hidden spoken" }, "Furniture: "));
    } else if (!furniture) spoken?.remove();
  }

  paintEdge(row, i, start, removed, story) {
    const edge = row.firstChild;
    const gap = edge.querySelector(".gap");
    const chance = percent(start?.probability ?? this.answer.blocks[i].start_probability);
    const where = `before “${excerpt(row.lastChild.textContent)}”`;
    // It begins with the words that are seen, by which people who speak to the page call it.
    const call = (words, rest) => gap.setAttribute("aria-label", `${words}${rest}`);
    for (const old of [...edge.children]) if (old !== gap) old.remove();
    row.querySelector(".teller")?.remove();

    if (start !== undefined) {
      const first = story.number === 1;
      const words = first ? "Remove" : "Remove seam";
      call(words, `${first ? " the first story’s start" : ""} ${where} (${chance})`);
      gap.replaceChildren(make("span", { class: "sign" }, "×"), words);
      edge.prepend(seamLabel(start, first), make("span", { class: "thread", "aria-hidden": "true" }));
      edge.after(this.teller(story));
    } else if (removed) {
      call("Put it back", `: the start ${where} (${chance})`);
      gap.replaceChildren(make("span", { class: "sign" }, "↺"), "Put it back");
      edge.prepend(
        make("span", { class: "seam" }, make("b", {}, "Removed by you"), ` the model says ${chance}`),
        make("span", { class: "thread", "aria-hidden": "true" }),
      );
    } else {
      const words = `Start a story here (${chance})`;
      call(words, `, ${where}`);
      gap.replaceChildren(
        make("span", { class: "sign" }, "+"),
        make("span", { class: "offer" }, words),
      );
    }
  }

  /** The line above a story: which one it is, and what can be done with it. */
  teller(story) {
    const button = (label, act) =>
      make(
        "button",
        {
          type: "button", class: "small", onclick: (event) => act(this.latest(story), event.currentTarget),
          "aria-label": `${label} story ${story.number}`,
        },
        label,
      );
    return make(
      "div",
      { class: "teller" },
      make("span", { class: "chip" }, String(story.number)),
      make(
        "h4",
        { class: "teller-title" },
        story.main ? "Main story" : `Story ${story.number}`,
        make("span", { class: "hidden" }, `: ${story.headline ?? excerpt(story.opening)}`),
      ),
      make("span", { class: "quiet meta" }, ...this.meta(story).flatMap(apart)),
      make(
        "span",
        { class: "teller-buttons" },
        button("Copy", this.actions.copy),
        button("Download", this.actions.download),
      ),
    );
  }

  /** The story of that number as it is now; its line may be older than its end. */
  latest(story) {
    return this.arranged.stories[story.number - 1];
  }

  meta(story) {
    const parts = [story.byline, story.published];
    if (story.edited) parts.push("changed by you");
    else {
      parts.push(`confidence ${percent(story.confidence)}`);
      if (!story.main) parts.push(`related ${percent(story.relatedness)}`);
    }
    return parts.filter(Boolean);
  }

  setCurrent(i) {
    if (i < 0 || i === this.current) return;
    this.rows[this.current]?.querySelector(".gap").setAttribute("tabindex", "-1");
    this.rows[i].querySelector(".gap").setAttribute("tabindex", "0");
    this.current = i;
  }

  onKey(event) {
    if (!event.target.classList.contains("gap")) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.current;
    const last = this.answer.blocks.length - 1;
    const starts = [...this.arranged.starts.keys()];
    const moves = {
      ArrowDown: event.shiftKey ? starts.find((i) => i > at) : Math.min(at + 1, last),
      ArrowUp: event.shiftKey ? starts.findLast((i) => i < at) : Math.max(at - 1, 0),
      Home: 0,
      End: last,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key];
    if (to === undefined) return;
    if (to >= this.rows.length) this.grow(to + 1 - this.rows.length, this.turn, false);
    const gap = this.rows[to].querySelector(".gap");
    gap.focus({ preventScroll: true });
    gap.scrollIntoView({ block: "nearest" });
  }
}

function seamLabel(start, first) {
  const what = first ? "First story" : "Seam";
  const chance = percent(start.probability);
  const label = make("span", { class: "seam" });
  if (start.byModel) label.append(make("b", {}, what), ` ${chance}`);
  else label.append(make("b", {}, `${what}, by you`), ` the model says ${chance}`);
  if (start.evidence.length) {
    const names = start.evidence.slice(0, 4);
    label.append(
      make("span", { class: "hidden" }, `, ${count(names.length, "reason")}: `),
      ...names.map((name) => make("span", { class: "evidence" }, name)),
    );
  }
  return label;
}

/** A part of a line, by itself: beside a name in Arabic a date would read backwards. */
const apart = (part, i) => [i ? " · " : null, make("bdi", {}, part)];

function excerpt(text) {
  const words = [...text.slice(0, 120)];
  return words.length > 48 ? `${words.slice(0, 48).join("").trimEnd()}…` : words.join("");
}
