"""Pages of one story that look as if they held several: what false splits are counted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from training.holdout.layouts import Draft, header
from training.holdout.stories import Story, sentences

__all__ = ["single_hard"]

Lines = list[tuple[str, str]]


def _subheads(draft: Draft, story: Story, lines: Lines) -> None:
    """A line of the coming paragraph's own words before some paragraphs."""
    loud = draft.chance(0.4)
    for at in range(len(lines) - 1, 0, -draft.rng.randint(3, 6)):
        words = lines[at][1].split()
        if len(words) < 8:
            continue
        start = draft.rng.randint(0, len(words) - 6)
        head = " ".join(words[start : start + draft.rng.randint(2, 5)]).strip(".,;:“”\"'()")
        lines.insert(at, ("inside", head.upper() if loud else head[:1].upper() + head[1:]))


def _again(draft: Draft, story: Story, lines: Lines) -> None:
    """Headline and lead a second time, as after a paywall or in a ticker."""
    at = draft.rng.randint(1 + len(lines) // 3, len(lines))
    again = [story.title, story.paragraphs[0]][draft.rng.randrange(2) * bool(story.title) :]
    if draft.chance(0.5):
        again.insert(0, draft.wording.promo())
    lines[at:at] = [("outside", line) for line in again if line]


def _teasers(draft: Draft, story: Story, lines: Lines) -> None:
    """A list of other stories, after which this one goes on."""
    at = draft.rng.randint(2, max(2, len(lines) - 2))
    lines[at:at] = [
        ("outside", line) for line in (draft.wording.related(), *draft.teaser_lines(2, 5))
    ]


def _after(draft: Draft, story: Story, lines: Lines) -> None:
    """Author, readers, and the law."""
    wording = draft.wording
    tail = [wording.biography(), *wording.comments()]
    tail += [wording.promo() for _ in range(draft.rng.randint(1, 3))]
    lines += [("outside", line) for line in tail]


def _scores(draft: Draft, story: Story, lines: Lines) -> None:
    at = draft.rng.randint(len(lines) // 2, len(lines))
    lines[at:at] = [("inside", line) for line in draft.wording.scores()]


def _questions(draft: Draft, story: Story, lines: Lines) -> None:
    """An interview: questions on lines of their own, answers after a name."""
    name = draft.wording.name().split()[0]
    for at in range(len(lines) - 1, 0, -2):
        first, *rest = sentences(lines[at][1])
        if not rest:
            continue
        lines[at : at + 1] = [
            ("inside", f"Q: {first.rstrip('.')}?"),
            ("inside", f"{name}: {' '.join(rest)}"),
        ]


def _numbered(draft: Draft, story: Story, lines: Lines) -> None:
    """A list: “1.” before each, each second or each third paragraph."""
    step = draft.rng.randint(1, 3)
    for number, at in enumerate(range(1, len(lines), step), 1):
        role, text = lines[at]
        lines[at] = (role, f"{number}. {text}")


def _updates(draft: Draft, story: Story, lines: Lines) -> None:
    """A running report: a time before each part of the same story."""
    for at in range(len(lines) - 1, 0, -draft.rng.randint(2, 4)):
        clock = f"{draft.rng.randrange(24):02}:{draft.rng.randrange(60):02}"
        lines.insert(at, ("inside", clock if draft.chance(0.5) else f"UPDATE {clock}"))


def _captions(draft: Draft, story: Story, lines: Lines) -> None:
    """A slide show with sentences of the story under its pictures."""
    parts = [part for text in story.paragraphs for part in sentences(text)]
    shown = draft.rng.sample(parts, min(len(parts), draft.rng.randint(2, 6)))
    at = draft.rng.randint(2, len(lines))
    lines[at:at] = [
        ("inside", f"{number} / {len(shown)} {part[:200]} ({draft.wording.name()})")
        for number, part in enumerate(shown, 1)
    ]


_Trick = Callable[[Draft, Story, Lines], None]
# What shapes a whole body, of which a page has one at most, and what is added to it.
_SHAPES: tuple[_Trick, ...] = (_subheads, _questions, _numbered, _updates)
_ADDITIONS: tuple[_Trick, ...] = (_again, _teasers, _after, _scores, _captions)


def single_hard(draft: Draft, stories: Sequence[Story]) -> None:
    """One whole story with one to three traps."""
    story = stories[0]
    menu = draft.chance(0.3)
    # After a menu nobody could tell a section's name over the headline from the menu's last line.
    orders = [("title", "byline", "date"), ("title",), ("kicker", "title")]
    order = draft.rng.choice(orders[: 2 if menu else 3])
    top = header(draft, order, story) if story.title else []
    lines: Lines = [("inside", line) for line in story.paragraphs[:60]]
    if draft.chance(0.7):
        draft.rng.choice(_SHAPES)(draft, story, lines)
    for trick in draft.rng.sample(_ADDITIONS, draft.rng.randint(1, 2)):
        trick(draft, story, lines)
    if menu:
        draft.outside(*draft.wording.menu(draft.rng.randint(5, 25)))
    draft.lines.append(("start", top[0] if top else lines.pop(0)[1]))
    draft.inside(*top[1:])
    for role, text in lines:
        (draft.outside if role == "outside" else draft.inside)(text)
