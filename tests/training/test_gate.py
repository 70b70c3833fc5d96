"""Models that are worse, slower or larger are refused with the reason; better ones pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.training.stub_model import StubSegmenter, stub_pages
from training.comparison import compare
from training.evaluate import Report, evaluate
from training.floors import Floors
from training.gate import Budgets, judge, speeds

PAGES = stub_pages(600, kinds=("digest", "single", "feed"))


def _report(pages: Any = PAGES, **model: Any) -> Report:
    report = evaluate(StubSegmenter(**model), pages, replicates=1)
    object.__setattr__(report, "seconds", 1.0)  # speed is tested by itself
    return report


CHAMPION = _report(miss=0.10, false=0.01, version="old")


def test_a_better_model_is_promoted() -> None:
    verdict = judge(CHAMPION, _report(miss=0.05, false=0.005, version="new"), size=1000)
    assert verdict.promote
    assert verdict.reasons[0].startswith("better: seam_f1 overall")
    assert json.dumps(verdict.to_dict(), allow_nan=False)
    assert verdict.figures["champion"] == "old"


def test_the_same_model_is_no_better() -> None:
    verdict = judge(CHAMPION, CHAMPION)
    assert not verdict.promote
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("no better than the champion")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"miss": 0.2, "false": 0.01}, "worse: seam_f1 overall"),
        ({"miss": 0.10, "false": 0.03}, "worse: false_split overall"),
        ({"miss": 0.10, "false": 0.01, "said": 0.6}, "worse: ece overall"),
        ({"miss": 1.0}, "worse: seam_f1 overall"),
    ],
)
def test_a_worse_model_is_refused_with_the_figure(model: dict[str, Any], says: str) -> None:
    verdict = judge(CHAMPION, _report(**model))
    assert not verdict.promote
    assert any(reason.startswith(says) for reason in verdict.reasons)


def test_a_model_that_is_worse_on_one_kind_only_is_refused() -> None:
    """Better overall, but it no longer sees the seams of one kind of page."""

    class Forgetful(StubSegmenter):
        def label_proba(self, pages: Any) -> Any:
            out = super().label_proba(pages)
            for page, proba in zip(pages, out, strict=True):
                if int(page.text.split(" ")[1].split("-")[1]) % 3 == 2 and len(page) % 4:
                    proba[1:, 2] = 0.01
            return out

    champion = _report(miss=0.25, false=0.01)
    challenger = evaluate(Forgetful(), PAGES, replicates=50)
    object.__setattr__(challenger, "seconds", 1.0)
    verdict = judge(champion, challenger)
    by_group = {(c.axis, c.name, c.figure): c for c in compare(champion, challenger)}
    assert by_group["overall", "all", "seam_f1"].gain > 0
    assert not verdict.promote
    assert any("worse: seam_f1 on kind feed" in reason for reason in verdict.reasons)


def test_a_model_that_is_worse_in_one_language_only_is_refused() -> None:
    """Better overall and on every kind, but it misses most seams of Māori pages."""
    # Four kinds, so that no language is of one kind.
    pages = stub_pages(600, kinds=("digest", "single", "feed", "letter"))
    langs = [page.lang for page in pages]

    class Monolingual(StubSegmenter):
        def label_proba(self, pages: Any) -> Any:
            out = super().label_proba(pages)
            for page, proba in zip(pages, out, strict=True):
                number = int(page.text.split(" ")[1].split("-")[1])
                if langs[number] == "mi" and len(page) % 4:
                    proba[1:, 2] = 0.01
            return out

    champion = _report(pages, miss=0.25, false=0.01)
    challenger = evaluate(Monolingual(), pages, replicates=50)
    object.__setattr__(challenger, "seconds", 1.0)
    verdict = judge(champion, challenger)
    by_group = {(c.axis, c.name, c.figure): c for c in compare(champion, challenger)}
    assert by_group["overall", "all", "seam_f1"].gain > 0
    assert by_group["lang", "en", "seam_f1"].gain > 0
    assert not verdict.promote
    assert any(reason.startswith("worse: seam_f1 on lang mi") for reason in verdict.reasons)
    assert not any("worse" in reason and "lang mi" not in reason for reason in verdict.reasons)


def test_groups_with_few_pages_are_not_judged() -> None:
    few = stub_pages(40, seed=3, kinds=("rare",))
    champion = _report([*PAGES, *few], miss=0.1)
    names = {each.name for each in compare(champion, champion)}
    assert "rare" not in names
    assert {"all", "digest", "feed", "single", "en", "mi"} == names


def test_equals_are_rarely_found_worse() -> None:
    """Two models of the same quality that err on different pages: about one in ten is refused."""
    refused = 0
    for number in range(20):
        pages = stub_pages(240, seed=100 + number)
        left = _report(pages, miss=0.1, false=0.01, salt=f"a{number}")
        right = _report(pages, miss=0.1, false=0.01, salt=f"b{number}")
        refused += any(each.worse for each in compare(left, right, replicates=400))
    assert refused <= 6


def test_size_and_speed_budgets() -> None:
    better = _report(miss=0.05)
    too_large = judge(CHAMPION, better, size=12_000_001)
    assert not too_large.promote
    assert too_large.reasons == ("too large: 12,000,001 bytes of 12,000,000 allowed",)
    too_slow = judge(CHAMPION, better, slowdown=2.0)
    assert too_slow.reasons == ("too slow: 2.00 times the champion's time, 1.5 allowed",)
    assert judge(CHAMPION, better, slowdown=1.2).promote
    assert not judge(CHAMPION, better, budgets=Budgets(pages_per_second=1e9)).promote


def test_a_model_that_is_twice_as_slow_is_measured_as_such_and_refused() -> None:
    fast, slow = speeds(
        [StubSegmenter(delay=0.002), StubSegmenter(delay=0.005, miss=0.05)], PAGES[:60]
    )
    assert fast / slow > 1.8
    assert not judge(CHAMPION, _report(miss=0.05), slowdown=fast / slow).promote


def test_reports_on_other_pages_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same pages"):
        compare(CHAMPION, _report(PAGES[:-1]))


def test_floors_refuse_and_lowering_them_is_recorded() -> None:
    better = _report(miss=0.05, version="new")
    floors = Floors(better.corpus, "m", {"overall": {"seam_f1": 0.99, "false_split": 0.9}})
    verdict = judge(CHAMPION, better, floors=floors)
    assert not verdict.promote
    assert verdict.reasons[0].startswith("below a pinned floor: seam_f1 of overall is 0.9")
    lowered = judge(CHAMPION, better, floors=floors, lower_floors="new layouts in the pages")
    assert lowered.promote
    (record,) = lowered.figures["floors_lowered"]
    assert record["figure"] == "seam_f1"
    assert record["why"] == "new layouts in the pages"
    elsewhere = Floors("other pages", "m", floors.floors)
    assert judge(CHAMPION, better, floors=elsewhere).promote
    assert "none pinned" in judge(CHAMPION, better, floors=elsewhere).figures["floors"]


def test_the_verdict_is_the_same_every_time() -> None:
    challenger = _report(miss=0.09)
    assert judge(CHAMPION, challenger) == judge(CHAMPION, challenger)
