"""Kinds of evaluation pages: how stories stand on a page, and what stands around them.

Independent of `training.synthesis`, which makes the training pages: other layouts, other wording.
A page is drafted as lines, each with its role; `Draft.page` joins them and measures the offsets.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from training.holdout.stories import Story, sentences
from training.holdout.wording import Wording

__all__ = ["KINDS", "Draft", "Kind"]

Role = Literal["start", "inside", "outside"]


@dataclass
class Draft:
    """A page in the making."""

    rng: random.Random
    wording: Wording
    teasers: Sequence[Story]
    lines: list[tuple[Role, str]] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def story(self, lines: Sequence[str]) -> None:
        """A whole story; its first line is where it starts."""
        self.lines += [("inside" if at else "start", line) for at, line in enumerate(lines)]

    def inside(self, *lines: str) -> None:
        self.lines += [("inside", line) for line in lines]

    def outside(self, *lines: str) -> None:
        self.lines += [("outside", line) for line in lines]

    def teaser_lines(self, low: int, high: int) -> list[str]:
        """Headlines of other articles, some with a lead, some with headline and lead in one."""
        style = self.rng.randrange(4)
        lines: list[str] = []
        chosen = self.rng.sample(self.teasers, min(len(self.teasers), self.rng.randint(low, high)))
        for story in chosen:
            lead = story.paragraphs[0]
            title = story.title or sentences(lead)[0][:90]
            if style == 0:
                lines.append(title)
            elif style == 1:
                lines += [title, clip(lead, 180) + "…"]
            elif style == 2:
                lines.append(f"{title} {clip(' '.join(story.paragraphs[:2]), 500)}")
            else:
                lines += [self.wording.date(), title]
        return lines

    def page(self, separator: str) -> tuple[str, list[int], list[tuple[int, int]]]:
        """Text, story starts and outside spans."""
        at = 0
        pieces: list[str] = []
        starts: list[int] = []
        outside: list[tuple[int, int]] = []
        before: Role = "inside"
        for role, line in self.lines:
            if role == "start":
                starts.append(at)
            elif role == "outside":
                first = outside.pop()[0] if before == "outside" else at
                outside.append((first, at + len(line)))
            pieces.append(line)
            at += len(line) + len(separator)
            before = role
        return separator.join(pieces), starts, outside


def clip(text: str, most: int) -> str:
    """At most so many characters, cut between words where there are any."""
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0].rstrip(" ,;:")


Kind = Callable[[Draft, Sequence[Story]], None]


def body(draft: Draft, story: Story, *, most: int = 40) -> list[str]:
    """The paragraphs, in a third of cases cut short as by a paywall."""
    paragraphs = list(story.paragraphs)
    if draft.chance(0.3):
        paragraphs = paragraphs[: draft.rng.randint(3, 14)]
    return paragraphs[:most]


def plain(draft: Draft, stories: Sequence[Story]) -> None:
    for story in stories:
        draft.story(body(draft, story))


def titled(draft: Draft, stories: Sequence[Story]) -> None:
    loud = draft.chance(0.15)
    for story in stories:
        draft.story([story.title.upper() if loud else story.title, *body(draft, story)])


def header(draft: Draft, order: Sequence[str], story: Story) -> list[str]:
    """Lines before the first paragraph in a page's own order."""
    wording = draft.wording
    made: dict[str, Callable[[], str]] = {
        "title": lambda: story.title,
        "byline": lambda: wording.byline(story.article.byline),
        "date": wording.date,
        "share": wording.share,
        "kicker": lambda: draft.rng.choice(wording.phrases.sections),
        "credit": lambda: f"{wording.byline()} / {wording.date()}",
    }
    return [made[name]() for name in order]


def dressed(draft: Draft, stories: Sequence[Story]) -> None:
    orders = (
        ("title", "byline", "date", "share"),
        ("kicker", "title", "date", "byline"),
        ("date", "title", "byline"),
        ("title", "credit", "share", "share"),
        ("byline", "date", "title"),
        ("title", "share", "date"),
    )
    order = draft.rng.choice(orders)
    for story in stories:
        draft.story([*header(draft, order, story), *body(draft, story)])


def arab_news(draft: Draft, stories: Sequence[Story]) -> None:
    """Headline, caption, link line and date, headline again, bullets, dateline."""
    for story in stories:
        paragraphs = body(draft, story)
        facts = [part for text in story.paragraphs[1:5] for part in sentences(text)[-1:]]
        lines = [story.title]
        if draft.chance(0.6):
            lines.append(f"{sentences(paragraphs[0])[0][:140]} ({draft.wording.name()}/file)")
        lines += ["Short Url"] * draft.chance(0.5)
        lines += [f"Updated {draft.wording.date()}", "Follow", story.title]
        lines += [f"  • {clip(fact, 130).rstrip('.')}" for fact in facts[: draft.rng.randint(1, 3)]]
        place = draft.wording.name().split()[-1].upper()
        draft.story([*lines, f"{place}: {paragraphs[0]}", *paragraphs[1:]])


def digest(draft: Draft, stories: Sequence[Story]) -> None:
    heads = draft.chance(0.65) and all(story.title for story in stories)
    bold = draft.chance(0.3)
    for story in stories:
        size = draft.rng.randint(2, 3)
        first, *rest = story.paragraphs[:size]
        if not heads:
            draft.story([first, *rest])
        elif bold:
            draft.story([f"{story.title.upper()}: {first}", *rest])
        else:
            draft.story([story.title, first, *rest])


def short_after_long(draft: Draft, stories: Sequence[Story]) -> None:
    heads = draft.chance(0.4) and all(story.title for story in stories)
    for at, story in enumerate(stories):
        paragraphs = story.paragraphs[:45]
        if at % 2:
            paragraphs = paragraphs[: draft.rng.randint(1, 3)]
        draft.story([*([story.title] if heads else []), *paragraphs])


def same_topic(draft: Draft, stories: Sequence[Story]) -> None:
    able = all(story.title for story in stories)
    draft.rng.choice((plain, titled, dressed) if able else (plain,))(draft, stories)


def interruption(draft: Draft, story: Story) -> None:
    """One foreign thing in the middle of a story."""
    wording, rng = draft.wording, draft.rng
    what = rng.randrange(6)
    if what == 0:
        draft.outside(*[wording.promo()] * rng.choice((1, 1, 1, 3)))
    elif what == 1:
        draft.outside(wording.related(), *draft.teaser_lines(1, 4))
    elif what == 2:
        quoted = rng.choice(sentences(rng.choice(story.paragraphs)))
        draft.inside(f"“{quoted.strip('“”')}”", *([wording.name()] if draft.chance(0.5) else []))
    elif what == 3:
        draft.outside(f"{wording.related()}: {draft.teaser_lines(1, 1)[0]}")
    elif what == 4:
        draft.inside(f"{sentences(rng.choice(story.paragraphs))[0][:150]} — {wording.name()}")
    else:
        draft.outside(wording.promo(), *[wording.share() for _ in range(rng.randint(1, 4))])


def broken(draft: Draft, story: Story, lines: Sequence[str], often: float) -> None:
    """A story with foreign things between its paragraphs, never after the last."""
    for at, line in enumerate(lines):
        draft.lines.append(("inside" if at else "start", line))
        if 0 < at < len(lines) - 1 and draft.chance(often):
            interruption(draft, story)


def between(draft: Draft, *, share: float) -> None:
    """What may stand after a story."""
    wording = draft.wording
    if draft.chance(share):
        draft.outside(wording.related(), *draft.teaser_lines(2, 6))
    if draft.chance(share / 2):
        draft.outside(wording.biography())
    if draft.chance(share / 2):
        draft.outside(*draft.wording.comments())
    if draft.chance(share):
        draft.outside(*[wording.share() for _ in range(draft.rng.randint(1, 5))])


def interrupted(draft: Draft, stories: Sequence[Story]) -> None:
    heads = draft.chance(0.7) and all(story.title for story in stories)
    order = ("title", "byline", "date") if draft.chance(0.5) else ("title",)
    for story in stories:
        top = header(draft, order, story) if heads else []
        broken(draft, story, [*top, *body(draft, story)], 0.2)
        between(draft, share=0.5)


def fullpage(draft: Draft, stories: Sequence[Story]) -> None:
    wording, rng = draft.wording, draft.rng
    draft.outside(*wording.menu(rng.randint(20, 60)))
    for at, story in enumerate(stories):
        if at:
            between(draft, share=0.4)
        order = rng.choice((("title", "byline", "date", "share"), ("date", "title"), ("title",)))
        top = header(draft, order if story.title else ("date", "byline"), story)
        broken(draft, story, [*top, *body(draft, story)], 0.07)
    between(draft, share=0.8)
    draft.outside(wording.related(), *draft.teaser_lines(4, 12), *wording.footer())


def sentence_per_line(draft: Draft, stories: Sequence[Story]) -> None:
    for story in stories:
        draft.story([part for text in body(draft, story, most=15) for part in sentences(text)])


def choi(draft: Draft, stories: Sequence[Story]) -> None:
    """Excerpts of 3 to 11 sentences of different articles, as in Choi (2000)."""
    for story in stories:
        parts = [part for text in story.paragraphs for part in sentences(text)]
        size = draft.rng.randint(3, 11)
        at = draft.rng.randint(0, max(0, len(parts) - size))
        draft.story(parts[at : at + size])


def single(draft: Draft, stories: Sequence[Story]) -> None:
    able: list[Kind] = [plain, sentence_per_line]
    if stories[0].title:
        able += [titled, dressed, arab_news, interrupted, fullpage]
    draft.rng.choice(able)(draft, stories[:1])


KINDS: dict[str, Kind] = {
    "plain": plain,
    "running": plain,
    "titled": titled,
    "dressed": dressed,
    "arab_news": arab_news,
    "digest": digest,
    "short_after_long": short_after_long,
    "same_topic": same_topic,
    "interrupted": interrupted,
    "sentence_per_line": sentence_per_line,
    "fullpage": fullpage,
    "choi": choi,
    "single": single,
}
