"""`storyseam benchmark`: which pages it takes, what it refuses, what it writes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from service import cli
from tests.model.tiny import article
from training.corpus import read_articles
from training.labelled import LabelledPage, write_pages
from training.steps import Steps

RUN = {
    "model": "v1",
    "turns": 2,
    "pages": {"count": 12, "tuning": 3, "languages": ["en"], "characters": 12_000, "seams": 6},
    "rows": [],
    "absent": [{"name": "C99", "reason": "ImportError: no uts"}],
}


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(["benchmark", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What was to be measured; nothing is."""
    found: dict[str, Any] = {}

    def stand_in(segmenter: Any, pages: list[LabelledPage], **given: Any) -> dict[str, Any]:
        given["progress"]("turn 1", 0, 1)
        found.update(given, pages=pages)
        return RUN

    for name in ("STORYSEAM_REGISTRY", "STORYSEAM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("training.benchmark.run_benchmark", stand_in)
    monkeypatch.setattr("model.segmenter.Segmenter.load", lambda path: None)
    return found


def test_pages_are_drawn_from_the_file_and_the_run_is_written(
    asked: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [LabelledPage(str(n), f"Page {n}", [0]) for n in range(40)]
    write_pages(tmp_path / "pages.jsonl", pages)
    out = tmp_path / "run.jsonl"
    code = run(str(tmp_path / "pages.jsonl"), "--count", "12", "--seed", "3", "--out", str(out))
    assert code == 0
    assert len({page.id for page in asked["pages"]}) == 12
    assert asked["seed"] == 3
    assert json.loads(out.read_text(encoding="utf-8")) == RUN
    assert "C99 did not start" in capsys.readouterr().out


def test_pages_of_articles_are_of_such_as_no_training_learns_from(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    """In every language: the model that ships, and all that are retrained, learn from all."""
    path = tmp_path / "articles.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for n in range(900):
            lang = ("de", "ro", "en")[n % 3]
            row = asdict(article(n, paragraphs=7)) | {"source": f"{lang}{n % 45}.example"}
            out.write(json.dumps(row | {"lang": lang}) + "\n")
    assert run("--articles", str(path), "--count", "500") == 0
    learned, _ = Steps().split(list(read_articles([path])))
    assert {one.lang for one in learned} == {"de", "ro", "en"}
    names = {name for page in asked["pages"] for name in page.articles}
    assert names
    assert not names & {one.id for one in learned}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "labelled PAGES, or --articles"),
        (["pages.jsonl", "--articles", "a.jsonl"], "labelled PAGES, or --articles"),
        (["--extractors"], "--real DIR"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert said in capsys.readouterr().err
