"""A segmented page for people: stories in colour, seams marked, the rest dimmed."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from model.stories import Boundary, Segmentation, Story

__all__ = ["printable", "show", "show_brief"]

_COLOURS = ("cyan", "yellow", "green", "magenta", "bright_blue", "bright_red")

# A scraped page may hold terminal escapes; they are shown, not obeyed. Direction overrides, which
# can make a line read as another one, are left out.
_ESCAPES = (*range(9), *range(11, 13), *range(14, 32), *range(127, 160))
_OVERRIDES = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), ord("\r"))
_CONTROLS = dict.fromkeys(_ESCAPES, "\N{REPLACEMENT CHARACTER}") | dict.fromkeys(_OVERRIDES, "")

_FIRST_WORDS = 12


def printable(text: str) -> str:
    """Text without anything that a terminal would take for a command."""
    return text.translate(_CONTROLS)


def show(console: Console, name: str, answer: Segmentation) -> None:
    """Print a whole page with its stories in colour and its seams between them."""
    text = answer.text
    seams = {seam.offset: seam for seam in answer.seams}
    stories, gaps = len(answer.stories), len(answer.seams)
    heading = f"{name}: {_count(stories, 'story', 'stories')}, {_count(gaps, 'seam', 'seams')}"
    console.print(Text(printable(f"{heading} (model {answer.model})"), style="bold"))
    last = 0
    for number, story in enumerate(answer.stories, 1):
        _outside(console, text[last : story.start])
        if seam := seams.get(story.start):
            console.print(_seam(seam))
        colour = _COLOURS[(number - 1) % len(_COLOURS)]
        console.print(Text(_title(number, story), style=f"bold {colour}"))
        console.print(Text(printable(text[story.start : story.end]), style=colour))
        last = story.end
    _outside(console, text[last:])


def show_brief(console: Console, answer: dict[str, Any], text: str) -> None:
    """Print of each story in an answer of the service: number, offsets, headline, first words."""
    seams = {seam["offset"]: seam for seam in answer["seams"]}
    for number, story in enumerate(answer["stories"], 1):
        start, end = story["start"], story["end"]
        if seam := seams.get(start):
            console.print(_seam(Boundary(start, seam["probability"])))
        colour = _COLOURS[(number - 1) % len(_COLOURS)]
        headline = printable(story["headline"] or "(no headline)")
        console.print(Text(f"story {number}  {headline}", style=f"bold {colour}"))
        console.print(Text(f"  characters {start} to {end}, {_words(text[start:end])} words"))
        body = story["text"].removeprefix(story["headline"] or "").split()
        console.print(Text(f"  {printable(' '.join(body[:_FIRST_WORDS]))} …", style="dim"))


def _words(text: str) -> int:
    return len(text.split())


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _title(number: int, story: Story) -> str:
    parts = [f"[{number}]", f"{story.start}-{story.end}", f"confidence {story.confidence:.3f}"]
    parts += ["main"] if story.main else [f"relatedness {story.relatedness:.2f}"]
    parts += [part for part in (story.byline, story.published) if part]
    return printable(" · ".join(parts))


def _seam(seam: Boundary) -> Rule:
    title = f"seam at {seam.offset} · probability {seam.probability:.3f}"
    if seam.evidence:
        title += f" · {', '.join(seam.evidence)}"
    return Rule(Text(title, style="bold red"), style="red")


def _outside(console: Console, text: str) -> None:
    if text.strip():
        console.print(Text(printable(text.strip("\n")), style="dim"))
