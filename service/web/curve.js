// The probability that a story starts, along the page; with the stories as a band below it.

import { count, draw, percent } from "./dom.js";

const TOP = 10;
const BAND = 16;
const GAP = 5;
const SIDE = 10;
// Half the width of a peak: a start is a place, not a stretch, however long the blocks around it.
const PEAK = 9;

/** Draws into one SVG element; pressing it leads to that place of the page. */
export class Curve {
  /** @param {SVGSVGElement} svg @param {(block: number) => void} go */
  constructor(svg, go) {
    this.svg = svg;
    this.title = svg.querySelector("title");
    this.shown = null;
    this.line = draw("line", { class: "bar" });
    this.view = draw("rect", { class: "view", rx: 3 });
    new ResizeObserver(() => this.redraw()).observe(svg);
    svg.addEventListener("click", (event) => {
      if (this.shown !== null) go(this.blockAt(event.clientX - svg.getBoundingClientRect().left));
    });
  }

  /** Show an answer as it is arranged. */
  show(answer, arranged, length, threshold) {
    this.shown = { answer, arranged, length: Math.max(length, 1) };
    this.threshold = threshold;
    this.redraw();
  }

  /** Move the line of the threshold, before the answer to it is there. */
  moveThreshold(threshold) {
    this.threshold = threshold;
    const y = this.y(threshold);
    for (const [name, value] of Object.entries({ x1: 0, x2: this.width, y1: y, y2: y })) {
      this.line.setAttribute(name, value);
    }
  }

  /** Mark the blocks that can be seen in the window. */
  mark(first, last) {
    if (this.shown === null || this.width === undefined) return;
    const { blocks } = this.shown.answer;
    const left = this.x(blocks[first]?.start ?? 0);
    const right = this.x(blocks[last]?.end ?? 0);
    this.view.setAttribute("x", left);
    this.view.setAttribute("width", Math.max(3, right - left));
    this.view.setAttribute("y", 1);
    this.view.setAttribute("height", this.height - 2);
  }

  x(offset) {
    return SIDE + (offset / this.shown.length) * (this.width - 2 * SIDE);
  }

  y(probability) {
    return TOP + (1 - probability) * (this.height - TOP - BAND - GAP);
  }

  blockAt(x) {
    const { blocks } = this.shown.answer;
    let best = 0;
    blocks.forEach((block, i) => {
      if (this.x(block.start) <= x + 3) best = i;
    });
    return best;
  }

  redraw() {
    if (this.shown === null) return;
    const box = this.svg.getBoundingClientRect();
    if (box.width === 0) return;
    this.width = box.width;
    this.height = box.height;
    const { answer, arranged } = this.shown;
    this.svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    this.title.textContent = this.inWords();
    const points = this.points(answer.blocks, arranged);
    const path = peaks(points)
      .map(([x, p]) => `${x.toFixed(1)} ${this.y(p).toFixed(1)}`)
      .join("L");
    const floor = this.y(0);
    const end = this.width - SIDE;
    this.moveThreshold(this.threshold);
    this.svg.replaceChildren(
      this.title,
      this.view,
      draw("path", { class: "area", d: `M${SIDE} ${floor}L${path}L${end} ${floor}Z` }),
      draw("path", { class: "stroke", d: `M${path}L${end} ${floor}` }),
      this.line,
      ...this.band(answer.blocks, arranged),
      ...this.dots(answer.blocks, arranged),
    );
  }

  /** At most one point a pixel, the highest, so that a long page draws as fast as a short one. */
  points(blocks, { starts }) {
    const out = [];
    blocks.forEach((block, i) => {
      const x = this.x(block.start);
      const p = starts.get(i)?.probability ?? block.start_probability;
      const last = out.at(-1);
      if (last !== undefined && x - last[0] < 1) last[1] = Math.max(last[1], p);
      else out.push([x, p]);
    });
    return out.length ? out : [[SIDE, 0]];
  }

  band(blocks, { stories }) {
    const y = this.height - BAND;
    const out = [
      draw("rect", {
        class: "ground", x: SIDE, y, width: Math.max(0, this.width - 2 * SIDE), height: BAND, rx: 3,
      }),
    ];
    for (const story of stories) {
      const left = this.x(story.start);
      const width = Math.max(1, this.x(story.end) - left - 1);
      const colour = `story-${(story.number - 1) % 6}`;
      out.push(draw("rect", { class: `span ${colour}`, x: left, y, width, height: BAND, rx: 3 }));
      if (width > 18) {
        const middle = { x: left + width / 2, y: y + BAND - 4, class: `number ${colour}` };
        out.push(draw("text", middle, String(story.number)));
      }
    }
    return out;
  }

  dots(blocks, { starts, storyOf }) {
    return [...starts].map(([i, start]) =>
      draw(
        "circle",
        {
          class: `dot story-${storyOf[i] % 6}${start.byModel ? "" : " mine"}`,
          cx: this.x(blocks[i].start), cy: this.y(start.probability), r: 4.5,
        },
        draw("title", {}, `Story ${storyOf[i] + 1} starts: ${percent(start.probability)}`),
      ),
    );
  }

  inWords() {
    const { answer, arranged } = this.shown;
    const all = [...arranged.starts.values()].map((start) => percent(start.probability));
    const some = all.length > 8 ? `${all.slice(0, 8).join(", ")} and so on` : all.join(", ");
    return (
      `Probability that a story starts, along ${count(answer.blocks.length, "block")}.` +
      (all.length ? ` At the starts: ${some}.` : " No story starts.")
    );
  }
}

/** Points with the floor between those that stand far apart. */
function peaks(points) {
  const out = [];
  points.forEach(([x, p], i) => {
    const before = i > 0 ? points[i - 1][0] : -Infinity;
    const after = points[i + 1]?.[0] ?? Infinity;
    if (x - before > 2 * PEAK) out.push([x - PEAK, 0]);
    out.push([x, p]);
    if (after - x > 2 * PEAK) out.push([x + PEAK, 0]);
  });
  return out;
}
