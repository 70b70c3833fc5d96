"""Batches: a line for every line, in order, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
import zstandard
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.limits import keys
from service.limits.guard import Guard
from service.limits.keys import KeyFile
from service.schemas import BatchAnswer, BatchError, SegmentResponse
from tests.service.serving_fake import LIVE, PAGE, Predictor, client
from tests.service.test_guard import Slow

NDJSON = "application/x-ndjson"


def send(http: FlaskClient, *lines: Any, query: str = "", **headers: str) -> TestResponse:
    body = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    return http.post(f"/v1/segment/batch{query}", data=body, content_type=NDJSON, headers=headers)


def read(answer: TestResponse) -> list[SegmentResponse | BatchError]:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == NDJSON
    found = [BatchAnswer.model_validate_json(line).root for line in answer.data.splitlines()]
    answer.close()
    return found


def test_every_page_is_answered_in_order_as_it_would_be_alone() -> None:
    http = client()
    pages = [{"text": f"# {n}\nbody\n# more", "id": n} for n in range(50)]
    pages.insert(7, {"html": "<p># A</p><p># B</p>", "id": "h"})
    answers = send(http, *pages).data.splitlines()
    for page, answer in zip(pages, answers, strict=True):
        alone = http.post("/v1/segment", json=page)
        assert json.loads(answer) == alone.json


def test_a_page_with_too_many_lines_is_refused_alone() -> None:
    many = {"id": "many", "text": "a\nb\nc\nd"}
    answers = read(send(client(max_blocks=3), {"id": "a", "text": "x\ny"}, many, {"text": "z"}))
    assert [type(each) is BatchError for each in answers] == [False, True, False]
    assert isinstance(answers[1], BatchError)
    assert (answers[1].id, answers[1].status) == ("many", 413)


def test_a_bad_line_gives_a_line_and_the_rest_goes_on() -> None:
    answers = read(
        send(
            client(max_body_bytes=100, max_characters=40),
            {"text": PAGE, "id": "a"},
            b"{no json",
            b"",
            b"   ",
            {"id": "b"},
            {"id": 7, "text": " "},
            {"id": "long", "text": "x" * 41},
            b'{"id": "longer", "text": "' + b"x" * 100 + b'"}',
            {"id": "f", "text": "PLEASE FAIL"},
            {"id": ["no id"], "text": PAGE},
            {"text": PAGE, "id": "z"},
        )
    )
    shown = [
        (each.line, each.id, each.status, each.type.rpartition(":")[2])
        if isinstance(each, BatchError)
        else each.id
        for each in answers
    ]
    # Empty lines are none, and are not counted.
    assert shown == [
        "a",
        (2, None, 400, "not-json"),
        (3, "b", 422, "invalid"),
        (4, 7, 400, "empty-page"),
        (5, "long", 413, "too-long"),
        (6, None, 413, "too-large"),
        (7, "f", 500, "internal"),
        (8, None, 422, "invalid"),
        "z",
    ]


@pytest.mark.parametrize(
    ("line", "answered"),
    [
        (b'\xef\xbb\xbf{"id": "marked", "text": ""}', "marked"),
        (b'{"id": 2.0, "text": ""}', 2),
        (b'{"id": true, "text": ""}', None),
    ],
)
def test_a_bad_line_has_the_id_that_it_would_have_as_a_good_one(
    line: bytes, answered: str | int | None
) -> None:
    (answer,) = read(send(client(), line))
    assert isinstance(answer, BatchError)
    assert answer.id == answered
    assert type(answer.id) is type(answered)


def test_options_of_a_line_win_over_those_of_the_query() -> None:
    predictor = Predictor()
    http = client(predictor)
    pages = [{"text": PAGE}, {"text": PAGE, "threshold": 0.1, "blocks": False}]
    first, second = read(send(http, *pages, query="?blocks=1&threshold=0.9"))
    assert isinstance(first, SegmentResponse)
    assert isinstance(second, SegmentResponse)
    assert first.blocks is not None
    assert first.text == PAGE
    assert second.blocks is None
    assert send(http, {"text": PAGE}, query="?threshold=2").status_code == 422


def test_each_line_says_what_a_live_blog_is() -> None:
    pages: list[dict[str, Any]] = [{"text": LIVE}, {"text": LIVE, "granularity": "story"}]
    answers = read(send(client(), *pages, *pages, query="?granularity=entry"))
    assert [len(answer.stories) for answer in answers] == [3, 1, 3, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_both_ways_may_be_compressed(coding: str) -> None:
    http = client()
    plain = b"".join(json.dumps({"text": PAGE, "id": n}).encode() + b"\n" for n in range(40))
    pack = {"gzip": gzip.compress, "zstd": zstandard.compress}[coding]
    answer = http.post(
        "/v1/segment/batch",
        data=pack(plain),
        content_type=NDJSON,
        headers={"Content-Encoding": coding, "Accept-Encoding": coding},
    )
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    if coding == "gzip":
        data = gzip.decompress(answer.data)
    else:
        data = zstandard.ZstdDecompressor().decompressobj().decompress(answer.data)
    assert [json.loads(line)["id"] for line in data.splitlines()] == list(range(40))


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_that_breaks_off_ends_with_a_line_that_says_so(coding: str) -> None:
    plain = b"".join(json.dumps({"text": PAGE, "id": n}).encode() + b"\n" for n in range(40))
    pack = {"gzip": gzip.compress, "zstd": zstandard.compress}[coding]
    answer = client().post(
        "/v1/segment/batch",
        data=pack(plain)[:-2],
        content_type=NDJSON,
        headers={"Content-Encoding": coding},
    )
    *_, last = read(answer)
    assert isinstance(last, BatchError)
    assert (last.status, last.type) == (400, "urn:storyseam:problem:bad-body")


def test_an_empty_batch_is_a_batch() -> None:
    assert read(send(client())) == []


def test_what_cannot_be_a_batch_is_refused_with_a_status() -> None:
    http = client()
    refused = http.post("/v1/segment/batch", json={"text": PAGE})
    assert refused.status_code == 415
    assert refused.headers["Accept-Post"] == NDJSON
    assert send(http, {"text": PAGE}, **{"Content-Encoding": "br"}).status_code == 415


def test_more_pages_than_the_limit_are_not_read() -> None:
    answers = read(send(client(max_batch_pages=3), *[{"text": PAGE, "id": n} for n in range(9)]))
    assert [each.id for each in answers] == [0, 1, 2, None]
    last = answers[-1]
    assert isinstance(last, BatchError)
    assert (last.line, last.status) == (4, 413)


def test_a_service_that_stops_says_where_to_go_on() -> None:
    http = client()
    Guard.of(http.application).stopping.set()
    answers = read(send(http, *[{"text": PAGE, "id": n} for n in range(40)]))
    last = answers[-1]
    assert isinstance(last, BatchError)
    assert last.line == len(answers)
    assert "again" in last.error
    assert (last.status, last.type) == (503, "urn:storyseam:problem:stopping")


def test_a_revoked_key_stops_the_stream_that_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_LOOK_SECONDS", 0.0)
    file = KeyFile(tmp_path / "keys")
    key, secret = file.create("crawler", ["segment"])
    http = client(keys=file.path)
    body = b"".join(json.dumps({"text": PAGE, "id": n}).encode() + b"\n" for n in range(40))
    # The answer of a test client is made as it is read: a group, and then the next.
    answer = http.post(
        "/v1/segment/batch",
        data=body,
        content_type=NDJSON,
        headers={"Authorization": f"Bearer {secret}"},
        buffered=False,
    )
    first = next(answer.response).splitlines()
    assert 0 < len(first) < 40
    file.revoke(key.id)
    answers = [BatchAnswer.model_validate_json(line).root for line in answer.data.splitlines()]
    answer.close()
    (last,) = answers
    assert isinstance(last, BatchError)
    assert (last.line, last.status) == (len(first) + 1, 401)
    assert last.type == "urn:storyseam:problem:unauthorized"


def test_batches_have_little_room_and_give_it_back() -> None:
    http = client(batches=1, concurrency=4)
    body = json.dumps({"text": PAGE}).encode() + b"\n"
    # The answer of a test client is not read on until it is asked for.
    first = http.post("/v1/segment/batch", data=body, content_type=NDJSON, buffered=False)
    assert send(http, {"text": PAGE}).status_code == 503
    # Single pages still have theirs.
    assert http.post("/v1/segment", data=PAGE, content_type="text/plain").status_code == 200
    first.close()
    assert len(read(send(http, {"text": PAGE}))) == 1


def test_pages_count_for_the_rate_and_slow_the_stream_down() -> None:
    http = client(rate="20/second")
    answers = read(send(http, *[{"text": PAGE, "id": n} for n in range(40)]))
    assert [each.id for each in answers] == list(range(40))


def test_a_stream_that_waits_for_its_rate_ends_when_its_client_hangs_up() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        answer = client(rate="2/hour").post(
            "/v1/segment/batch",
            data=b"\n".join([json.dumps({"text": PAGE}).encode()] * 3),
            content_type=NDJSON,
            environ_overrides={"gunicorn.socket": ours},
        )
        (last,) = read(answer)
    assert isinstance(last, BatchError)
    assert (last.line, last.type) == (1, "urn:storyseam:problem:bad-body")


def test_the_log_has_one_line_with_the_counts_and_no_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    http = client(log_level="info")
    logging.getLogger("storyseam").addHandler(caplog.handler)
    try:
        read(send(http, {"text": "# confidential"}, {"text": "PLEASE FAIL, confidential"}, b"{"))
    finally:
        logging.getLogger("storyseam").removeHandler(caplog.handler)
    (line,) = [record for record in caplog.records if record.name == "storyseam.access"]
    fields = line.fields
    assert (fields["lines"], fields["bad"], fields["stories"]) == (3, 2, 1)
    assert "confidential" not in repr([vars(record) for record in caplog.records])


def test_one_bad_page_of_many_does_not_take_the_others_with_it() -> None:
    pages = [{"text": PAGE, "id": n} for n in range(10)]
    pages[4]["text"] = "PLEASE FAIL"
    answers = read(send(client(Slow()), *pages))
    assert [isinstance(each, BatchError) for each in answers] == [n == 4 for n in range(10)]
