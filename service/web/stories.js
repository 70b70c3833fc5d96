// An answer of the service and what a person changed -> which block belongs to which story.

/** What a person changed: starts that the model did not see, and starts that are none. */
export class Edits {
  constructor() {
    this.added = new Set();
    this.removed = new Set();
  }

  get count() {
    return this.added.size + this.removed.size;
  }

  /** Turn the gap before an offset over, given where the model sees starts. */
  toggle(offset, modelStarts) {
    const byModel = modelStarts.has(offset);
    // What is seen is turned over: another threshold may since have made the model agree.
    const wanted = !this.isStart(offset, byModel);
    this.added.delete(offset);
    this.removed.delete(offset);
    if (wanted !== byModel) (wanted ? this.added : this.removed).add(offset);
  }

  /** Whether a story starts at an offset after all. */
  isStart(offset, byModel) {
    return (byModel && !this.removed.has(offset)) || this.added.has(offset);
  }

  clear() {
    this.added.clear();
    this.removed.clear();
  }
}

/** Where the model sees stories start. */
export const modelStarts = (answer) => new Set(answer.stories.map((story) => story.start));

/** Whether two answers to one page have the same blocks. */
export const sameBlocks = (one, other) =>
  one.blocks.length === other.blocks.length &&
  one.blocks.every((block, i) => block.start === other.blocks[i].start);

/**
 * Lay an answer and the edits over the blocks.
 * @returns {{stories: Array, storyOf: Int32Array, furniture: Uint8Array, starts: Map}}
 *   `storyOf[i]` is the story of block i or -1; `starts` maps a block to its start.
 */
export function arrange(answer, points, edits) {
  const { blocks } = answer;
  const said = modelStarts(answer);
  const seams = new Map(answer.seams.map((seam) => [seam.offset, seam]));
  const known = new Map(answer.stories.map((story) => [story.start, story]));
  const storyOf = new Int32Array(blocks.length).fill(-1);
  const furniture = new Uint8Array(blocks.length);
  const starts = new Map();
  const stories = [];

  blocks.forEach((block, i) => {
    const byModel = said.has(block.start);
    const isStart = edits.isStart(block.start, byModel);
    if (isStart) {
      starts.set(i, {
        // What was decided by; a block's own chance is of its lines alone, before the review.
        probability: seams.get(block.start)?.probability ?? block.start_probability,
        evidence: seams.get(block.start)?.evidence ?? [],
        byModel,
      });
      stories.push({ number: stories.length + 1, first: i, last: i });
    }
    const story = stories.at(-1);
    furniture[i] = !isStart && (story === undefined || block.outside >= 0.5) ? 1 : 0;
    if (story !== undefined && !furniture[i]) story.last = i;
  });

  for (const story of stories) {
    const start = blocks[story.first].start;
    const end = blocks[story.last].end;
    const own = [];
    for (let i = story.first; i <= story.last; i++) {
      storyOf[i] = story.number - 1;
      if (!furniture[i]) own.push(i);
    }
    const model = known.get(start);
    const text = (i) => points.slice(blocks[i].start, blocks[i].end);
    Object.assign(story, { start, end });
    if (model !== undefined && model.end === end) {
      Object.assign(story, model, { edited: false });
    } else {
      Object.assign(story, {
        edited: true,
        main: model?.main ?? false,
        headline: model?.headline ?? text(story.first),
        byline: model?.byline ?? null,
        published: model?.published ?? null,
        published_words: model?.published_words ?? null,
        updated: model?.updated ?? null,
        updated_words: model?.updated_words ?? null,
        confidence: null,
        relatedness: null,
        text: own.slice(1).map(text).join("\n\n"),
      });
    }
    story.opening = text(story.first);
    // The block that the headline came from, to show it as one; undefined where there is none.
    const { headline } = story;
    story.headlineBlock = own
      .slice(0, 12)
      .find((i) => text(i) === headline || unmarked(text(i)) === headline);
  }
  return { stories, storyOf, furniture, starts };
}

/** A line without the signs of Markdown, and the wrapped breaks, that a headline is told without. */
function unmarked(line) {
  return line.replace(/^#+\s+|\*\*|<[^<>]*>|\]\([^\s()]*\)|\[/g, "").replace(/\s+/g, " ").trim();
}

/**
 * An answer with its stories as a person changed them: in the API's form, but that nothing is known
 * of how sure a story is, or how related, that the model did not see.
 */
export function corrected(answer, { stories, starts }) {
  return {
    ...answer,
    corrected: true,
    stories: stories.map(({ number, first, last, opening, headlineBlock, edited, ...story }) => story),
    seams: stories.slice(1).map((story) => {
      const { probability, evidence, byModel } = starts.get(story.first);
      return { offset: story.start, probability: byModel ? probability : null, evidence };
    }),
  };
}

/** A story as people want to have it: headline, who and when, body. */
export function asText(story) {
  const credits = [story.byline, story.published].filter(Boolean).join(", ");
  return [story.headline, credits, story.text].filter(Boolean).join("\n\n") + "\n";
}
