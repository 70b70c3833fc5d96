"""A segmenter without a model: a seam wherever a line begins with ``#``. Importable by workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from model.page import Page
from model.stories import Boundary, Segmentation, Story
from service.predictor import Options


class FakeSegmenter:
    """Cuts at lines that begin with ``#``, where entries are asked for at ``@`` as well.

    Some pages misbehave on purpose.
    """

    version = "fake-1"

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay

    def segment_many(
        self, pages: Sequence[str | Page], **options: Unpack[Options]
    ) -> list[Segmentation]:
        return [self._segment(page, options) for page in pages]

    def _segment(self, page: str | Page, options: Options) -> Segmentation:
        time.sleep(self._delay)
        text = page if isinstance(page, str) else page.text
        if "PLEASE FAIL" in text:
            raise ZeroDivisionError("asked to")
        while "PLEASE HANG" in text:
            time.sleep(0.1)
        marks = ("\n#", "\n@") if options.get("granularity") == "entry" else ("\n#",)
        starts = [0] + [at + 1 for at in range(len(text)) if text.startswith(marks, at)]
        ends = [*starts[1:], len(text)]
        stories = tuple(
            Story(a, b, a == 0, text[a:b][:20] or None, None, None, None, 0.5, 1.0, text[a:b])
            for a, b in zip(starts, ends, strict=True)
        )
        evidence = ("headline",) if options.get("explain") else ()
        seams = tuple(Boundary(a, 0.75, evidence) for a in starts[1:])
        return Segmentation(self.version, text, stories if text else (), seams)


def load(model: Path | None) -> FakeSegmenter:
    """The fake, at once."""
    return FakeSegmenter()


class Idle(FakeSegmenter):
    """Finds nothing, in no time."""

    def _segment(self, page: str | Page, options: Options) -> Segmentation:
        return Segmentation(self.version, "", (), ())


def load_idle(model: Path | None) -> FakeSegmenter:
    """A fake that finds nothing, in no time."""
    return Idle()


def load_slow(model: Path | None) -> FakeSegmenter:
    """The fake, at 2 ms a page: long enough to be killed in the middle."""
    return FakeSegmenter(0.002)


class _Suicidal(FakeSegmenter):
    """Kills its process at pages that say so; once only, where there is a file that remembers."""

    def __init__(self, mark: Path | None) -> None:
        super().__init__()
        self._mark = mark

    def _segment(self, page: str | Page, options: Options) -> Segmentation:
        if "KILL ME" in str(page) and not (self._mark and self._mark.exists()):
            if self._mark:
                self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._segment(page, options)


def load_suicidal(model: Path | None) -> FakeSegmenter:
    """A fake whose worker dies once."""
    assert model is not None
    return _Suicidal(model)


def load_and_die(model: Path | None) -> FakeSegmenter:
    """Whoever loads it is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


class _Spoiling(FakeSegmenter):
    """Gives an answer with half a character where a page says so."""

    def _segment(self, page: str | Page, options: Options) -> Segmentation:
        answer = super()._segment(page, options)
        if "PLEASE SPOIL" not in answer.text:
            return answer
        stories = tuple(replace(story, headline="\ud83d") for story in answer.stories)
        return replace(answer, stories=stories)


def load_spoiling(model: Path | None) -> FakeSegmenter:
    """A fake whose answers cannot always be written."""
    return _Spoiling()


def load_deadly(model: Path | None) -> FakeSegmenter:
    """A fake whose worker dies every time."""
    return _Suicidal(None)


def pages(count: int) -> list[dict[str, Any]]:
    """Invented pages, of one to four stories, in several scripts."""
    scripts = (
        "the mayor opened a bridge",
        "Übermorgen fällt Schnee",
        "市长昨日出席会议",
        "🚲 👩‍👩‍👧",
    )
    return [
        {
            "id": f"page-{number}",
            "text": "\n".join(
                f"# story {part} of {number}\n{scripts[(number + part) % 4]} {number * 7919}"
                for part in range(number % 4 + 1)
            ),
        }
        for number in range(count)
    ]


def live(count: int) -> list[dict[str, Any]]:
    """Invented live blogs, each one story or three entries."""
    entries = "\n@ 14:05 The wind turns\n@ 13:40 The ferry waits"
    return [{"id": number, "text": f"# Storm {number}{entries}"} for number in range(count)]


def load_named(model: Path | None) -> FakeSegmenter:
    """A fake whose version is what the file ``name`` of its directory says."""
    assert model is not None
    segmenter = FakeSegmenter()
    segmenter.version = (model / "name").read_text(encoding="utf-8")
    return segmenter
