// Elements are made here, and text gets into them here: by textContent, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/**
 * An element with attributes and children; a string child becomes a text node.
 * Event handlers go in as functions: make("button", { onclick: go }, "Go").
 */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/**
 * Say of a button that pressing it is of no use for now. It is not disabled: that would take the
 * focus away from those who pressed it by keyboard.
 */
export function hold(button, is) {
  button.setAttribute("aria-disabled", String(is));
}

/** Whether a button is held; null, as where a form is sent by a key, is none. */
export const held = (button) => button?.getAttribute("aria-disabled") === "true";

/** Say something to those who cannot see the page change. */
export function announce(words) {
  byId("announcer").textContent = words;
}

export const percent = (probability) => {
  const value = 100 * probability;
  // 99.96 % is not certainty, and 0.04 % is not nothing.
  if (value > 99.9 && value < 100) return "> 99.9 %";
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value >= 10 && value <= 99 ? Math.round(value) : Number(value.toFixed(1))} %`;
};

export const count = (number, one, many = `${one}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
