"""The bytes of a scraped page -> its text, whatever encoding they are in or claim to be in.

In this order: byte order mark; UTF-8 where the bytes can hardly be anything else; what the caller
declares (HTTP); what the page declares (``meta``, XML prolog); UTF-8; what resiliparse detects.
Declarations are labels of the WHATWG encoding standard, so that "iso-8859-1" is windows-1252 as in
browsers, and codecs of Python that are no encodings of text ("rot13", "zip") are none here.
"""

from __future__ import annotations

import codecs
import re
import zlib
from unicodedata import category

import numpy as np
from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

from model.errors import UndecodablePage

__all__ = ["MAX_BYTES", "decode"]

MAX_BYTES = 64_000_000  # of a compressed page when it is unpacked; gzip can pack 1,000 to 1
MAX_LAYERS = 3  # servers that compress what is compressed already exist; Russian dolls are bombs
SURE_UTF8 = 20  # valid bytes above ASCII: by chance, in another encoding, less than 1 in 10**6
DECLARED_IN = 4096  # bytes; the standard says 1,024, pages do not keep to it
SAMPLE = 65_536
MAX_CONTROLS = 0.02  # share; text has none, but one page in some hundreds a few stray ones
FEW_LOST = 0.01  # share that the declared encoding may fail to read and still be the right one
MAX_LOST = 0.1  # share of characters that no encoding could read

_GZIP = b"\x1f\x8b\x08"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# As much of each as no text begins with: "RIFF 2023" is a film festival.
_BINARY = tuple(
    (re.compile(begin, re.DOTALL), kind)
    for begin, kind in (
        (rb"%PDF-", "a PDF document"),
        (rb"\x89PNG\r\n", "a PNG image"),
        (rb"\xff\xd8\xff", "a JPEG image"),
        (rb"GIF8[79]a", "a GIF image"),
        (rb"RIFF.{4}(WAVE|AVI |WEBP)", "a media file"),
        (rb"PK\x03\x04", "a ZIP archive or an office document"),
        (rb"\xd0\xcf\x11\xe0", "an old office document"),
        (rb"7z\xbc\xaf", "a 7z archive"),
        (rb"BZh[1-9]1AY&SY", "compressed with bzip2"),
        (rb"\xfd7zXZ\x00", "compressed with xz"),
        (rb"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (rb"\x7fELF", "a program"),
        (rb"OggS\x00", "a media file"),
        (rb"wOF[F2]", "a font"),
    )
)
# What the standard means by a label where Python's codec of that name knows fewer characters:
# "①", "㈱" and "髙" are in no strict Shift_JIS, but on many pages that declare it.
_WIDER = {
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
}
# One-byte encodings -> their cousins of Windows, which have signs and some letters at the places of
# C1 controls. What calls itself the one is often the other; for most the standard has one label.
_COUSINS = {
    "iso8859-2": "cp1250",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
    "iso8859-16": "cp1250",
}
# What resiliparse finds, or a page may declare, and its own table of labels lacks.
_UNNAMED = {
    "cp932": "cp932",
    "cp949": "cp949",
    "mac-cyrillic": "mac-cyrillic",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
}
_META = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.+-]{2,40})", re.IGNORECASE)
_PROLOG = re.compile(rb"^\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([a-zA-Z0-9_:.+-]{2,40})")
_HIGH = re.compile(rb"[\x80-\xff]")
_C1 = re.compile("[\x80-\x9f]")
_ESCAPE = re.compile(rb"\x1b\$[@B][!-~]{2}")  # to Japanese, in what is ASCII otherwise
_SPACE = re.compile(r"[\t\n\v\f\r\x85]")  # controls that text has
_CONTROLS = np.zeros(256, dtype=bool)
_CONTROLS[:32] = True
_CONTROLS[[9, 10, 11, 12, 13, 27]] = False  # white space, and the escapes of ISO-2022


def decode(
    data: bytes, declared: str | None = None, *, html: bool = False, most: int = MAX_BYTES
) -> str:
    """Decode a page; a wrong declaration is tolerated.

    Parameters
    ----------
    data : bytes
        As it came, gzip-compressed or not.
    declared : str, optional
        A charset label, or a whole Content-Type.
    html : bool, keyword-only
        Whether to look for a declaration in the page itself.
    most : int, keyword-only
        Bytes that a compressed page may unpack to.

    Raises
    ------
    UndecodablePage
        The bytes are no text, or unpack to more than ``most``.
    """
    data = _unpacked(data, most)
    # Editors leave it in front of templates that are in another encoding.
    marked = data.startswith(codecs.BOM_UTF8)
    if marked:
        data = data[len(codecs.BOM_UTF8) :]
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(encoding, "replace"))
    for begin, kind in _BINARY:
        if begin.match(data):
            raise UndecodablePage(f"it is {kind}, not text")
    codec = _codec(declared)
    wide = _wide(data, codec)
    if wide is not None:
        return _checked(wide)
    _refuse_controls(data)
    utf8 = _strict(data, "utf-8")
    if codec is None and html:
        codec = _declared_inside(data)
    if utf8 is not None and b"\x1b$" in data and _ESCAPE.search(data):
        japanese = data.decode("iso2022_jp", "replace")
        if japanese.count("\ufffd") <= max(2, FEW_LOST * len(japanese)):
            return japanese
    if utf8 is not None and (marked or _is_sure(data, codec)):
        return utf8
    if codec is not None:
        text = _strict(data, codec)
        if text is not None:
            return _without_c1(text, data, codec)
    return utf8 if utf8 is not None else _guessed(data, codec)


def _is_sure(data: bytes, codec: str | None) -> bool:
    """Whether valid UTF-8 is UTF-8 in spite of what is declared."""
    high = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) >= 0x80))
    return high >= SURE_UTF8 or (high > 0 and codec is not None and _one_byte(codec))


def _one_byte(codec: str) -> bool:
    return codec.startswith(("cp125", "iso8859", "koi8", "mac", "cp866", "cp874"))


def _codec(label: str | None) -> str | None:
    """Python's name of the encoding that a label stands for; None for no known label."""
    if not label:
        return None
    label = label[:200].lower()
    if "charset=" in label:
        label = label.partition("charset=")[2].partition(";")[0]
    elif "/" in label:
        return None
    label = label.strip(" \t\"'")
    known = _UNNAMED.get(label) or map_encoding_to_html5(label, False)
    return None if known is None else _WIDER.get(str(known), str(known))


def _declared_inside(data: bytes) -> str | None:
    head = data[:DECLARED_IN]
    found = _META.search(head) or _PROLOG.search(head)
    codec = _codec(found[1].decode("ascii")) if found else None
    # A declaration that could be read as ASCII is not in UTF-16: the standard takes it as UTF-8.
    return "utf-8" if codec is not None and codec.startswith("utf-16") else codec


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _guessed(data: bytes, declared: str | None = None) -> str:
    """Damaged UTF-8, else what is declared with a few bytes damaged, else what the bytes look
    like."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    high = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) >= 0xC0))
    if high >= 10 * lost or (lost == 1 and text.endswith("\ufffd")):
        return text
    if declared is not None and not declared.startswith("utf-"):
        text = data.decode(declared, "replace")
        if text.count("\ufffd") <= FEW_LOST * len(text):
            return text
    codec = _detected(data)
    return _checked(_without_c1(data.decode(codec, "replace"), data, codec))


def _without_c1(text: str, data: bytes, codec: str) -> str:
    """Text without controls that are signs of Windows; all of it as Windows has it, if one of them
    is a letter."""
    if codec not in _COUSINS or not (controls := list(_C1.finditer(text))):
        return text
    other = data.decode(_COUSINS[codec], "replace")
    if any(other[at.start()].isalpha() for at in controls):
        return other
    return _C1.sub(lambda at: other[at.start()], text)


def _detected(data: bytes) -> str:
    """What the bytes look like; windows-1252 where that is no encoding of the web."""
    high = _HIGH.search(data)
    # Of a long page resiliparse looks at both ends, which may be scripts in ASCII.
    sample = data[high.start() :] if high and high.start() > SAMPLE else data
    # With ``html5_compatible`` it says UTF-8 for what the standard has no label for: for Korean,
    # and for English with a few quotation marks, which it takes for "cp865".
    found = detect_encoding(sample, html5_compatible=False)
    return _codec(found) or "cp1252"


def _wide(data: bytes, declared: str | None) -> str | None:
    """The text of UTF-16 without its mark, if it is that: in Western text every other byte is
    zero, in other text those of spaces, figures and tags, on one side alone."""
    sample = np.frombuffer(data[: min(SAMPLE, len(data)) & ~1], dtype=np.uint8)
    if len(sample) < 8:
        return None
    even, odd = (float(np.mean(sample[at::2] == 0)) for at in (0, 1))
    said = declared is not None and declared.startswith("utf-16")
    if min(even, odd) > max(even, odd) / 8 or not (said or even or odd):
        return None
    codec = declared if even == odd else "utf-16-le" if odd > even else "utf-16-be"
    # A stray zero is not enough, and a label may be wrong.
    if not _has_controls(data) and not (said and _strict(data, "utf-8") is None):
        return None
    text = data.decode(str(codec), "replace")
    seen = text[:SAMPLE]
    unread = sum(sign == "\ufffd" or category(sign) in ("Cc", "Cn") for sign in seen)
    return text if unread - len(_SPACE.findall(seen)) <= max(2, MAX_CONTROLS * len(seen)) else None


def _refuse_controls(data: bytes) -> None:
    if _has_controls(data):
        raise UndecodablePage("it holds control characters as only binary data does")


def _has_controls(data: bytes) -> bool:
    # A short head: a file with text in its tail is still no text; and the whole must be linear.
    sample = np.frombuffer(data[:SAMPLE], dtype=np.uint8)
    few = max(2, MAX_CONTROLS * len(sample))
    return len(sample) > 0 and int(np.count_nonzero(_CONTROLS[sample])) > few


def _checked(text: str) -> str:
    """The text, unless too little of it could be read."""
    if text.count("\ufffd") > max(2, MAX_LOST * len(text)):
        raise UndecodablePage("its bytes are text in no encoding that we know of")
    return text


def _unpacked(data: bytes, most: int) -> bytes:
    """A gzip-compressed page without its compression; one that was cut short, as far as it goes."""
    for _ in range(MAX_LAYERS):
        if not data.startswith(_GZIP):
            return data
        data = _unzipped(data, most)
    if data.startswith(_GZIP):
        raise UndecodablePage(f"it is compressed more than {MAX_LAYERS} times over")
    return data


def _unzipped(data: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    room = most
    while data.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(data, room + 1)
        except zlib.error as problem:
            raise UndecodablePage(f"it is gzip data that will not unpack ({problem})") from problem
        room -= len(part)
        if room < 0:
            raise UndecodablePage(f"it is gzip data that unpacks to more than {most:,} bytes")
        parts.append(part)
        # A file may hold several members, as WARC files do, but each costs a copy of the rest.
        if not unpacker.eof or len(parts) >= 64:
            break
        data = unpacker.unused_data
    return b"".join(parts)
