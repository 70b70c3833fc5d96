"""From files to a version on disk: measured on other outlets, put in place whole."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest

from model.segmenter import Segmenter
from tests.model.tiny import PLAN, article, hurry
from training import fit as fit_module
from training import train as train_module
from training.enough import NothingToTrainOn
from training.evaluate import evaluate_files
from training.holdout import holdout_pages, is_held_out
from training.labelled import LabelledPage, read_pages, write_pages
from training.plan import Plan
from training.train import BadOutput, train

SMALL = replace(
    PLAN, pages=60, wording_pages=20, vector_steps=5, rounds=4, first_rounds=3, tuning_pages=10
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Articles of many outlets, so that some are held out."""
    path = tmp_path / "harbour_news.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for n in range(220):
            row = asdict(article(n, paragraphs=7))
            row |= {"source": f"outlet{n % 23}.example", "authors": row["byline"]}
            out.write(json.dumps(row) + "\n")
    return path


def test_a_version_is_fitted_measured_and_put_in_place(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    # What is asked here holds of few pages as of many, which take a minute to measure twice.
    monkeypatch.setattr(train_module, "holdout_pages", partial(holdout_pages, per_kind=8))
    fitted: list[str] = []
    fit = fit_module.fit

    def spy(articles, **options):  # type: ignore[no-untyped-def]
        fitted.extend(one.outlet for one in articles)
        return fit(articles, **options)

    monkeypatch.setattr(train_module, "fit", spy)
    out = tmp_path / "v1"
    out.mkdir()
    (out / "card.json").write_text("an earlier version's", encoding="utf-8")
    (out / "old").write_text("beside it", encoding="utf-8")
    (tmp_path / "v1.new").mkdir()
    stages: list[str] = []
    held_out = tmp_path / "held_out.jsonl.xz"
    report = train(
        [corpus],
        out,
        seed=4,
        plan=SMALL,
        held_out=held_out,
        progress=lambda s, d, t: stages.append(s),
    )

    assert sorted(path.name for path in out.iterdir()) == ["card.json", "model.joblib"]
    assert not (tmp_path / "v1.new").exists()
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert card["seed"] == 4
    assert card["figures"] == json.loads(json.dumps(report.figures()))
    assert card["data"][0]["name"] == "harbour_news"
    assert card["data"][0]["articles"] == 220
    assert card["data"][0]["licence"]
    assert card["fingerprint"] == ""
    assert Segmenter.load(out).version == card["version"]
    assert stages[0] == "reading articles"
    assert "measuring" in stages

    again = evaluate_files([held_out], out)
    assert again.corpus == report.corpus
    assert again.figures() == report.figures()

    held = {f"outlet{n}.example" for n in range(23) if is_held_out(f"outlet{n}.example", "en")}
    assert held
    assert fitted
    assert not held & set(fitted)


def test_a_failing_fit_leaves_the_old_version_alone(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, plan: Plan, **options: object) -> None:
        assert plan is SMALL
        raise MemoryError

    monkeypatch.setattr(train_module, "fit", fail)
    out = tmp_path / "v1"
    out.mkdir()
    (out / "card.json").write_text("an earlier version's", encoding="utf-8")
    (out / "old").write_text("beside it", encoding="utf-8")
    with pytest.raises(MemoryError):
        train([corpus], out, plan=SMALL)
    assert (out / "old").read_text(encoding="utf-8") == "beside it"


@pytest.mark.parametrize("taken", ["file", "folder", "below a file"])
def test_what_is_in_the_way_is_told_before_anything_is_read_and_stays(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """`--out .` deleted the whole folder, after an hour of fitting."""
    out = tmp_path / "taken"
    if taken == "folder":
        out.mkdir()
        (out / "thesis.txt").write_text("a year's work", encoding="utf-8")
    else:
        out.write_text("a year's work", encoding="utf-8")
    monkeypatch.setattr(train_module, "read_articles", lambda paths: pytest.fail("was read"))
    monkeypatch.chdir(out if taken == "folder" else tmp_path)
    for name in {"file": [out], "folder": [out, Path(".")], "below a file": [out / "v1"]}[taken]:
        with pytest.raises(BadOutput, match=r"name (a|another|a new) folder"):
            train([corpus], name, plan=SMALL)
    kept = out / "thesis.txt" if taken == "folder" else out
    assert kept.read_text(encoding="utf-8") == "a year's work"


def test_too_few_articles_are_told_of_before_the_fit(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them ended in a traceback of SciPy's."""
    monkeypatch.setattr(train_module, "fit", lambda *args, **given: pytest.fail("was fitted"))
    few = corpus.with_name("few.jsonl")
    few.write_text("".join(corpus.read_text(encoding="utf-8").splitlines(True)[:2]), "utf-8")
    with pytest.raises(NothingToTrainOn, match="give more files with `--articles FILES`"):
        train([few], tmp_path / "v1", plan=SMALL)
    assert not (tmp_path / "v1").exists()


def test_a_language_to_leave_unseen_is_only_measured_on(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    for n, row in enumerate(rows):
        row["lang"] = "de" if n % 23 in (1, 2) else "en"
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    # Sites that the hash of their names has learned from, and measured on.
    names = [f"site{n}.example" for n in range(99)]
    learned = next(name for name in names if not is_held_out(name, "de"))
    held = next(name for name in names if is_held_out(name, "de"))
    pages = tmp_path / "pages.jsonl"
    write_pages(
        pages,
        [
            LabelledPage(
                f"{lang} {site}", f"A page in {lang} of {site}", [0], [], "x", lang, (site,)
            )
            for lang in ("de", "en")
            for site in (learned, held)
        ],
    )
    seen: set[str] = set()
    labelled: list[str] = []

    class Enough(Exception):
        pass

    def fit(articles, **options):  # type: ignore[no-untyped-def]
        seen.update(one.lang for one in articles)
        labelled.extend(truth.id for _, truth in options["real_pages"])
        raise Enough

    monkeypatch.setattr(train_module, "fit", fit)
    held_out = tmp_path / "held.jsonl"
    with pytest.raises(Enough):
        train([corpus], tmp_path / "v", plan=SMALL, unseen=["de"], pages=[pages], held_out=held_out)
    assert seen == {"en"}
    measured = list(read_pages(held_out))
    assert "de" in {page.lang for page in measured if page.kind != "x"}
    assert labelled == [f"en {learned}"]
    assert {page.id for page in measured if page.kind == "x"} == {f"de {held}", f"en {held}"}


def test_a_share_learns_from_fewer_and_is_measured_on_the_same(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    class Enough(Exception):
        pass

    def fit(articles, **options):  # type: ignore[no-untyped-def]
        seen.append({one.id for one in articles})
        raise Enough

    monkeypatch.setattr(train_module, "fit", fit)
    measured = []
    for share in (1.0, 0.5, 0.25):
        held_out = tmp_path / f"{share}.jsonl"
        with pytest.raises(Enough):
            train([corpus], tmp_path / "v", plan=SMALL, share=share, held_out=held_out)
        measured.append(held_out.read_bytes())
    whole, half, quarter = seen
    assert quarter < half < whole
    assert 0.3 < len(half) / len(whole) < 0.7
    assert measured[0] == measured[1] == measured[2]
