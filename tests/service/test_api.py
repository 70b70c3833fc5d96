"""The endpoints: what goes in, what comes out, and that every refusal is a problem document."""

from __future__ import annotations

import gzip
import json
import tracemalloc

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.schemas import ModelCard, ModelList, ProblemDocument, SegmentResponse
from tests.service.serving_fake import PAGE, Predictor, client

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@pytest.fixture
def predictor() -> Predictor:
    return Predictor()


@pytest.fixture
def http(predictor: Predictor) -> FlaskClient:
    return client(predictor)


def post(
    http: FlaskClient, body: bytes | str, kind: str | None = TEXT, query: str = ""
) -> TestResponse:
    return http.post(f"/v1/segment{query}", data=body, content_type=kind)


def post_json(http: FlaskClient, value: object) -> TestResponse:
    return post(http, json.dumps(value), JSON)


def problem(response: TestResponse, status: int, kind: str | None = None) -> ProblemDocument:
    """Check the shape that every refusal has, and give it back."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    found = ProblemDocument.model_validate_json(response.data)
    assert found.status == status
    assert found.type == (f"urn:storyseam:problem:{kind}" if kind else "about:blank")
    assert found.title
    assert found.detail
    assert found.request_id == response.headers["X-Request-ID"]
    return found


def test_text_gives_stories_whose_offsets_cut_the_page(http: FlaskClient) -> None:
    response = post(http, PAGE)
    assert response.status_code == 200
    answer = SegmentResponse.model_validate_json(response.data, strict=True)
    assert [PAGE[s.start : s.end] for s in answer.stories] == [PAGE[:14], PAGE[14:]]
    assert [seam.offset for seam in answer.seams] == [14]
    assert "text" not in response.json
    assert "id" not in response.json


def test_html_carries_the_text_that_its_offsets_refer_to(http: FlaskClient) -> None:
    response = post(http, "<html><body><p># Eins</p><p># Zwei</p></body></html>", "text/html")
    assert response.status_code == 200
    answer = SegmentResponse.model_validate_json(response.data, strict=True)
    assert answer.text is not None
    assert "<p>" not in answer.text
    assert "# Eins" in answer.text


def test_json_echoes_its_id_and_passes_its_options_on(
    http: FlaskClient, predictor: Predictor
) -> None:
    response = post_json(http, {"text": PAGE, "id": "a/1", "threshold": 0.25, "explain": True})
    assert response.json["id"] == "a/1"
    assert predictor.asked[-1] == (0.25, True)
    assert post_json(http, {"text": PAGE, "id": 7}).json["id"] == 7
    assert post(http, '{"text": "a", "id": 7.0}', JSON).json["id"] == 7
    assert post_json(http, {"text": PAGE, "id": -(2**63)}).json["id"] == -(2**63)
    assert predictor.asked[-1] == (None, False)


def test_json_may_hold_html(http: FlaskClient) -> None:
    assert "text" in post_json(http, {"html": "<p># A</p>"}).json


def test_query_options_reach_the_model(http: FlaskClient, predictor: Predictor) -> None:
    assert post(http, PAGE, query="?threshold=0.75&explain=true").status_code == 200
    assert predictor.asked[-1] == (0.75, True)
    body = json.dumps({"text": PAGE, "threshold": 0.1})
    assert post(http, body, JSON, "?threshold=0.9&explain=1").status_code == 200
    assert predictor.asked[-1] == (0.1, True)


def test_blocks_come_with_their_probabilities_and_the_text(http: FlaskClient) -> None:
    page = "# \U0001f30a one\r\n\tbody \n\n# two"
    for response in (
        post(http, page, query="?blocks=1"),
        post_json(http, {"text": page, "blocks": True}),
    ):
        answer = SegmentResponse.model_validate_json(response.data, strict=True)
        assert answer.text == page
        assert answer.blocks is not None
        cut = [page[block.start : block.end] for block in answer.blocks]
        assert cut == ["# \U0001f30a one", "body", "# two"]
        assert [block.start_probability for block in answer.blocks] == [0.75, 0.0, 0.75]
    body = json.dumps({"text": page, "blocks": False})
    assert "blocks" not in post(http, body, JSON, "?blocks=1").json


def test_text_is_decoded_by_the_charset_that_it_names(http: FlaskClient) -> None:
    response = post(http, "# Füße\nx".encode("latin-1"), "text/plain; charset=iso-8859-1")
    assert response.json["stories"][0]["headline"] == "# Füße\nx"


def test_offsets_count_code_points(http: FlaskClient) -> None:
    page = "# e\u0301 \U0001f30a\r\n\tx\u00a0y\n# two\n"
    for response in (post(http, page), post_json(http, {"text": page})):
        assert response.json["seams"][0]["offset"] == page.index("# two")


def test_a_byte_order_mark_before_json_is_no_error(http: FlaskClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"text": PAGE}).encode()
    assert post(http, body, JSON).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "text/plain"),
        (b" \r\n\t ", "text/plain"),
        ("\u00a0\u2003".encode(), TEXT),
        (b"", "text/html"),
        (b"", JSON),
        (b'{"text": "  "}', JSON),
        (b'{"html": ""}', JSON),
    ],
)
def test_an_empty_page_is_refused(http: FlaskClient, body: bytes, kind: str) -> None:
    problem(post(http, body, kind), 400, "empty-page")


@pytest.mark.parametrize(
    "body",
    [
        b"page",
        b"{",
        b'{"text": NaN}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\\udc00 x"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"text": "a", "threshold": 1e999}',
        b'{"text": "a"} {"text": "b"}',
        b"\x00",
    ],
)
def test_what_is_not_json_is_refused(http: FlaskClient, body: bytes) -> None:
    problem(post(http, body, JSON), 400, "not-json")


def test_half_a_surrogate_pair_is_named_as_the_reason(http: FlaskClient) -> None:
    assert "surrogate" in problem(post(http, b'{"text": "\\ud800"}', JSON), 400, "not-json").detail


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "(body)"),
        ({"text": "a", "html": "b"}, "(body)"),
        ({"text": "a", "colour": 1}, "colour"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"html": ["a"]}, "html"),
        ({"text": "a", "threshold": 1.01}, "threshold"),
        ({"text": "a", "threshold": -0.01}, "threshold"),
        ({"text": "a", "threshold": True}, "threshold"),
        ({"text": "a", "threshold": "0.5"}, "threshold"),
        ({"text": "a", "threshold": 10**40}, "threshold"),
        ({"text": "a", "explain": 1}, "explain"),
        ({"text": "a", "explain": "yes"}, "explain"),
        ({"text": "a", "blocks": 1}, "blocks"),
        ({"text": "a", "id": 1.5}, "id"),
        ({"text": "a", "id": True}, "id"),
        # As a float, which it is read as, it would come back as another one.
        ({"text": "a", "id": -(2**63) - 1}, "id"),
        ({"text": "a", "id": 2**64}, "id"),
        ({"text": "a", "id": 1e18}, "id"),
    ],
)
def test_what_the_schema_does_not_know_is_refused_by_field(
    http: FlaskClient, value: object, field: str
) -> None:
    found = problem(post_json(http, value), 422, "invalid")
    assert found.errors
    assert found.errors[0]["field"] == field
    # One reason, and none of the words of the library that checks.
    assert len(found.errors) == 1
    assert "function-" not in found.detail


@pytest.mark.parametrize("value", [[], "text", 5, None, True])
def test_json_must_be_an_object(http: FlaskClient, value: object) -> None:
    problem(post_json(http, value), 422, "invalid")


def test_refusals_stay_small_and_do_not_repeat_the_page(http: FlaskClient) -> None:
    response = post_json(http, {"text": "secret", **{"x" * 5000 + str(n): n for n in range(99)}})
    problem(response, 422, "invalid")
    assert len(response.data) < 5000
    assert b"secret" not in response.data


@pytest.mark.parametrize(
    "query",
    [
        "?threshold=2",
        "?threshold=-1",
        "?threshold=nan",
        "?threshold=inf",
        "?threshold=",
        "?threshold=half",
        "?threshold=0.1&threshold=0.2",
        "?explain=perhaps",
        "?blocks=some",
        "?colour=red",
        "?%ff=%fe",
        "?threshold=%ED%A0%80",
    ],
)
def test_a_query_that_says_nothing_we_know_is_refused(http: FlaskClient, query: str) -> None:
    problem(post(http, PAGE, query=query), 422, "invalid")


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


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/segment", "POST"),
        ("DELETE", "/v1/segment", "POST"),
        ("POST", "/healthz", "GET"),
        ("PATCH", "/v1/models", "GET"),
        ("BREW", "/readyz", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(
    http: FlaskClient, method: str, path: str, allowed: str
) -> None:
    response = http.open(path, method=method)
    problem(response, 405)
    assert allowed in response.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/segment/", "/v2/segment", "/%00", "/docs/..%2f..%2fapp.py"]
)
def test_an_unknown_path_is_a_problem_too(http: FlaskClient, path: str) -> None:
    problem(http.get(path), 404)


def test_a_fault_of_ours_is_a_problem_without_its_inside() -> None:
    predictor = Predictor()
    http = client(predictor)
    found = problem(post(http, "PLEASE FAIL"), 500)
    assert "ZeroDivision" not in found.detail


def test_health_and_readiness(http: FlaskClient) -> None:
    assert http.get("/healthz").json == {"status": "alive"}
    assert http.get("/readyz").json == {"status": "ready", "model": "fake-1"}


def test_the_current_model_shows_its_card(http: FlaskClient) -> None:
    response = http.get("/v1/models/current")
    card = ModelCard.model_validate(response.json)
    assert (card.version, card.threshold) == ("fake-1", 0.5)
    listed = ModelList.model_validate(http.get("/v1/models").json).models
    assert [(one.version, one.champion) for one in listed] == [("fake-1", True)]
    assert listed[0].figures == {"pages": 3}


def test_a_request_id_is_kept_if_it_is_harmless_and_replaced_if_not(http: FlaskClient) -> None:
    kept = http.get("/healthz", headers={"X-Request-ID": "abc-1.2"})
    assert kept.headers["X-Request-ID"] == "abc-1.2"
    forged = http.get("/healthz", headers={"X-Request-ID": 'a"} {"level":"error'})
    assert len(forged.headers["X-Request-ID"]) == 32


def test_every_answer_forbids_being_taken_for_something_else(http: FlaskClient) -> None:
    for response in (post(http, PAGE), post(http, b""), http.get("/nowhere")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
