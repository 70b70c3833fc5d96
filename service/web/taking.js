// The ways in which a page is given: typed or pasted, as a file, dropped, or as an example.

import { example } from "./client.js";
import { byId, count, held } from "./dom.js";
import { fromFile, fromText } from "./source.js";

// A text area with more than this makes every browser slow; a file can be larger.
const MOST_IN_FIELD = 1_000_000;

/**
 * Listen to all of them.
 *
 * @param {{open: (source: object) => Promise<void>, refuse: (error: Error) => void,
 *   mayLeave: () => boolean}} page `mayLeave` says whether the page before may go, with its edits
 */
export function takePages({ open, refuse, mayLeave }) {
  // A file that is too large for the field.
  let beside = null;
  const field = byId("text");
  const kind = () => new FormData(byId("form")).get("kind");

  // Grows with everything that people give: an example or a file may come later than what they
  // gave after it.
  let given = 0;

  /** Take the first file: into the field if it fits there, beside it if not. */
  async function take([file, ...others]) {
    if (!file || !mayLeave()) return;
    const mine = ++given;
    const source = await fromFile(file, kind());
    if (mine !== given) return;
    const fits = typeof source.body === "string" && source.body.length <= MOST_IN_FIELD;
    field.value = fits ? source.body : "";
    beside = fits ? null : file;
    const note = byId("file-note");
    const words = [];
    if (!fits) {
      words.push(`${file.name}, ${count(Math.ceil(file.size / 1000), "kB", "kB")}, is taken as it is.`);
    }
    if (others.length) {
      words.push(
        `${count(others.length, "other file was", "other files were")} not read: this page takes one at a time, storyseam bulk a folder.`,
      );
    }
    note.hidden = words.length === 0;
    note.textContent = words.join(" ");
    await open(source);
  }

  byId("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (held(event.submitter) || !mayLeave()) return;
    given += 1;
    try {
      await open(beside ? await fromFile(beside, kind()) : fromText(field.value, kind()));
    } catch (error) {
      // A file that was changed since cannot be read again.
      refuse(error);
    }
  });
  field.addEventListener("input", () => {
    given += 1;
    beside = null;
    byId("file-note").hidden = true;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("form").requestSubmit();
  });
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    take(files).catch(refuse);
  });
  byId("examples").addEventListener("click", async (event) => {
    const button = event.target.closest("[data-example]");
    if (button === null || !mayLeave()) return;
    const mine = ++given;
    try {
      const text = await example(button.dataset.example);
      if (mine !== given) return;
      field.value = text;
      beside = null;
      byId("file-note").hidden = true;
      const html = button.dataset.example.endsWith(".html");
      await open(fromText(text, html ? "html" : "text", button.textContent));
    } catch (error) {
      refuse(error);
    }
  });

  const drop = byId("drop");
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.hidden = true;
  });
  addEventListener("drop", (event) => {
    drop.hidden = true;
    if (!carriesFile(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files).catch(refuse);
  });
}
