"""The HTML report stands alone, escapes what pages hold and draws the seams."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.training.stub_model import StubSegmenter, stub_pages
from training.evaluate import WorstPage, evaluate
from training.findings import Findings
from training.gate import judge
from training.labelled import LabelledPage

pytest.importorskip("matplotlib")

from training.report import write_report

PAGES = [
    *stub_pages(120),
    LabelledPage("<i>x</i>", "<script>alert(1)</script> #\nBody\nTwo #\nBody", [0, 33], kind="a&b"),
]
REPORT = evaluate(StubSegmenter(miss=0.3, false=0.05), PAGES, replicates=50)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name.endswith(("src", "href"))]


def test_it_stands_alone_and_shows_everything(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(REPORT, path)
    text = path.read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(text)
    assert reader.tags.count("svg") == 2
    assert "script" not in reader.tags
    assert all(link.startswith("#") for link in reader.links), "nothing is fetched"
    assert "a&amp;b" in text
    assert text.count('class="page"') == len(REPORT.worst) == 20
    for kind in ("missed", "false"):
        assert f'class="seam {kind}"' in text
    assert f"{REPORT.overall.value('seam_f1'):.3f}" in text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_what_is_not_there_says_what_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(REPORT, path)
    bare = path.read_text(encoding="utf-8")
    assert "--learning-curve" in bare
    assert "it takes 100 pages that came" in bare
    points = [{"share": 1.0, "seam_f1": 0.8, "low": 0.7, "high": 0.9}]
    full = replace(REPORT, findings=Findings(learning=points, served={"score": 0.1}))
    write_report(full, path)
    assert "Not here" not in path.read_text(encoding="utf-8")


def test_every_wrong_seam_of_the_worst_pages_is_drawn(tmp_path: Path) -> None:
    write_report(REPORT, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    drawn = len(re.findall(r'class="seam (?:missed|false)"', text))
    assert drawn == sum(page.wrong for page in REPORT.worst)


def test_a_block_with_two_wrong_seams_shows_both(tmp_path: Path) -> None:
    text = "One line.\nPhoto: Ana Brook Goats win.\nThe end."
    at = text.index("Photo")
    truth = LabelledPage("p", text, [0, text.index("Goats")])
    report = replace(REPORT, worst=[WorstPage(truth, [(at, 0.8)], 2)])
    write_report(report, tmp_path / "r.html")
    shown = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert len(re.findall(r'class="seam (?:missed|false)"', shown)) == 2
    assert shown.count("Photo: Ana Brook") == 1


def test_champion_and_verdict_stand_beside_it(tmp_path: Path) -> None:
    champion = evaluate(StubSegmenter(version="old", miss=0.1), PAGES, replicates=20)
    verdict = judge(champion, REPORT, slowdown=1.0, replicates=200)
    write_report(REPORT, tmp_path / "r.html", champion=champion, verdict=verdict)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "The gate: refused" in text
    assert "worse: seam_f1 overall" in text
    assert text.count("<td>old<td>") == len(champion.groups)


def test_what_was_found_is_shown(tmp_path: Path) -> None:
    found = Findings(
        importance={"headline": 0.021, "<b>wording": -0.001},
        learning=[
            {"share": 0.25, "seam_f1": 0.5, "low": 0.4, "high": 0.6},
            {"share": 1.0, "seam_f1": 0.7, "low": 0.6, "high": 0.8},
        ],
        drift={"score": 0.02, "date line": 0.4},
        drifted="200 pages against the 600 on old's card",
    )
    write_report(replace(REPORT, findings=found), tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(text)
    assert reader.tags.count("svg") == 3
    assert "<td>headline<td>21.000" in text
    assert "&lt;b&gt;wording" in text
    assert text.index("<td>date line<td>0.400") < text.index("<td>score<td>0.020")


def test_confusion_is_told_by_kind_and_language(tmp_path: Path) -> None:
    """The stub misses three starts of ten, which it takes for inside, and knows no outside."""
    write_report(REPORT, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    rows = text[text.index("<h2>Confusion") :].split("<tr>")
    assert len(rows) >= 2 + len(REPORT.groups)
    (overall,) = (row for row in rows if row.startswith("<td>all<td>"))
    cells = [cell.strip() for cell in re.findall(r"<td>([^<]*)", overall)]
    outside, inside, start = cells[2:6], cells[6:10], cells[10:14]
    assert outside[0] == "0"
    assert outside[1:] == ["-", "-", "-"]
    assert float(inside[2]) == pytest.approx(0.95, abs=0.02)
    assert float(start[3]) == pytest.approx(0.7, abs=0.1)
    assert float(start[2]) + float(start[3]) == pytest.approx(1, abs=0.002)
