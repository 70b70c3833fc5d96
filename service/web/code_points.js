// Offsets of the service count Unicode code points; JavaScript strings count UTF-16 units.

const HIGH = /[\ud800-\udbff](?=[\udc00-\udfff])/g;

/** Cuts one text by code point offsets. */
export class CodePoints {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    // Where the characters that take two units stand, counted in code points.
    this.wide = [];
    for (const match of text.matchAll(HIGH)) {
      this.wide.push(match.index - this.wide.length);
    }
    this.length = text.length - this.wide.length;
  }

  /** The UTF-16 offset of a code point offset. */
  unit(offset) {
    let low = 0;
    let high = this.wide.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.wide[middle] < offset) low = middle + 1;
      else high = middle;
    }
    return offset + low;
  }

  /** The text between two code point offsets. */
  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}
