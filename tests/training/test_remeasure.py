"""A card's figures follow the code, on the same pages and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import training.remeasure
from model.artifact import amend, read_card
from model.segmenter import Segmenter
from tests.model.tiny import articles, tiny_segmenter
from training.evaluate import evaluate
from training.labelled import LabelledPage
from training.remeasure import OtherPages, remeasure
from training.train import read_data


def labelled(name: str, stories: int) -> LabelledPage:
    story = (
        "{} votes to mend the old pier\n12 March 2021\nThe council of {} voted on Monday to mend "
        "the pier that the storm had taken in May, and to ask the county for half of the money.\n"
        "Nobody at the quay could say when the boats would sail again, or by whom they were owned."
    )
    told = [story.format(f"{name} {n}", f"{name} {n}") for n in range(stories)]
    starts = [sum(len(other) + 2 for other in told[:n]) for n in range(stories)]
    return LabelledPage(name, "\n\n".join(told), starts, kind="titled", lang="en")


PAGES = [labelled("Wellen", 3), labelled("Brennick", 1), labelled("Corrin", 2)]


@pytest.fixture(scope="module")
def tiny() -> Segmenter:
    return tiny_segmenter()


@pytest.fixture
def version(tiny: Segmenter, tmp_path: Path) -> Path:
    tiny.save(tmp_path / "v")
    amend(tmp_path / "v", {"figures": evaluate(tiny, PAGES).figures()})
    return tmp_path / "v"


def test_figures_are_those_of_today_and_the_model_stays(version: Path) -> None:
    true = read_card(version)["figures"]
    stale = true | {"overall": true["overall"] | {"seam_f1": 0.123}}
    amend(version, {"figures": stale})
    model = (version / "model.joblib").read_bytes()
    stages = set()
    remeasure(version, PAGES, day="2026-12-01", progress=lambda stage, *_: stages.add(stage))
    card = read_card(version)
    assert card["figures"] == true
    assert card["measured"] == "2026-12-01"
    assert card["thresholds"]["pages"] == len(PAGES)
    assert "profile" in card
    assert stages == {"measuring", "thresholds"}
    assert (version / "model.joblib").read_bytes() == model
    Segmenter.load(version)


def test_other_pages_are_refused_and_the_card_stays(version: Path) -> None:
    before = (version / "card.json").read_bytes()
    with pytest.raises(OtherPages, match="--articles FILES"):
        remeasure(version, PAGES[:2], day="2026-12-01")
    assert (version / "card.json").read_bytes() == before
    remeasure(version, PAGES[:2], day="2026-12-01", same=False)
    assert read_card(version)["figures"]["overall"]["pages"] == 2


def test_the_command_measures_what_training_would_hold_out(
    version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("id", "lang", "title", "date", "text", "topic")
    rows = [
        {name: getattr(one, name) for name in names} | {"source": one.outlet} for one in articles()
    ]
    lines = "\n".join(map(json.dumps, rows))
    (tmp_path / "articles.jsonl").write_text(lines, encoding="utf-8")
    given = ["--articles", str(tmp_path / "articles.jsonl"), "--model", str(version)]
    monkeypatch.setattr("sys.argv", ["remeasure", *given])
    asked: list[Any] = []
    monkeypatch.setattr(
        training.remeasure, "remeasure", lambda *args, **kwargs: asked.append((args, kwargs))
    )
    training.remeasure.main()
    (((directory, pages), options),) = asked
    assert directory == version
    assert options["same"] is False
    held_out = read_data([tmp_path / "articles.jsonl"], seed=read_card(version)["seed"]).frozen
    assert len(held_out) > 300
    assert pages == held_out


def test_what_has_learned_from_labelled_pages_is_not_measured_on_articles_alone(
    version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amend(version, {"fingerprint": "of some pages"})
    before = (version / "card.json").read_bytes()
    given = ["--articles", "articles.jsonl", "--model", str(version)]
    monkeypatch.setattr("sys.argv", ["remeasure", *given])
    with pytest.raises(SystemExit, match="learned from labelled pages"):
        training.remeasure.main()
    assert (version / "card.json").read_bytes() == before


@pytest.mark.parametrize("given", [[], ["pages.jsonl", "--articles", "a.jsonl"]])
def test_the_command_wants_pages_or_articles(
    given: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["remeasure", *given])
    with pytest.raises(SystemExit) as left:
        training.remeasure.main()
    assert left.value.code == 2
    assert "either a file of pages or --articles" in capsys.readouterr().err
