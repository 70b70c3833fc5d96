"""Bodies that are refused or read: types, charsets, codings, sizes."""

from __future__ import annotations

import gzip
import tracemalloc

import orjson
import pytest
from flask.testing import FlaskClient

from tests.service.asking import JSON, TEXT, post, problem
from tests.service.serving_fake import PAGE, client


@pytest.fixture
def http() -> FlaskClient:
    return client()


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        ";",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/*",
        "textplain",
        "text/plain2; charset=utf-8",
    ],
)
def test_a_type_that_we_do_not_read_is_refused(http: FlaskClient, kind: str | None) -> None:
    response = post(http, PAGE, kind)
    problem(response, 415, "unsupported-type")
    read = "text/plain, text/markdown, text/html, application/xhtml+xml, application/json"
    assert response.headers["Accept-Post"] == read


def test_xhtml_is_read_as_html(http: FlaskClient) -> None:
    page = "<?xml version='1.0' encoding='windows-1251'?><html><body><p># Порт</p></body></html>"
    response = post(http, page.encode("windows-1251"), "application/xhtml+xml")
    assert response.json["text"] == "# Порт"


def test_types_are_known_in_any_case(http: FlaskClient) -> None:
    assert post(http, PAGE, 'Text/PLAIN ; Charset="UTF-8"').status_code == 200


@pytest.mark.parametrize(
    "charset", ["rot13", "zip", "hex", "klingon", "x" * 3000, "..", "unicode_escape", "undefined"]
)
@pytest.mark.parametrize("kind", ["text/plain", "text/markdown", "text/html"])
def test_a_charset_that_is_none_is_not_believed(http: FlaskClient, kind: str, charset: str) -> None:
    response = post(http, "# Füße \\x41".encode(), f"{kind}; charset={charset}")
    assert response.json["stories"][0]["text"].strip() == "# Füße \\x41"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"ab", "text/plain; charset=utf-8; charset=latin-1"),
        (b"{}", "application/json; charset=utf-16"),
        (b"%PDF-1.7 and so on", "text/plain"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "text/html"),
    ],
)
def test_what_is_not_text_is_refused(http: FlaskClient, body: bytes, kind: str) -> None:
    assert len(problem(post(http, body, kind), 400, "undecodable").detail) < 500


def test_the_same_charset_twice_is_no_contradiction(http: FlaskClient) -> None:
    assert post(http, PAGE, "text/plain; charset=utf-8; charset=UTF-8").status_code == 200


def test_half_a_surrogate_pair_in_another_encoding_is_refused(http: FlaskClient) -> None:
    response = post(http, b"a +2AA- b", "text/plain; charset=utf-7")
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert "\ud800" not in response.text
    else:
        problem(response, 400, "undecodable")


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "x"])
def test_a_content_coding_is_refused_until_one_is_read(http: FlaskClient, coding: str) -> None:
    response = http.post(
        "/v1/segment", data=b"x", content_type=TEXT, headers={"Content-Encoding": coding}
    )
    problem(response, 415, "unsupported-type")
    assert response.headers["Accept-Encoding"] == "identity"


def test_a_crowd_of_unknown_fields_costs_no_more_than_their_names(http: FlaskClient) -> None:
    body = orjson.dumps({"text": PAGE} | {f"x{number}": 0 for number in range(100_000)})
    tracemalloc.start()
    try:
        found = problem(post(http, body, JSON), 422, "invalid")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.errors or ()) == 10
    assert peak < 30 * len(body)


def test_the_limit_is_the_last_size_that_passes() -> None:
    http = client(max_body_bytes=100)
    assert post(http, b"x" * 100).status_code == 200
    assert "100" in problem(post(http, b"x" * 101), 413, "too-large").detail


def test_a_page_that_was_packed_unpacks_to_no_more_than_the_limit() -> None:
    http = client(max_body_bytes=10_000)
    assert post(http, gzip.compress(b"x" * 10_000)).status_code == 200
    for bomb in (b"x" * 10_001, gzip.compress(b"x" * 10_001)):
        problem(post(http, gzip.compress(bomb)), 400, "undecodable")


@pytest.mark.parametrize("length", ["-1", "abc", "", "1e3", "9" * 400])
def test_a_wrong_content_length_is_no_fault_of_ours(http: FlaskClient, length: str) -> None:
    response = http.post(
        "/v1/segment", data=b"x", content_type=TEXT, environ_overrides={"CONTENT_LENGTH": length}
    )
    assert 400 <= response.status_code < 500
    assert response.mimetype == "application/problem+json"


def test_nul_bytes_are_text_like_any_other(http: FlaskClient) -> None:
    assert post(http, b"a\x00b").status_code == 200
    assert post(http, b'{"text": "a\\u0000b"}', JSON).status_code == 200
