"""Pages that nobody would write, for a fuzz run. Needs hypothesis, of the extra `dev`."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from service.trials.load_pages import EXAMPLES

__all__ = ["FAMILIES", "Input", "pages"]


@dataclass(frozen=True, slots=True)
class Input:
    """One request: a body and what it says of itself."""

    body: bytes
    html: bool
    charset: str = "utf-8"


# What lines of a page are told by, and what breaks those who read them.
_TOKENS = (
    "\n", "\r\n", "\n\n\n", "\t", "\x0b", "\x0c", "\x85", "\u2028", "\u00a0", "\u200b", "\ufeff",
    "\u202e", "\u0301", "\x00", "\U0001f30a", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "ı",
    "ß", "Updated 3 May 2021", "By A. Reader", "PORT ELLAN:", "31/02/2023", "2024-13-99", "00:61",
    "Short Url", "Follow", "Read more", "  • ", "***", "-" * 40, "…", "“", "”", "¿", "。", "！",
    "www.example.org/a?b=c", "a@b.c", "1" * 50, "A" * 300, "word " * 80, "第三次会议。", "خبر عاجل",
    "# ", "## 3", "](http://example.org/a_(b)", "![", "[", "](/c \"", "**", "> ", "[1]: /d", "[1]",
    "</p>", "<br/>", "<p>", "&amp;", "&nbsp;", "and so they went on with it for the rest of\n" * 12,
)  # fmt: skip
_TAGS = (
    "p", "div", "span", "h1", "h3", "article", "section", "main", "nav", "aside", "footer", "ul",
    "li", "table", "tr", "td", "br", "hr", "script", "style", "template", "textarea", "title",
    "svg", "math", "noscript", "iframe", "select", "option", "pre", "a", "time", "figure", "x-y",
)  # fmt: skip
_ODD = (
    "<", ">", "</", "<!--", "-->", "<![CDATA[", "]]>", "<!doctype html>", "&amp;", "&#0;",
    "&#xD800;", "&#x110000;", "&nbsp", "&", "<p", "<p class='", '<a href="', "</p></p>",
    "<?xml?>", "\x00", '<script type="application/ld+json">', "</script>",
    '{"@type":"NewsArticle","headline":',
    '<time datetime="2024-99-99">', "<meta charset=utf-7>", "<base href=//x>", "<plaintext>",
)  # fmt: skip

_WORDS = st.text(st.characters(), max_size=30)
_LINES = st.lists(st.sampled_from(_TOKENS) | _WORDS, max_size=25).map("".join)
_REPEATED = st.builds(lambda unit, times: unit * times, _LINES, st.integers(1, 30))


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Inner HTML in a tag that may not be closed, or be closed by another."""
    closing = st.sampled_from(["", *(f"</{tag}>" for tag in _TAGS[:8])])
    attributes = st.sampled_from(["", ' class="story"', " hidden", ' id="a', " style=display:none"])
    return st.builds(
        lambda tag, more, text, end: f"<{tag}{more}>{text}{end or f'</{tag}>'}",
        st.sampled_from(_TAGS),
        attributes,
        inner,
        closing,
    )


_MARKUP = st.recursive(
    _WORDS | st.sampled_from(_ODD) | st.sampled_from(_TOKENS),
    lambda inner: _element(inner) | st.lists(inner, max_size=6).map("".join),
    max_leaves=25,
)


def _examples(*suffixes: str) -> list[str]:
    return [
        path.read_text(encoding="utf-8")
        for path in sorted(EXAMPLES.iterdir())
        if path.suffix in suffixes
    ]


def _damaged(texts: list[str], noise: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An example that is cut, in which something is put, and of which a part comes again."""
    at = st.floats(0, 1)

    def build(text: str, cut: float, where: float, more: str, again: float) -> str:
        kept = text[: int(cut * len(text))]
        place = int(where * len(kept))
        return kept[:place] + more + kept[place:] + kept[int(again * len(kept)) :]

    return st.builds(build, st.sampled_from(texts), at, at, noise, at)


def _encoded(text: st.SearchStrategy[str], html: bool) -> st.SearchStrategy[Input]:
    charsets = st.sampled_from(
        ["utf-8", "utf-8", "utf-16", "latin-1", "shift_jis", "koi8-r", "gb18030"]
    )
    return st.builds(
        lambda page, charset: Input(page.encode(charset, "replace"), html, charset), text, charsets
    )


_RAW = st.builds(
    Input, st.binary(max_size=600), st.booleans(), st.sampled_from(["utf-8", "klingon"])
)

#: By name, so that the report can say how many of which there were.
FAMILIES: dict[str, st.SearchStrategy[Input]] = {
    "text": _encoded(_LINES | _REPEATED, False),
    "text, a damaged example": _encoded(_damaged(_examples(".txt"), _LINES), False),
    "HTML": _encoded(_MARKUP, True),
    "HTML, a damaged example": _encoded(_damaged(_examples(".html"), _MARKUP), True),
    "bytes": _RAW,
}


def pages(family: str) -> st.SearchStrategy[Input]:
    """The inputs of one family."""
    return FAMILIES[family]
