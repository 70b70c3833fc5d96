"""What the reviewers say: whether a page is cut, where, at which line and at which word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.decoder import Span, draw_spans
from model.look import Look
from model.review import (
    LOW,
    UNLIKELY,
    Cuts,
    Reviewers,
    cut_further,
    doubts_of,
    list_cuts,
    list_stories,
    recut,
)
from model.run_ons import list_run_ons, parted_at
from model.tops import begin_at, list_tops
from model.trees import Trees
from model.word_space import WordSpace
from model.wording import Wording

__all__ = ["Draft", "Judges"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Draft:
    """A batch as it was last looked at, and the stories that it may be decided into.

    Attributes
    ----------
    look : Look
        The last one.
    proba : float32 array, shape (n_blocks, 3)
        What it said.
    found : list of list of Span
        The stories of each page by the bar ``LOW``.
    cuts : Cuts
        Those between them.
    chances, several : float32 arrays, shapes (n_cuts,) and (n_pages with cuts,)
        What :meth:`Judges.judge` says of these.
    """

    look: Look
    proba: Floats
    found: list[list[Span]]
    cuts: Cuts
    chances: Floats
    several: Floats

    def several_by_page(self) -> Floats:
        """How likely each page of the batch holds a second story, shape (n_pages,); 0 where no cut
        is worth judging."""
        out = np.zeros(len(self.look.batch.pages), np.float32)
        out[self.cuts.pages] = self.several
        return out


class Judges:
    """The reviewers of a model at work; without any, the last look decides.

    Parameters
    ----------
    reviewers : Reviewers, optional
        As they were fitted.
    """

    def __init__(self, reviewers: Reviewers | None) -> None:
        if reviewers is not None:
            top, run_on = (
                None if one is None else Trees(one) for one in (reviewers.top, reviewers.run_on)
            )
            reviewers = Reviewers(Trees(reviewers.page), Trees(reviewers.cut), top, run_on)
        self.reviewers = reviewers

    def judge(self, cuts: Cuts) -> tuple[Floats, Floats]:
        """How likely each cut is true, and how likely each of their pages holds a second story.

        Shapes (n_cuts,) and (n_pages,). Of feeds, and without reviewers, it is what the last look
        said, taking the cuts of a page for independent.
        """
        chances, several = cuts.chances, cuts.any_chance
        if self.reviewers is None or len(cuts.pages) == 0:
            return chances, several
        feeds, likeliest = cuts.feeds, cuts.rows[cuts.likeliest()]
        several = np.where(feeds, several, self.reviewers.page.predict_proba(likeliest)[:, 1])
        of_feeds = np.repeat(feeds, np.diff(cuts.offsets))
        true = self.reviewers.cut.predict_proba(cuts.rows)[:, 1]
        return np.where(of_feeds, chances, true), several

    def draft(self, look: Look, proba: Floats) -> Draft:
        """Draw up the stories of a batch, and judge the cuts between them."""
        found = self.draw_up(look, proba)
        cuts = list_cuts(look, proba, found)
        return Draft(look, proba, found, cuts, *self.judge(cuts))

    def draw_up(self, look: Look, proba: Floats) -> list[list[Span]]:
        """The stories of each page by the bar ``LOW``, for their cuts to be judged.

        A page's first story begins where it is likeliest to: with the site's name or a section
        above its headline, its top would be unlike those of all others, which speaks against them.
        """
        found = list_stories(look, proba, LOW)
        bounds = look.batch.offsets.tolist()
        placed = self.place(look, proba, [spans if len(spans) > 1 else [] for spans in found])
        for page, (spans, likeliest) in enumerate(zip(found, placed, strict=True)):
            if likeliest and likeliest[0].first != spans[0].first:
                starts = [likeliest[0].first, *(span.first for span in spans[1:])]
                own = proba[bounds[page] : bounds[page + 1]]
                found[page] = draw_spans(starts, [span.probability for span in spans], own)
        return found

    def decide(
        self,
        draft: Draft,
        threshold: float | None,
        own: tuple[float, float],
        at_most: Floats | None = None,
    ) -> tuple[list[list[Span]], Floats]:
        """The stories of each page of a batch, and how unsure its least clear cut is.

        Parameters
        ----------
        threshold : float, optional
            Least probability of every seam.
        own : (float, float)
            What holds without it: how likely a page must hold a second story, and each of its cuts.
        at_most : float32 array, shape (n_pages,), optional
            How likely each page holds one at most, by what else is known of it.
        """
        look, proba, found = draft.look, draft.proba, [*draft.found]
        cuts, chances, several = draft.cuts, draft.chances, draft.several
        if at_most is not None:
            several = np.minimum(several, at_most[cuts.pages])
        doubts = doubts_of(cuts, chances, several, len(found))
        if threshold is None:
            least_of_page, least = own
            kept = chances >= least
            kept &= np.repeat(several >= least_of_page, np.diff(cuts.offsets))
        else:
            if threshold < LOW:
                found, cuts, chances = self._cut_further(draft)
            kept = chances >= threshold
        bounds = look.batch.offsets
        for page, (a, b) in zip(cuts.pages.tolist(), pairwise(cuts.offsets.tolist()), strict=True):
            all_of_it = slice(bounds[page], bounds[page + 1])
            found[page] = recut(
                found[page], kept[a:b], chances[a:b], proba[all_of_it], look.tokens[all_of_it]
            )
        return found, doubts

    def _cut_further(self, draft: Draft) -> tuple[list[list[Span]], Cuts, Floats]:
        """Stories, cuts and their chances with those that are less likely than ``LOW`` as well."""
        look, proba = draft.look, draft.proba
        before = _blocks_of(look, draft.found, draft.cuts)
        known = dict(zip(before, draft.chances.tolist(), strict=True))
        found = cut_further(look, proba, draft.found)
        cuts = list_cuts(look, proba, found)
        # Reviewers have not seen so many cuts of a page that are none: both must say so.
        further = np.minimum(np.minimum(self.judge(cuts)[0], cuts.chances), np.float32(UNLIKELY))
        blocks = _blocks_of(look, found, cuts)
        said = [known.get(at, new) for at, new in zip(blocks, further.tolist(), strict=True)]
        return found, cuts, np.asarray(said, np.float32)

    def place(self, look: Look, proba: Floats, found: list[list[Span]]) -> list[list[Span]]:
        """The same stories, each from its likeliest first block on."""
        if self.reviewers is None or self.reviewers.top is None:
            return found
        tops = list_tops(look, proba, found)
        if len(tops.story) == 0:
            return found
        chances = self.reviewers.top.predict_proba(tops.rows)[:, 1]
        return begin_at(tops, chances, found, proba, look.batch.offsets)

    def run_ons(
        self, look: Look, found: Sequence[Sequence[Span]], space: WordSpace, wording: Wording
    ) -> dict[int, dict[int, int]]:
        """Page of a batch -> the first blocks of stories that begin further on in their sentence,
        and the characters before; see :mod:`model.run_ons`."""
        if self.reviewers is None or self.reviewers.run_on is None:
            return {}
        lows = look.batch.offsets.tolist()
        firsts = [low + s.first for low, spans in zip(lows, found, strict=False) for s in spans[1:]]
        words = list_run_ons(look, firsts, space, wording)
        out: dict[int, dict[int, int]] = {}
        if len(words.block):
            chances = self.reviewers.run_on.predict_proba(words.rows)[:, 1]
            for block, characters in parted_at(words, chances).items():
                page = int(look.batch.page_of[block])
                out.setdefault(page, {})[block - lows[page]] = characters
        return out


def _blocks_of(look: Look, found: Sequence[Sequence[Span]], cuts: Cuts) -> list[int]:
    """The block of each cut, within the batch."""
    lows = look.batch.offsets
    return [int(lows[page]) + s.first for page in cuts.pages.tolist() for s in found[page][1:]]
