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
// What a browser makes of bytes that are not in the character set that they are said to be in, or
// are UTF-16, which nobody can declare in ASCII.
const ONLY_LOOKS_LIKE_TEXT = /[\0\x80-\x9f]/;
const CANNOT_BE_DECLARED = /^(?:utf-16|ucs-2|(?:cs)?unicode|iso-10646)/i;
// A mark in front, and every other byte of ASCII in UTF-16: tags are ASCII, however wide.
const AROUND_TAGS = /^(?:\xff\xfe|\xfe\xff|\xef\xbb\xbf)|\0/g;
const DECLARED =
  /<meta\s[^>]*?charset\s*=\s*["']?\s*([\w:.+-]{2,40})|^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w:.+-]{2,40})/i;
const OPENING = 100_000;
const DECLARED_IN = 4096;

/**
 * A page from a file: as text where the browser can tell what its bytes say, so that people see and
 * correct what they gave; as its bytes where it cannot. The service knows more character sets.
 */
export async function fromFile(file, kind) {
  const bytes = await file.arrayBuffer();
  const wanted = kind === "auto" && HTML_FILE.test(file.name) ? "html" : kind;
  const text = read(bytes, "utf-8");
  if (text !== null && !ONLY_LOOKS_LIKE_UTF8.test(text)) return fromText(text, wanted, file.name);
  const packed = isPacked(bytes);
  const opening = new TextDecoder("latin1")
    .decode(packed ? await unpackedOpening(bytes) : bytes.slice(0, OPENING))
    .replace(AROUND_TAGS, "");
  const page = fromText(opening, wanted, file.name);
  return { ...page, body: (packed ? null : readAsSaid(bytes, page.kind, opening)) ?? bytes };
}

/** Bytes in the character set of their mark, or that HTML declares; null where none is certain. */
function readAsSaid(bytes, kind, opening) {
  const [a, b, c, d] = new Uint8Array(bytes);
  if (a === 0xff && b === 0xfe && (c || d)) return read(bytes, "utf-16le");
  if (a === 0xfe && b === 0xff) return read(bytes, "utf-16be");
  const found = kind === "html" && DECLARED.exec(opening.slice(0, DECLARED_IN));
  const label = found ? (found[1] ?? found[2]) : "";
  const text = CANNOT_BE_DECLARED.test(label) ? null : read(bytes, label);
  return text === null || ONLY_LOOKS_LIKE_TEXT.test(text) ? null : text;
}

/** All bytes in a character set; null where they are not, or there is none of that name. */
function read(bytes, label) {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function isPacked(bytes) {
  const [a, b, c] = new Uint8Array(bytes);
  return a === 0x1f && b === 0x8b && c === 8;
}

/** How a page begins that is compressed with gzip; nothing where the browser cannot tell. */
async function unpackedOpening(bytes) {
  const pieces = [];
  try {
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let size = 0; size < OPENING; size += pieces.at(-1).length) {
      const { value, done } = await reader.read();
      if (done) break;
      pieces.push(value);
    }
    reader.cancel().catch(() => {});
  } catch {
    // Damaged, or an old browser: the name of the file says what it can.
  }
  return new Blob(pieces).slice(0, OPENING).arrayBuffer();
}
