// The page: takes a page of news, asks the service, shows the stories, and lets people correct.

import { Again, SLOW } from "./again.js";
import { currentModel, Refused, segment } from "./client.js";
import { CodePoints } from "./code_points.js";
import { CorrectionBar } from "./correction.js";
import { Curve } from "./curve.js";
import { announce, byId, count, hold, make, percent } from "./dom.js";
import { hideKey, keyProblem, offerKey } from "./key.js";
import { PageView } from "./page_view.js";
import { copy, download } from "./save.js";
import { arrange, asText, corrected, Edits, modelStarts, sameBlocks } from "./stories.js";
import { takePages } from "./taking.js";
import { Threshold } from "./threshold.js";

const edits = new Edits();
// `known` is the version whose own threshold is.
const state = {
  source: null, answer: null, points: null, arranged: null, known: null, opening: null,
};

const view = new PageView(byId("page"), {
  toggle: (block) => {
    edits.toggle(state.answer.blocks[block].start, modelStarts(state.answer));
    redraw();
    const on = state.arranged.starts.has(block);
    announce(`${on ? "A story starts here" : "No story starts here"}. ${headline()}`);
  },
  copy: (story, button) => copy(asText(story), button),
  download: (story) => download(`story-${story.number}.txt`, asText(story), "text/plain"),
});
const curve = new Curve(byId("curve"), (block) => view.go(block));
const threshold = new Threshold(() => {
  if (state.answer !== null) curve.moveThreshold(threshold.bar);
  again.ask();
});
const again = new Again({
  wanted: () => ({ source: state.source, threshold: threshold.value }),
  show: (answer, milliseconds) => {
    // A sentence that a story begins within is two blocks, as long as the story is told.
    const same = sameBlocks(answer, state.answer);
    state.answer = answer;
    if (same) view.answer = answer;
    else view.load(answer, state.points);
    refuse(null);
    redraw();
    if (milliseconds !== null) timing(milliseconds);
    announce(headline());
    if (state.known !== answer.model) learn();
  },
  refuse: (error) =>
    refuse(error, () => {
      // The field of the key goes, once it does.
      byId("threshold").focus();
      again.ask();
    }),
});
const bar = new CorrectionBar({
  undo: () => {
    edits.clear();
    redraw();
    byId("send").focus();
  },
  current: () =>
    state.answer && {
      source: state.source,
      text: state.answer.text,
      starts: state.arranged.stories.map((story) => story.start),
    },
});

// --- from a page to an answer ---------------------------------------------------------------

/** Segment a new page and show it. */
async function open(source) {
  state.opening?.abort();
  const opening = new AbortController();
  state.opening = opening;
  busy(true);
  const asked = threshold.value;
  try {
    const { answer, milliseconds } = await segment(source, asked, opening.signal);
    edits.clear();
    bar.clear();
    Object.assign(state, { source, answer, points: new CodePoints(answer.text) });
    again.begin(asked, answer);
    refuse(null);
    byId("result").hidden = false;
    byId("editor").open = false;
    byId("editor-summary").textContent = `Your page${source.name ? `: ${source.name}` : ""}`;
    view.load(answer, state.points);
    redraw();
    timing(milliseconds);
    announce(headline());
    byId("result-title").focus({ preventScroll: true });
    byId("result").scrollIntoView({ block: "start" });
    if (state.known !== answer.model) learn();
    // The slider may have been moved meanwhile.
    if (threshold.value !== asked) again.ask();
  } catch (error) {
    if (error.name !== "AbortError") refuse(error, () => open(source));
  } finally {
    if (state.opening === opening) busy(false);
  }
}

/** Show the answer and the edits as they are now. */
function redraw() {
  const { answer, points } = state;
  state.arranged = arrange(answer, points, edits);
  view.show(state.arranged, edits.removed);
  curve.show(answer, state.arranged, points.length, threshold.bar);
  outline();
  byId("result-title").textContent = headline();
  bar.show(edits);
  where();
}

function headline() {
  const { stories } = state.arranged;
  const seams = Math.max(0, stories.length - 1);
  if (stories.length === 0) return "No story on this page";
  return `${count(stories.length, "story", "stories")}, ${count(seams, "seam")}`;
}

function outline() {
  const { stories } = state.arranged;
  const items = stories.map((story) => {
    const facts = [count(story.end - story.start, "character")];
    if (story.edited) facts.push("changed by you");
    else if (story.main) facts.push("main");
    else facts.push(`related ${percent(story.relatedness)}`);
    return make(
      "li",
      { class: `story-${(story.number - 1) % 6}` },
      make(
        "button",
        { type: "button", class: "entry", onclick: () => view.go(story.first, { focus: true }) },
        make("span", { class: "chip", "aria-hidden": "true" }, String(story.number)),
        make(
          "span",
          {},
          make("span", { class: "entry-title", dir: "auto" }, story.headline ?? story.opening),
          make("span", { class: "quiet" }, facts.join(" · ")),
        ),
      ),
    );
  });
  if (!items.length) items.push(make("li", { class: "quiet" }, "None."));
  byId("outline").replaceChildren(...items);
}

function timing(milliseconds) {
  const { answer } = state;
  byId("timing").textContent =
    `${count(answer.blocks.length, "block")} in ${Math.round(milliseconds)} ms`;
  byId("model").textContent = `Model ${answer.model}`;
}

let slow;
function busy(is) {
  const said = byId("reading");
  clearTimeout(slow);
  if (is) slow = setTimeout(() => said.replaceChildren("Reading the page…"), SLOW);
  else said.replaceChildren();
  hold(byId("find"), is);
  document.body.classList.toggle("busy", is);
}

/** Say why something went wrong; null, that nothing does. With a key, `retry` may help. */
function refuse(error, retry = null) {
  const box = byId("problem");
  box.hidden = error === null;
  if (error === null) {
    hideKey();
    return;
  }
  const known = error instanceof Refused;
  const [title, words] = known ? keyProblem(error) : ["Something went wrong", String(error)];
  box.replaceChildren(make("b", {}, title), ` ${words}`);
  box.scrollIntoView({ block: "nearest" });
  if (error.wantsKey) offerKey(retry);
}

/** Learn what the model's own threshold is: without a key at first, and after a swap, anew. */
async function learn() {
  try {
    const card = await currentModel();
    state.known = card.version;
    byId("model").textContent = `Model ${card.version}`;
    threshold.learn(card);
  } catch {
    // A page that is given will say what is wrong.
    threshold.show();
  }
  if (state.answer !== null) curve.moveThreshold(threshold.bar);
}

// --- getting a page -------------------------------------------------------------------------

takePages({
  open,
  refuse,
  mayLeave: () =>
    !bar.unsent || confirm("Your correction has not been sent, and would be lost. Go on without it?"),
});

// --- what can be had ------------------------------------------------------------------------

/** What is seen, as the API gives it, without what only this page asks for. */
function json() {
  const seen = edits.count ? corrected(state.answer, state.arranged) : state.answer;
  const { blocks, ...answer } = seen;
  return `${JSON.stringify(answer, null, 2)}\n`;
}

byId("copy-json").addEventListener("click", (event) => copy(json(), event.currentTarget));
byId("download-json").addEventListener("click", () => {
  download("storyseam.json", json(), "application/json");
});

// --- where we are ---------------------------------------------------------------------------

let asked = false;
function where() {
  if (asked || state.answer === null) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (!view.rows.length) return;
    const top = Math.max(0, byId("instrument").getBoundingClientRect().bottom);
    curve.mark(...view.between(top, innerHeight));
  });
}
addEventListener("scroll", where, { passive: true });
addEventListener("resize", where);

// --- at the start ---------------------------------------------------------------------------

// What was changed and not sent would be gone.
addEventListener("beforeunload", (event) => {
  if (bar.unsent) event.preventDefault();
});
await learn();
document.documentElement.dataset.ready = "";
