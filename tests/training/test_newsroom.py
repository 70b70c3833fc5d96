"""The simulated newsroom: corrections of its pages help there, and do no harm elsewhere."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.model.tiny import PLAN, article, hurry
from training import newsroom
from training.newsroom import SITE, draw, newsroom_page, simulate


def test_a_page_begins_its_stories_at_their_rubrics() -> None:
    stories = [article(n) for n in range(3)]
    page = newsroom_page(stories, random.Random(1), "p")
    assert page.outlets == (SITE,)
    assert len(page.starts) == 3
    for start, story in zip(page.starts, stories, strict=True):
        rubric, lead, headline, byline, date = page.text[start:].split("\n")[:5]
        assert len(rubric) < 20
        assert lead == story.paragraphs[0]
        assert headline == story.title
        assert byline.startswith("By ")
        assert "2024" in date
    assert [page.text[a:b].split("\n")[0] for a, b in page.outside] == ["Menu", "Most read"]


def test_corrections_help_there_and_do_no_harm_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    # The layout is what is learned here; coarse words do, and fewer pages than for a plot.
    hurry(monkeypatch)
    monkeypatch.setattr(newsroom, "_UNSEEN", 60)
    monkeypatch.setattr(newsroom, "_PER_KIND", 10)
    articles = [
        replace(article(n, paragraphs=7), outlet=f"outlet{n % 24}.example") for n in range(360)
    ]
    found = simulate(articles, counts=(0, 40), plan=replace(PLAN, pages=120, rounds=12))
    before, after = found["rows"]
    gain = after["newsroom"]["seam_f1"][0] - before["newsroom"]["seam_f1"][0]
    loss = before["elsewhere"]["seam_f1"][0] - after["elsewhere"]["seam_f1"][0]
    assert gain > 0.2, found
    assert loss < 0.05, found
    draw(found, tmp_path / "newsroom.svg")
    assert "<svg" in (tmp_path / "newsroom.svg").read_text(encoding="utf-8")
    assert json.loads(json.dumps(found)) == found
