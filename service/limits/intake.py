"""From a request to a page: media type, character set, limits, JSON; strict, and never a 500.

`model.charset` decides what bytes mean. Here only what HTTP adds: which parameters count, what is
too much, and what JSON may hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.http import parse_options_header

from model.charset import decode
from model.errors import UndecodablePage
from model.granularity import Granularity
from model.page import Page
from model.stages import stage
from service.errors import (
    ACCEPTED,
    EmptyPage,
    Invalid,
    NotJson,
    TooLong,
    Undecodable,
    UnsupportedType,
)
from service.limits.body import Limits, read_body
from service.schemas import SegmentQuery, SegmentRequest

__all__ = [
    "Submission",
    "check_text",
    "read_json",
    "read_options",
    "read_page",
    "read_query",
    "read_submission",
]

Model = TypeVar("Model", bound=BaseModel)

_CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;,\s]*)", re.IGNORECASE)

# What a page can have too many of beside characters.
_LINES = "lines, or sentences of lost lines"

_MOST_FIELDS = 20
# Of unknown fields of an object; as many as a refusal names.
_MOST_UNKNOWN = 10
_NO_OPTIONS = SegmentQuery()

# XHTML is sent under both names, and read alike.
_HTML = frozenset({"text/html", "application/xhtml+xml"})

# JSON is UTF-8 (RFC 8259); the first is a subset of it.
_JSON_CHARSETS = frozenset({"us-ascii", "ascii", "utf-8", "utf8"})


@dataclass(frozen=True, slots=True)
class Submission:
    """A page as it came, and what to do with it."""

    text: str
    is_html: bool
    id: str | int | None
    threshold: float | None
    explain: bool
    blocks: bool
    granularity: Granularity = "story"

    @classmethod
    def asked(cls, asked: SegmentRequest, options: SegmentQuery, limits: Limits) -> Submission:
        """Of a request in JSON; what it does not say, ``options`` does.

        Raises
        ------
        EmptyPage, TooLong
        """
        text = asked.html if asked.is_html else asked.text
        check_text(text, limits)
        given = asked.model_fields_set
        return cls(
            text=text,
            is_html=asked.is_html,
            id=asked.id,
            threshold=asked.threshold if "threshold" in given else options.threshold,
            explain=asked.explain if "explain" in given else options.explain,
            blocks=asked.blocks if "blocks" in given else options.blocks,
            granularity=asked.granularity if "granularity" in given else options.granularity,
        )

    def page(self, limits: Limits) -> Page:
        """What the segmenter takes; see :func:`read_page`."""
        return read_page(self.text, limits, is_html=self.is_html)


def read_submission(request: Request, limits: Limits) -> Submission:
    """Read the page of a request.

    Parameters
    ----------
    request : Request
        One that may have any body, any headers and any query.
    limits : Limits

    Raises
    ------
    Problem
        The one that says what is wrong with it.
    """
    mimetype, charset = _media_type(request)
    options = read_options(request)
    body = read_body(request, limits)
    if mimetype == "application/json":
        return _from_json(body, charset, options, limits)
    html = mimetype in _HTML
    text = _decoded(body, charset, html=html, most=limits.body_bytes)
    check_text(text, limits)
    return Submission(
        text=text,
        is_html=html,
        id=None,
        threshold=options.threshold,
        explain=options.explain,
        blocks=options.blocks,
        granularity=options.granularity,
    )


@stage("decode")
def read_json(body: bytes, model: type[Model]) -> Model:
    """Parse and validate a JSON body."""
    try:
        value = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        if not _is_utf8(body):
            raise NotJson("The body is not JSON: JSON must be UTF-8.") from None
        hint = ""
        if "surrogate" in error.msg:
            hint = " A character beyond U+FFFF needs both halves of its surrogate pair."
        raise NotJson(f"The body is not JSON: {error}.{hint}") from None
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.")
    # Pydantic makes a kilobyte of each, and a body has room for a million.
    unknown = [name for name in value if name not in model.model_fields]
    for name in unknown[_MOST_UNKNOWN:]:
        del value[name]
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid.from_validation(error) from None


def _is_utf8(body: bytes) -> bool:
    """Whether a body that is no JSON is UTF-8 at least; ASCII in UTF-16 would pass for it."""
    if b"\0" in body[:4]:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _from_json(
    body: bytes, charset: str | None, options: SegmentQuery, limits: Limits
) -> Submission:
    if charset is not None and charset.lower() not in _JSON_CHARSETS:
        raise Undecodable(f"JSON is UTF-8; the charset {charset[:40]!r} cannot be.")
    return Submission.asked(read_json(body, SegmentRequest), options, limits)


def _media_type(request: Request) -> tuple[str, str | None]:
    """Media type and character set, or a refusal that says how to name them."""
    header = request.headers.get("Content-Type", "")
    mimetype, _ = parse_options_header(header)
    mimetype = mimetype.strip().lower()
    if mimetype not in ACCEPTED:
        given = f"{mimetype[:80]!r} is not" if mimetype else "A missing Content-Type cannot be"
        raise UnsupportedType(
            f"{given} read here; send {', '.join(ACCEPTED)} and name it, "
            "for example with curl -H 'Content-Type: text/plain'."
        )
    charsets = {found.strip('"').lower() for found in _CHARSET.findall(header)}
    if len(charsets) > 1:
        raise Undecodable("Content-Type names more than one charset.")
    return mimetype, next(iter(charsets), None) or None


def read_options(request: Request) -> SegmentQuery:
    """Options of the query string: each at most once, none unknown."""
    values = read_query(request)
    if not values:
        return _NO_OPTIONS
    try:
        return SegmentQuery.model_validate(values)
    except ValidationError as error:
        raise Invalid.from_validation(error) from None


def read_query(request: Request) -> dict[str, str]:
    """The fields of the query string, each at most once.

    Raises
    ------
    Invalid
    """
    if not request.query_string:
        return {}
    # Not request.args: it raises on a byte that is not UTF-8.
    try:
        pairs = parse_qsl(
            request.query_string.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise Invalid(f"The query has more than {_MOST_FIELDS} fields.") from None
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise Invalid.at(name[:80], "given more than once")
        values[name] = value
    return values


@stage("decode")
def _decoded(body: bytes, charset: str | None, *, html: bool, most: int) -> str:
    try:
        text = decode(body, charset, html=html, most=most)
    except UndecodablePage as error:
        raise Undecodable(str(error)) from None
    # Some codecs, UTF-7 among them, let half a surrogate pair through; JSON cannot carry it back.
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise Undecodable("The page holds half of a surrogate pair.") from None
    return text


def check_text(text: str, limits: Limits) -> None:
    """Refuse a page without content, or with more than is taken.

    Raises
    ------
    EmptyPage, TooLong
    """
    if len(text) > limits.characters:
        raise TooLong(limits.characters)
    if not text or text.isspace():
        raise EmptyPage("The page holds nothing but white space.")


def read_page(text: str, limits: Limits, *, is_html: bool) -> Page:
    """Text, or HTML with its markup, cut into blocks.

    Raises
    ------
    TooLong
        It has more blocks than are taken, of which the number is known only when they are cut; or
        it is HTML beyond what :func:`model.html.page_from_html` reads.
    """
    page = _read_html(text) if is_html else Page.from_text(text)
    if len(page) > limits.blocks:
        raise TooLong(limits.blocks, _LINES)
    return page


def _read_html(html: str) -> Page:
    """HTML as a page; its reader has limits of its own, whatever the settings allow."""
    from model import html as reader  # its parser is not needed for pages of text

    try:
        return reader.page_from_html(html)
    except UndecodablePage:
        if len(html) > reader.MAX_CHARACTERS:
            raise TooLong(reader.MAX_CHARACTERS) from None
        raise TooLong(reader.MAX_BLOCKS, _LINES) from None
