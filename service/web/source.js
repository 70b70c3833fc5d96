// From what people paste or drop to a page that can be sent. The command line tells HTML from text
// by the same rule, in service/opening.py.

const LOOKS_LIKE_HTML =
  /^\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i;
const CLOSES_A_BLOCK = /<\/(?:p|div|article|section|main|h[1-6]|ul|table|body|html)\s*>/i;
const HTML_FILE = /\.x?html?(?:\.(?:gz|xz|zst))?$/i;

/** Whether a text is HTML: it begins with a tag, and has the tags that a page is made of. */
export function looksLikeHtml(text) {
  const opening = text.slice(0, 100_000);
  return (
    LOOKS_LIKE_HTML.test(opening) || (/^\s*</.test(opening) && CLOSES_A_BLOCK.test(opening))
  );
}

/** A page from text. `kind` is "text", "html" or "auto". */
export function fromText(text, kind, name = null) {
  const html = kind === "html" || (kind === "auto" && looksLikeHtml(text));
  return { kind: html ? "html" : "text", body: text, name };
}

// Bytes that are UTF-8 and mean something else: ISO-2022-JP and its like, UTF-16 without a mark.
const ONLY_LOOKS_LIKE_UTF8 = /\x1b[$(]|\0/;

/** A page from a file: as text where it is UTF-8, as its bytes where it is not. */
export async function fromFile(file, kind) {
  const bytes = await file.arrayBuffer();
  const wanted = kind === "auto" && HTML_FILE.test(file.name) ? "html" : kind;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (ONLY_LOOKS_LIKE_UTF8.test(text)) throw new TypeError("not UTF-8");
    return fromText(text, wanted, file.name);
  } catch {
    // Tags are ASCII in every character set that a page is likely to have.
    const opening = new TextDecoder("latin1").decode(bytes.slice(0, 100_000));
    return { ...fromText(opening, wanted, file.name), body: bytes };
  }
}
