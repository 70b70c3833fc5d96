"""Correcting pages over HTTP, on a real store and with a model that always sees one story."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Unpack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from model.page import Page
from model.stories import Boundary, Segmentation, Story
from service import errors
from service.corrections.api import corrections_api
from service.corrections.sampling import doubt, uncertainty
from service.corrections.schemas import PageHistory, SavedCorrection, StoredCorrection, Suggestions
from service.corrections.store import Corrections
from service.limits.access import Access
from service.limits.body import Limits
from service.limits.guard import Guard
from service.limits.keys import KeyFile, Keys
from service.limits.room import Room
from service.observability import logs
from service.predictor import Options
from service.serving import ServedModel
from service.settings import Settings
from training.corrections import CorrectionStore, Sample, page_hash
from training.labelled import LabelledPage

TEXT = "Quay opens\nThe new 🚢 quay.\nGoats win\nA prize."
GOATS = TEXT.index("Goats")


class _OneStory:
    """Answers that every page is one story."""

    version = "v-test"
    threshold = 0.5
    card: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def segment(
        self, page: str | Page, *, blocks: bool = False, **_: Unpack[Options]
    ) -> Segmentation:
        text = page if isinstance(page, str) else page.text
        story = Story(0, len(text), True, None, None, None, None, 0.9, 1.0, text)
        return Segmentation(self.version, text, (story,), ())

    def segment_many(self, pages: Sequence[str | Page], **_: Unpack[Options]) -> list[Segmentation]:
        return [self.segment(page) for page in pages]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CorrectionStore]:
    made = CorrectionStore(f"sqlite:///{tmp_path / 'c.db'}")
    yield made
    made.close()


def _client(store: CorrectionStore, rule: Access | None = None) -> FlaskClient:
    app = Flask("test")
    logs.register(app)
    errors.register(app)
    guard = Guard.open() if rule is None else Guard(rule, Settings())
    guard.register(app)
    served = ServedModel.fixed(_OneStory())
    corrections = Corrections.fixed(store)
    app.register_blueprint(corrections_api(corrections, served, limits=Limits(10_000)))
    return app.test_client()


def test_who_waits_for_the_database_leaves_room_for_pages(store: CorrectionStore) -> None:
    client = _client(store)
    stored = Guard.of(client.application).stored
    half = Settings().concurrency // 2
    stored.enter(half)
    said = {"text": TEXT, "starts": [0]}
    for method, path in (
        ("POST", ""),
        ("GET", ""),
        ("GET", "/suggest"),
        ("DELETE", "/" + "a" * 64),
    ):
        answer: Any = client.open(f"/v1/corrections{path}", method=method, json=said)
        assert answer.status_code == 503
        assert answer.json["type"].endswith(":busy")
    stored.leave(half)
    assert _post(client, text=TEXT, starts=[0]).status_code == 200
    assert stored.taken == 0


@pytest.fixture
def client(store: CorrectionStore) -> FlaskClient:
    return _client(store)


def _post(client: FlaskClient, **body: Any) -> Any:
    return client.post("/v1/corrections", json=body)


def test_the_lines_of_a_correction_need_room_as_those_of_any_page_do(client: FlaskClient) -> None:
    lines = Guard.of(client.application).lines = Room(TEXT.count("\n") + 1)
    lines.enter()
    refused = _post(client, text=TEXT, starts=[0])
    assert (refused.status_code, refused.json["type"]) == (503, "urn:storyseam:problem:busy")
    lines.leave()
    assert _post(client, text=TEXT, starts=[0]).status_code == 200
    assert lines.taken == 0, "given back"


def test_a_correction_is_stored_with_what_the_model_said(
    client: FlaskClient, store: CorrectionStore
) -> None:
    answer = _post(
        client, text=TEXT, starts=[0, GOATS], url="https://news.tide.co.uk/a?b", lang="en",
        who="Desk", why="goats", outside=[[11, 20]],
    )  # fmt: skip
    assert answer.status_code == 200
    saved = SavedCorrection.model_validate(answer.json)
    assert (saved.model, saved.prediction, saved.starts) == ("v-test", [0], [0, GOATS])
    (found,) = store.export()
    assert found.page.outlets == ("tide.co.uk",)
    assert found.page.outside == [(11, 20)]
    assert (found.who, found.why, found.model, list(found.prediction)) == (
        "Desk", "goats", "v-test", [0]
    )  # fmt: skip
    again = _post(
        client, text=TEXT, starts=[0, GOATS], lang="en", who="Desk", why="goats",
        outside=[[11, 20]],
    )  # fmt: skip
    assert again.json == answer.json


def test_of_text_and_html_the_one_that_is_blank_counts_as_absent(
    client: FlaskClient, store: CorrectionStore
) -> None:
    assert _post(client, text=TEXT, html=" \n", starts=[0, GOATS]).status_code == 200
    (found,) = store.export()
    assert (found.page.html, found.page.text) == (None, TEXT)
    assert _post(client, text=" ", html="<p>The quay</p>", starts=[0]).status_code == 200


def test_html_is_corrected_in_the_text_that_segment_gives(
    client: FlaskClient, store: CorrectionStore
) -> None:
    html_module = pytest.importorskip("model.html")
    html = "<h1>Quay opens</h1><p>The new quay.</p><h1>Goats win</h1><p>A prize.</p>"
    text = html_module.page_from_html(html).text
    answer = _post(client, html=html, starts=[text.index("Quay"), text.index("Goats")])
    assert answer.status_code == 200, answer.json
    (found,) = store.export()
    assert (found.page.html, found.page.text) == (html, text)


RUN_ON = " ".join(f"It was late in year {n} and the quay slept." for n in range(40))
RUN_ON = f"{RUN_ON} Photo: Ana Brook GOATS  win a prize. {RUN_ON}"
GOATS_RUN_ON = RUN_ON.index("GOATS")


def test_a_story_may_start_inside_a_sentence_where_a_model_may_say_so(
    client: FlaskClient, store: CorrectionStore
) -> None:
    answer = _post(client, text=RUN_ON, starts=[0, GOATS_RUN_ON])
    assert answer.status_code == 200, answer.json
    (found,) = store.export()
    assert found.page.starts == [0, GOATS_RUN_ON]


@pytest.mark.parametrize("start", [3, GOATS_RUN_ON + 1, GOATS_RUN_ON + 5, GOATS_RUN_ON + 6, 10**30])
def test_inside_a_word_or_a_first_sentence_none_starts(client: FlaskClient, start: int) -> None:
    assert _post(client, text=RUN_ON, starts=[start]).status_code in (400, 422)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"starts": [0]}, 422, "one of them"),
        ({"text": TEXT, "html": "<p>x</p>", "starts": [0]}, 422, "one of them"),
        ({"text": TEXT}, 422, "starts"),
        ({"text": TEXT, "starts": [GOATS + 1]}, 422, f"nearest at {GOATS}"),
        ({"text": TEXT, "starts": [10**12]}, 422, "no line starts"),
        ({"text": TEXT, "starts": [GOATS, 0]}, 422, "not ascending"),
        ({"text": TEXT, "starts": [0, 0]}, 422, "not ascending"),
        ({"text": TEXT, "starts": ["0"]}, 422, "starts.0"),
        ({"text": TEXT, "starts": [True]}, 422, "starts.0"),
        ({"text": TEXT, "starts": [-1]}, 422, "starts.0"),
        ({"text": TEXT, "starts": [0], "outside": [[5, 900]]}, 422, '"detail":"outside.0: '),
        ({"text": TEXT, "starts": [0], "outside": [[1, 2], [5, 5]]}, 422, '"field":"outside.1"'),
        ({"text": TEXT, "starts": [0], "outside": [[1, 5], [4, 6]]}, 422, "not ascending"),
        ({"text": TEXT, "starts": [GOATS, 0]}, 422, '"field":"starts.1"'),
        ({"text": TEXT, "starts": [0], "colour": 1}, 422, "colour"),
        ({"text": TEXT, "starts": [0], "lang": "x" * 36}, 422, "lang"),
        ({"text": "x" * 20_000, "starts": [0]}, 413, "limit"),
    ],
)
def test_what_cannot_be_is_refused(
    client: FlaskClient, store: CorrectionStore, body: dict[str, Any], status: int, says: str
) -> None:
    answer = _post(client, **body)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert says in answer.get_data(as_text=True)
    assert store.count() == 0


def test_only_json_is_read(client: FlaskClient) -> None:
    answer = client.post("/v1/corrections", data="text", content_type="text/plain")
    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == "application/json"
    assert (
        client.post("/v1/corrections", data="{", content_type="application/json").status_code == 400
    )


def test_the_export_is_paged_ndjson_of_labelled_pages(client: FlaskClient) -> None:
    for number in range(5):
        _post(client, text=f"Headline {number}\nBody", starts=[0])
    seen = []
    where: str | None = "/v1/corrections?limit=2"
    while where:
        answer = client.get(where)
        assert answer.mimetype == "application/x-ndjson"
        lines = answer.get_data(as_text=True).splitlines()
        for line in lines:
            StoredCorrection.model_validate_json(line)
        seen += [LabelledPage.from_json(line).text for line in lines]
        link = answer.headers.get("Link")
        where = link.split(">")[0].lstrip("<") if link else None
    assert seen == [f"Headline {number}\nBody" for number in range(5)]


def test_a_part_of_the_export_is_no_larger_than_memory_allows(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.corrections.api._PART_BYTES", 2000)
    for number in range(7):
        _post(client, text=f"Headline {number}\n{'Body ' * 150}", starts=[0])
    parts = []
    where: str | None = "/v1/corrections?limit=4"
    while where:
        answer = client.get(where)
        parts.append([json.loads(line)["text"][:10] for line in answer.text.splitlines()])
        link = answer.headers.get("Link")
        where = link.split(">")[0].lstrip("<") if link else None
    assert [line for part in parts for line in part] == [
        f"Headline {number}" for number in range(7)
    ]
    assert max(map(len, parts)) == 2, "the second line fills it"


@pytest.mark.parametrize(
    ("said", "kept"), [("EN-gb", "en-gb"), (" mi ", "mi"), ("", "und"), ("und", "und")]
)
def test_a_language_has_one_name(
    client: FlaskClient, store: CorrectionStore, said: str, kept: str
) -> None:
    assert _post(client, text=TEXT, starts=[0], lang=said).status_code == 200
    assert [found.page.lang for found in store.export()] == [kept]


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://news.tide.co.uk./a", ("tide.co.uk",)),
        ("tide.example", ("tide.example",)),
        ("http://.", ()),
        ("http://[::1", ()),
        ("https://" + "a" * 300 + ".example", ()),
    ],
)
def test_a_site_has_one_name(
    client: FlaskClient, store: CorrectionStore, url: str, site: tuple[str, ...]
) -> None:
    """Or a page that was sent under another stands on the other side."""
    assert _post(client, text=TEXT, starts=[0], url=url).status_code == 200
    assert [found.page.outlets for found in store.export()] == [site]


def test_in_a_page_without_text_no_story_starts(client: FlaskClient) -> None:
    answer = _post(client, html="<script>1</script>", starts=[0])
    assert answer.status_code == 422
    assert "has no text" in answer.json["detail"]
    assert _post(client, html="<script>1</script>", starts=[]).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=x", "limit=-1", "limit=1001", "after=%C2%B2", "after=9999999999999999999", "what=1",
        "limit=1&limit=2", "limit=\xff", "\xff",
    ],
)  # fmt: skip
def test_bad_queries(client: FlaskClient, query: str) -> None:
    # As it is, as a server that does not look at it hands it on.
    answer = client.get("/v1/corrections", environ_overrides={"QUERY_STRING": query})
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_page_is_removed_with_its_history(client: FlaskClient, store: CorrectionStore) -> None:
    name = page_hash(TEXT)
    assert _post(client, text=TEXT, starts=[0]).json["page"] == name
    _post(client, text=TEXT, starts=[0, GOATS])
    shown = client.get(f"/v1/corrections/{name}")
    revisions = PageHistory.model_validate(shown.json).revisions
    assert [said.starts for said in revisions] == [[0], [0, GOATS]]
    assert client.delete(f"/v1/corrections/{name}").status_code == 204
    assert store.count() == 0
    assert client.delete(f"/v1/corrections/{name}").status_code == 404
    assert client.get(f"/v1/corrections/{name}").status_code == 404
    assert client.get("/v1/corrections").get_data() == b""


def test_suggestions(client: FlaskClient, store: CorrectionStore) -> None:
    store.sample(Sample("Sure\nBody", None, "v1", [0], 0.1))
    store.sample(Sample("Unsure\nBody", "<p>Unsure", "v1", [0, 7], 0.9))
    answer = client.get("/v1/corrections/suggest?limit=1")
    (page,) = Suggestions.model_validate(answer.json).pages
    assert (page.text, page.html, page.uncertainty) == ("Unsure\nBody", "<p>Unsure", 0.9)
    assert page.page == page_hash("Unsure\nBody", "<p>Unsure")


def test_uncertainty_is_that_of_the_least_sure_seam_or_story() -> None:
    def answer(probability: float, confidence: float) -> Segmentation:
        story = Story(0, 9, True, None, None, None, None, confidence, 1.0, "")
        return Segmentation("v", "", (story,), (Boundary(5, probability),))

    assert uncertainty(answer(0.5, 1.0)) == 1.0
    assert uncertainty(answer(1.0, 0.6)) == pytest.approx(0.8)
    assert uncertainty(answer(1.0, 1.0)) == 0.0
    assert uncertainty(Segmentation("v", "", (), ())) == 0.0


def test_a_seam_that_was_nearly_cut_makes_a_page_worth_a_look() -> None:
    whole = Story(0, 9, True, None, None, None, None, 1.0, 1.0, "")
    assert doubt(Segmentation("v", "", (whole,), (), doubt=0.8)) == 0.8
    assert doubt(Segmentation("v", "", (whole,), (Boundary(5, 0.5),), doubt=0.0)) == 0.0
    assert doubt(Segmentation("v", "", (whole,), (Boundary(5, 0.5),))) == 1.0


def _administrative(client: FlaskClient, **headers: str) -> list[int]:
    """Statuses of all that only the administrator may do, on a page that is not stored."""
    name = page_hash("another page")
    return [
        client.get("/v1/corrections", headers=headers).status_code,
        client.get("/v1/corrections/suggest", headers=headers).status_code,
        client.get(f"/v1/corrections/{name}", headers=headers).status_code,
        client.delete(f"/v1/corrections/{name}", headers=headers).status_code,
    ]


def test_only_a_key_for_it_corrects_or_administrates(
    store: CorrectionStore, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys")
    _, correcting = keys.create("desk", ["correct"])
    _, administrating = keys.create("operator", ["admin"])
    client = _client(store, Access(Keys(keys.path), frozenset()))

    def correct(**headers: str) -> int:
        body = {"text": TEXT, "starts": [0]}
        return client.post("/v1/corrections", json=body, headers=headers).status_code

    assert correct() == 401
    assert _administrative(client) == [401] * 4
    assert _administrative(client, Authorization="Bearer wrong") == [401] * 4
    assert _administrative(client, Authorization="Bearer l\u00e9t") == [401] * 4
    assert client.get("/v1/corrections").headers["WWW-Authenticate"] == "Bearer"
    desk = {"Authorization": f"Bearer {correcting}"}
    assert correct(**desk) == 200
    assert _administrative(client, **desk) == [403] * 4
    operator = {"Authorization": f"Bearer {administrating}"}
    assert correct(**operator) == 200
    assert _administrative(client, **operator) == [200, 200, 404, 404]


@pytest.mark.parametrize("name", ["x%00y", "%F0%9F%9A%A2", "a.b", "x" * 5000])
def test_any_name_of_a_page_is_a_name(client: FlaskClient, name: str) -> None:
    assert client.get(f"/v1/corrections/{name}").status_code == 404
    assert client.delete(f"/v1/corrections/{name}").status_code == 404


def test_the_answers_are_json_of_their_models(client: FlaskClient) -> None:
    answer = _post(client, text=TEXT, starts=[])
    assert json.loads(answer.get_data()) == SavedCorrection.model_validate(answer.json).model_dump()
