"""Pages in company: each gets its own answer, and nobody waits for nobody."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Unpack

import pytest

from model.page import Page
from model.stories import Segmentation
from service import together as module
from service.predictor import Options
from service.together import _LONGEST, Together
from tests.service.serving_fake import Predictor, client


class Slow(Predictor):
    """Holds its first page until told to go on, and remembers which pages came together."""

    def __init__(self, version: str = "slow") -> None:
        super().__init__(version)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.batches: list[list[str]] = []

    def segment(
        self, page: str | Page, *, blocks: bool = False, **options: Unpack[Options]
    ) -> Segmentation:
        text = page if isinstance(page, str) else page.text
        self.batches.append([text])
        if text == "first":
            self.begun.set()
            assert self.go_on.wait(10)
        return super().segment_many([page], **options)[0]

    def segment_many(
        self, pages: Sequence[str | Page], **options: Unpack[Options]
    ) -> list[Segmentation]:
        self.batches.append([each if isinstance(each, str) else each.text for each in pages])
        return super().segment_many(pages, **options)


def arrived(together: Together, count: int) -> None:
    """Wait until that many jobs wait."""
    for _ in range(2000):
        if len(together._waiting) == count:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{len(together._waiting)} wait")


def ask(
    together: Together, model: Slow, pages: list[str], **options: float
) -> list[Segmentation | BaseException]:
    """Hold the model with one page, let these come meanwhile, go on; their answers in order."""
    with ThreadPoolExecutor(len(pages) + 1) as pool:
        held = pool.submit(together.segment, model, "first")
        assert model.begun.wait(10)
        asked = []
        for number, page in enumerate(pages):
            asked.append(pool.submit(together.segment, model, page, threshold=options.get(page)))
            arrived(together, number + 1)
        model.go_on.set()
        held.result(10)
        return [one.exception(10) or one.result() for one in asked]


def test_what_comes_meanwhile_is_segmented_in_one_go_and_each_gets_its_own() -> None:
    model, pages = Slow(), [f"# {number}\n" for number in range(5)]
    answers = ask(Together(8), model, pages)
    assert model.batches == [["first"], pages]
    assert [answer.text for answer in answers] == pages  # type: ignore[union-attr]


def test_a_batch_has_its_bounds() -> None:
    model, pages = Slow(), [f"# {number}\n" for number in range(5)]
    ask(Together(3), model, pages)
    assert model.batches == [["first"], pages[:3], pages[3:]]
    model, pages = Slow(), [f"{number}" * _LONGEST for number in range(7)]
    ask(Together(16), model, pages)
    assert [len(batch) for batch in model.batches] == [1, 5, 2]


def test_only_what_is_asked_alike_goes_together_and_order_is_kept() -> None:
    model = Slow()
    ask(Together(8), model, ["a", "b", "c", "d"], b=0.5, d=0.5)
    assert model.batches == [["first"], ["a", "c"], ["b", "d"]]


def test_the_page_at_fault_fails_alone() -> None:
    answers = ask(Together(8), Slow(), ["a", "PLEASE FAIL", "b"])
    assert isinstance(answers[1], ZeroDivisionError)
    assert [answer.text for answer in (answers[0], answers[2])] == ["a", "b"]  # type: ignore[union-attr]


def test_every_request_gets_the_model_that_it_began_with() -> None:
    together, old, new = Together(8), Slow("old"), Slow("new")
    with ThreadPoolExecutor(3) as pool:
        held = pool.submit(together.segment, old, "first")
        assert old.begun.wait(10)
        asked = [pool.submit(together.segment, model, "x") for model in (old, new)]
        arrived(together, 2)
        old.go_on.set()
        assert [one.result(10).model for one in (held, *asked)] == ["old", "old", "new"]


@pytest.mark.parametrize("page", ["x" * (_LONGEST + 1), "x"], ids=["long", "with blocks"])
def test_long_pages_and_blocks_do_not_hold_up_others(page: str) -> None:
    together, model = Together(8), Slow()
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(together.segment, model, "first")
        assert model.begun.wait(10)
        # The work is taken, and still this one is answered.
        together.segment(model, page, blocks=page == "x")
        assert not held.done()
        model.go_on.set()


def test_alone_means_alone() -> None:
    model = Slow()
    together = Together(1)
    model.go_on.set()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda page: together.segment(model, page), ["a"] * 50))
    assert {len(batch) for batch in model.batches} == {1}


def test_many_threads_for_a_while() -> None:
    http, pages = (
        client(Predictor(), concurrency=16).application,
        [f"# {n}\n# {n}b" for n in range(300)],
    )

    def post(page: str) -> bool:
        answer = http.test_client().post("/v1/segment", json={"text": page})
        return bool(answer.json["stories"][1]["headline"] == page.splitlines()[1])

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(post, pages))


def test_a_page_that_hangs_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.2)
    together, model = Together(4), Slow()
    with ThreadPoolExecutor(4) as pool:
        hanging = pool.submit(together.segment, model, "first")
        assert model.begun.wait(10)
        for number in range(3):
            some = [pool.submit(together.segment, model, f"# {number}{n}") for n in range(2)]
            found = [each.result(timeout=5) for each in some]
            assert [each.text for each in found] == [f"# {number}0", f"# {number}1"]
        assert not hanging.done()
        assert not together._waiting, "who has gone does not stand in the way of the next"
        model.go_on.set()
        assert hanging.result(timeout=5).text == "first"
    # And it goes on as before.
    assert together.segment(model, "# again").text == "# again"
    assert len(model.batches) == 8


def test_whoever_is_answered_in_the_last_moment_has_not_left() -> None:
    together, model = Together(4), Slow()
    job = module._Job(model, "# One", 5, None, False, "story")
    together._waiting.append(job)
    job.woken.set()
    assert not together._leaves(job)
    assert list(together._waiting) == [job]
    job.woken.clear()
    assert together._leaves(job)
    assert not together._waiting
