"""Other pages are told from the same ones; importances and the card's profile, on a real model."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from model.page import Page
from tests.model.tiny import story, tiny_segmenter
from tests.training.stub_model import StubSegmenter
from training import drift as module
from training import findings
from training.drift import CHANGED, SCORE, Profile, drift, reference_profile
from training.findings import Findings, find, profile_of
from training.importance import group_importance
from training.labelled import CORRECTED, LabelledPage
from training.learning_curve import learning_curve
from training.report_sections import drifted


def labelled(number: int, kind: str = "digest") -> LabelledPage:
    first, second = (
        story(f"topic {number % 12}", number),
        story(f"topic {(number + 5) % 12}", number),
    )
    return LabelledPage(
        f"p{number}", f"{first}\n{second}", [0, len(first) + 1], kind=kind, lang="en"
    ).check()


PAGES = [labelled(n) for n in range(240)]


def pages(first: int, last: int) -> list[Page]:
    return [Page.from_text(page.text) for page in PAGES[first:last]]


@pytest.fixture(scope="module")
def reference() -> Profile:
    return reference_profile(tiny_segmenter(), pages(0, 120))


def test_pages_of_the_same_kind_are_not_drift_and_others_are(reference: Profile) -> None:
    same, other = reference.empty(), reference.empty()
    same.add(tiny_segmenter(), pages(120, 240))
    shouting = [
        Page.from_text(page.text.upper().replace(".", " !\n\n")) for page in pages(120, 240)
    ]
    other.add(tiny_segmenter(), shouting)
    assert same.enough
    near, far = drift(reference, same), drift(reference, other)
    assert set(near) == set(far) > {SCORE, "headline", "change of subject"}
    assert max(near.values()) < CHANGED
    assert far["headline"] > 4 * CHANGED
    assert max(drift(reference, reference).values()) == pytest.approx(0, abs=1e-12)


def test_a_profile_goes_through_a_card(reference: Profile) -> None:
    again = Profile.from_dict(json.loads(json.dumps(reference.to_dict())))
    assert again is not None
    np.testing.assert_array_equal(again.edges, reference.edges)
    np.testing.assert_array_equal(again.counts, reference.counts)
    assert again.pages == 120
    assert Profile.from_dict(None) is None
    assert Profile.from_dict({"pages": 3, "features": {"another": {}}}) is None
    blocks = again.counts.sum(axis=1)
    assert (blocks == blocks[0]).all(), "every block is counted once for every feature"


def test_counting_in_parts_is_counting(reference: Profile) -> None:
    parts = reference.empty()
    for low in range(0, 120, 30):
        parts.add(tiny_segmenter(), pages(low, low + 30))
    parts.add(tiny_segmenter(), [])
    np.testing.assert_array_equal(parts.counts[:-1], reference.counts[:-1])
    assert parts.pages == 120


def test_importance_tells_what_the_model_uses() -> None:
    some = [(Page.from_text(page.text), page) for page in PAGES[:60]]
    found = group_importance(tiny_segmenter(), some)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    # Invented stories have no dates and bylines; their headlines and subjects tell them apart.
    assert found["date line"] == pytest.approx(0, abs=0.01)
    assert max(found.values()) > 0.02
    assert found == group_importance(tiny_segmenter(), some)


def test_the_curve_measures_every_share_on_the_same_pages() -> None:
    whole = tiny_segmenter()
    some = [(Page.from_text(page.text), page) for page in PAGES[:30]]
    found = learning_curve(whole, {0.5: whole.classifiers.again[-1]}, some)
    assert [row["share"] for row in found] == [0.5, 1.0]
    assert found[0]["seam_f1"] == found[1]["seam_f1"] > 0.3
    assert found[0]["low"] <= found[0]["seam_f1"] <= found[0]["high"]


def test_findings_are_put_together() -> None:
    whole = tiny_segmenter()
    known = type(whole)(whole.classifiers, whole.card | profile_of(whole, PAGES[:120]))
    assert known.card["profile"]["pages"] == 120
    found = find(known, PAGES[120:160], seen=PAGES[120:240])
    assert found.importance
    assert found.drift[SCORE] < CHANGED
    assert found.drifted == f"120 pages against the 120 on {known.version}'s card"
    assert find(known, PAGES[:20], seen=PAGES[:20]).drift == {}, "too few to say anything"
    assert found.served == {}


def test_what_the_service_counted_is_told_beside_the_pages_that_are_at_hand() -> None:
    whole = tiny_segmenter()
    known = type(whole)(whole.classifiers, whole.card | profile_of(whole, PAGES[:120]))
    asked: list[str] = []

    def counted(version: str, bins: Profile) -> Profile:
        asked.append(version)
        out = bins.empty()
        out.add(known, [Page.from_text(page.text.upper()) for page in PAGES[120:]])
        return out

    found = find(known, PAGES[:40], counted=counted)
    assert asked == [known.version]
    assert found.served["headline"] > CHANGED
    assert found.served_told.startswith(f"{len(PAGES) - 120} pages against the 120 on")
    text = "".join(drifted(found))
    assert "counted as they came" in text
    assert "looked at here" not in text, "40 pages are too few"
    nothing = find(known, PAGES[:40], counted=lambda version, bins: bins.empty())
    assert nothing.served == {}
    assert list(drifted(nothing)) == []


def test_what_is_no_segmenter_has_no_findings() -> None:
    assert find(StubSegmenter(), PAGES) == Findings()
    assert profile_of(StubSegmenter(), PAGES) == {}


def test_the_card_keeps_real_pages_where_there_are_enough() -> None:
    real = [labelled(n, "real") for n in range(60)] + [labelled(n, CORRECTED) for n in range(60)]
    assert profile_of(tiny_segmenter(), [*PAGES[:200], *real])["profile"]["pages"] == 120


@pytest.mark.parametrize("count", [1, 119, 120, 121, 239, 240, 1199])
def test_pages_are_drawn_from_beginning_to_end(count: int) -> None:
    some = [LabelledPage(str(n), "x", []) for n in range(count)]
    at = [int(page.id) for page in findings._spread(some, 120)]
    assert len(at) == min(count, 120)
    apart = {b - a for a, b in pairwise(at)}
    assert at[0] == 0
    assert count - at[-1] == -(-count // len(at))
    assert max(apart, default=1) - min(apart, default=1) <= 1


def test_pages_are_counted_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pages = tiny_segmenter(), [Page.from_text(page.text) for page in PAGES[:70]]
    sizes: list[int] = []
    values = module._values

    def watched(segmenter: Any, some: Any) -> Any:
        sizes.append(len(some))
        return values(segmenter, some)

    monkeypatch.setattr(module, "_values", watched)
    found = reference_profile(whole, pages)
    assert max(sizes) == 32
    assert sum(sizes) == 2 * 70
    monkeypatch.setattr(module, "_AT_A_TIME", 1000)
    at_once = reference_profile(whole, pages)
    assert found.pages == at_once.pages == 70
    np.testing.assert_allclose(found.edges, at_once.edges, rtol=1e-5)
    assert reference_profile(whole, []).pages == 0
