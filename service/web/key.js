// The key of a service that asks for one: given by hand, kept in no storage of the browser.

import { useKey } from "./client.js";
import { byId } from "./dom.js";

const form = byId("key-form");
const field = byId("key");
let then = null;

field.addEventListener("input", () => useKey(field.value));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  then?.();
});

/** What is wrong with the key, for people who do not write requests by hand. */
export function keyProblem(error) {
  if (error.status !== 401) return [error.title, error.message];
  return field.value.trim() === ""
    ? ["This service asks for a key", "Whoever runs it gives them out. Enter yours below."]
    : ["Unknown key", "The service does not know this key, or no longer does."];
}

/** Show the field for a key; with one, `retry` is what was wanted. */
export function offerKey(retry) {
  then = retry;
  form.hidden = false;
  field.focus();
}

/** The key does, or none is needed. */
export function hideKey() {
  form.hidden = true;
}
