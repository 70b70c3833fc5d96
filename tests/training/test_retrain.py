"""The batch job: what is promoted, refused, published, logged and swept up."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import ChampionMoved, RegistryBusy
from model.registry import SHIPPED, Registry
from model.registry.remote import open_registry
from tests.training.stub_retrain import job, run, stub_articles, stub_steps
from training import retrain as module
from training.gate import Budgets
from training.holdout import held_out_split
from training.labelled import LabelledPage
from training.partition import SharedSources, partition
from training.retrain import NothingToTrainOn, json_lines
from training.steps import Steps


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def test_a_better_challenger_becomes_champion(root: Path) -> None:
    result = run(root, miss=0.05)
    registry = Registry(root)
    assert result.promoted
    assert result.reason.startswith("better: seam_f1 overall")
    assert result.champion == result.challenger == registry.champion()
    _, card = artifact.load(registry.path(result.challenger))
    assert card["figures"]["overall"]["seam_f1"] > 0.8
    assert card["figures"]["corpus"] == card["gate"]["corpus"]
    assert card["gate"]["promote"] is True
    assert card["gate"]["champion"] == "shipped"
    assert card["data"] == [{"lang": "en", "articles": 40, "outlets": 10}]
    assert not list(root.glob(".tmp-*"))


def test_a_worse_challenger_is_published_but_not_promoted(root: Path) -> None:
    first = run(root, miss=0.05)
    second = run(root, miss=0.4)
    assert not second.promoted
    assert second.reason.startswith("worse: seam_f1 overall")
    registry = Registry(root)
    assert registry.champion() == second.champion == first.challenger
    assert artifact.read_card(registry.path(second.challenger))["gate"]["promote"] is False
    registry.promote(second.challenger)  # somebody who knows better


def test_a_registry_in_an_object_store_does_as_well() -> None:
    pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")
    url: Any = f"memory://{uuid.uuid4().hex}/registry"
    first = run(url, miss=0.05)
    assert first.promoted
    assert first.champion == first.challenger == open_registry(url).champion()
    refused = [run(url, miss=0.4, pages=60) for _ in range(module.KEPT_REFUSED + 1)]
    kept = [card["version"] for card in open_registry(url).versions()]
    assert open_registry(url).champion() == first.champion
    assert refused[0].challenger not in kept
    assert refused[-1].challenger in kept
    with open_registry(url).lock(), pytest.raises(RegistryBusy, match="process"):
        run(url, miss=0.01)


def test_without_a_champion_the_shipped_model_is_the_one_to_beat(root: Path) -> None:
    result = run(root, miss=0.5, shipped_miss=0.1)
    assert not result.promoted
    assert result.champion == "shipped"
    assert Registry(root).champion() is None


def test_a_champion_that_no_longer_loads_does_not_stop_retraining(root: Path) -> None:
    """As after an upgrade of scikit-learn: the shipped model is compared with instead."""
    first = run(root, miss=0.02)
    card = root / first.challenger / "card.json"
    card.write_text(card.read_text().replace('"scikit-learn": "1', '"scikit-learn": "0'))
    log: list[dict[str, Any]] = []
    second = run(root, miss=0.05, log=log.append)
    assert second.promoted
    unusable = next(line for line in log if line["stage"] == "evaluate champion")["unusable"]
    assert "scikit-learn" in unusable[0]
    assert first.noticed == ()
    (told,) = second.noticed
    assert told.startswith("the champion would not load, and the challenger was compared with ship")
    assert "scikit-learn" in told


def test_slow_and_large_models_are_refused(root: Path) -> None:
    slow = run(root, miss=0.02, delay=0.003, pages=60, budgets=Budgets())
    assert "too slow" in slow.reason
    large = run(root, miss=0.02, ballast=os.urandom(12_100_000))
    assert "too large" in large.reason
    assert Registry(root).champion() is None


def test_one_line_of_json_a_stage(root: Path) -> None:
    out = io.StringIO()
    run(root, miss=0.05, log=json_lines(out))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["stage"] for line in lines] == [
        "read", "split", "fit", "save", "evaluate champion", "evaluate challenger", "gate",
        "findings", "publish", "promote", "prune",
    ]  # fmt: skip
    assert all(line["seconds"] >= 0 and line["time"] for line in lines)
    assert lines[1]["frozen_pages"] == 150
    assert lines[-2]["promoted"] is True
    assert lines[-1]["removed"] == []


def test_progress_is_told(root: Path) -> None:
    told: list[tuple[str, int, int]] = []
    run(root, miss=0.05, progress=lambda *step: told.append(step))
    assert ("evaluating the challenger", 150, 150) in told


def test_a_failing_stage_is_logged_and_leaves_the_champion(root: Path) -> None:
    first = run(root, miss=0.05)
    steps = stub_steps()

    def fail(*_: Any, **__: Any) -> Any:
        raise MemoryError("no more")

    log: list[dict[str, Any]] = []
    broken = Steps(steps.read, steps.split, steps.compose, fail, load=steps.load)
    with pytest.raises(MemoryError):
        job(root, broken, log=log.append)
    assert log[-1]["stage"] == "fit"
    assert log[-1]["error"] == "no more"
    assert Registry(root).champion() == first.challenger
    assert run(root, miss=0.01).promoted


def test_the_same_data_and_seed_give_the_same_version_content(root: Path) -> None:
    cards = [artifact.read_card(root / run(root, miss=0.05).challenger) for _ in range(2)]
    assert cards[0]["sha256"] == cards[1]["sha256"]
    assert cards[0]["fingerprint"] == cards[1]["fingerprint"]
    assert cards[0]["version"] != cards[1]["version"]


def test_only_the_last_refused_versions_stay(root: Path) -> None:
    first = run(root, miss=0.02)
    refused = [run(root, miss=0.5, pages=60).challenger for _ in range(7)]
    kept = [card["version"] for card in Registry(root).versions()]
    assert first.challenger in kept
    assert len(kept) == 1 + module.KEPT_REFUSED
    assert refused[-1] in kept
    assert refused[0] not in kept


def test_two_at_once_the_second_is_told_who_runs(root: Path) -> None:
    fitting, go_on = threading.Event(), threading.Event()
    steps = stub_steps(miss=0.05)

    def slow_fit(articles: Any, **options: Any) -> Any:
        fitting.set()
        assert go_on.wait(30)
        return steps.fit(articles, **options)

    waiting = Steps(steps.read, steps.split, steps.compose, slow_fit, load=steps.load)
    results: list[Any] = []
    first = threading.Thread(target=lambda: results.append(job(root, waiting)))
    first.start()
    try:
        assert fitting.wait(30)
        with pytest.raises(RegistryBusy, match="process"):
            run(root, miss=0.01)
    finally:
        go_on.set()
        first.join()
    assert results[0].promoted


def test_a_promotion_during_the_job_is_not_undone_by_it(root: Path) -> None:
    first = run(root, miss=0.2)
    steps = stub_steps(miss=0.01)

    def fit(articles: Any, **options: Any) -> Any:
        Registry(root).promote(SHIPPED)
        return steps.fit(articles, **options)

    racing = Steps(steps.read, steps.split, steps.compose, fit, load=steps.load)
    with pytest.raises(ChampionMoved):
        job(root, racing)
    assert Registry(root).history() == [SHIPPED, first.challenger, SHIPPED]


def test_a_full_disk_leaves_the_champion_and_no_litter(root: Path, monkeypatch: Any) -> None:
    first = run(root, miss=0.2)
    write = artifact.write_file
    calls = 0
    while True:
        calls += 1
        left = calls

        def full(path: Path, data: bytes) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                path.write_bytes(data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            write(path, data)

        monkeypatch.setattr(artifact, "write_file", full)
        try:
            last = run(root, miss=0.01, pages=60)
        except OSError:
            pass
        else:
            break
        finally:
            monkeypatch.undo()
        assert Registry(root).champion() == first.challenger
        assert not list(root.glob(".tmp-*"))
    assert calls > 6, "the disk was full at every write in turn"
    assert last.promoted


# Partition


def test_no_outlet_and_no_article_is_on_both_sides() -> None:
    articles = stub_articles(40)
    sides = partition(articles, [], split=lambda some: held_out_split(some, langs=()))
    assert sides.held_articles
    assert len(sides.articles) > len(sides.held_articles)
    assert not {a.outlet for a in sides.articles} & {a.outlet for a in sides.held_articles}
    assert not {a.id for a in sides.articles} & {a.id for a in sides.held_articles}


@pytest.mark.parametrize("shared", ["article", "outlet"])
def test_a_split_that_leaks_stops_the_job(root: Path, shared: str) -> None:
    steps = stub_steps(miss=0.01)

    def leaky(articles: Sequence[Any]) -> Any:
        train, held = steps.split(articles)
        extra = held[0] if shared == "article" else stub_articles()[0]
        return [*train, extra], [*held, stub_articles(each=5)[4]] if shared == "outlet" else held

    broken = Steps(steps.read, leaky, steps.compose, steps.fit, load=steps.load)
    with pytest.raises(SharedSources, match=f"{shared}s? stand on both sides.*--pages"):
        job(root, broken)
    assert Registry(root).versions() == []


def test_frozen_pages_of_training_articles_stop_the_job(root: Path) -> None:
    steps = stub_steps(miss=0.01)

    def leaky(articles: Any, seed: int, by_article: Any) -> list[LabelledPage]:
        (page, *rest) = steps.compose(articles, seed, by_article)
        ids = tuple(one.id for one in steps.split(stub_articles())[0])
        return [LabelledPage(page.id, page.text, page.starts, articles=ids[:1]), *rest]

    broken = Steps(steps.read, steps.split, leaky, steps.fit, load=steps.load)
    with pytest.raises(SharedSources, match="articles stand on both sides"):
        job(root, broken)


def test_pages_go_with_their_outlet_and_mixed_ones_nowhere() -> None:
    def split(some: Any) -> Any:
        return held_out_split(some, langs=())

    articles = stub_articles(40)
    train, held = split(articles)
    learned, measured = train[0].outlet, held[0].outlet
    pages = [
        LabelledPage("learn", "Learn this", [0], outlets=(learned,)),
        LabelledPage("measure", "Measure this", [0], outlets=(measured,)),
        LabelledPage("both", "Both", [0], outlets=(learned, measured)),
        LabelledPage("copy", "Measure this", [0], outlets=(learned,)),
        *(LabelledPage(f"n{i}", f"New {i}", [0], outlets=(f"{i}.example",)) for i in range(99)),
    ]
    sides = partition(articles, pages, split=split)
    to_learn, frozen = ({page.id for page in side} for side in (sides.pages, sides.frozen))
    assert "learn" in to_learn
    assert "measure" in frozen
    assert not {"both", "copy"} & (to_learn | {i for i in frozen if i == "both"})
    new = [page for page in sides.frozen if page.id.startswith("n")]
    assert 3 <= len(new) <= 35, "about 15 % of sites that nobody has articles of are held out"
    again = partition(articles, pages, split=split)
    assert again.frozen == sides.frozen


def test_too_few_articles_are_named(root: Path) -> None:
    steps = stub_steps()
    none = Steps(lambda paths: [], steps.split, steps.compose, steps.fit, load=steps.load)
    with pytest.raises(NothingToTrainOn, match="give more files with `--articles FILES`"):
        job(root, none)
