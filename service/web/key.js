// The key of a service that asks for one: given by hand, kept in no storage of the browser.

import { useKey } from "./client.js";
import { byId } from "./dom.js";

const box = byId("key-box");
byId("key").addEventListener("input", (event) => useKey(event.target.value));

/** Show the field for a key, if what went wrong was for want of one. */
export function offerKey(error) {
  if (!error.wantsKey) return;
  box.hidden = false;
  byId("key").focus();
}
