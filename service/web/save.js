// Copies and downloads.

import { announce, make } from "./dom.js";

/** Put text on the clipboard; browsers give its interface to secure origins only. */
export async function copy(text, button) {
  let done;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = copyByHand(text);
  }
  flash(button, done ? "Copied" : "Not copied");
}

function copyByHand(text) {
  const focused = document.activeElement;
  const field = make("textarea", { class: "hidden", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}

/** Save text as a file. */
export function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Show on a button for a moment what came of pressing it. */
function flash(button, words) {
  announce(words);
  button.dataset.label ??= button.textContent;
  button.textContent = words;
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => {
    button.textContent = button.dataset.label;
  }, 1600);
}
