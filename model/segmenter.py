"""The one class that most callers need: pages in, stories out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import artifact
from model.batch import Batch
from model.decoder import Span
from model.errors import ArtifactError
from model.evidence import explain_seams
from model.features import table_hash
from model.granularity import GRANULARITIES, Granularity
from model.layout import read_layout
from model.liveblog import join_entries
from model.look import Look
from model.page import Page
from model.reader import Reader
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
from model.run_ons import list_run_ons, part, parted_at
from model.stages import stage
from model.stories import Relatedness, Segmentation, label_blocks, tell
from model.tops import Tops, begin_at, list_tops
from model.trees import Trees
from model.word_space import WordSpace
from model.wording import Wording

__all__ = ["Classifiers", "Segmenter"]

Floats = NDArray[np.float32]

DEFAULT = Path(__file__).parent / "default"


@dataclass(frozen=True)
class Classifiers:
    """Everything that was fitted; what ``model.joblib`` holds.

    Attributes
    ----------
    space, wording
        What is known of words.
    first
        scikit-learn classifier over the first look's features; classes outside, inside, start.
    again
        The classifiers of the later looks, in order.
    reviewers
        Who judge the cuts and where stories begin; without them what the last look said holds.
    typical : float32 array, shape (n_features,)
        Feature values of a block in mid-story; evidence asks what a seam owes to not having them.
    relatedness
        Cosine of two stories -> how related they are.
    """

    space: WordSpace
    wording: Wording
    first: Any
    again: tuple[Any, ...]
    reviewers: Reviewers | None
    typical: Floats
    relatedness: Relatedness


class Segmenter:
    """Finds the stories of pages.

    Parameters
    ----------
    classifiers : Classifiers
    card : dict
        Version, threshold and everything else that is known of the model.
    read_on : bool
        Read feeds on, see :mod:`model.feed`; left out only to measure what that brings.
    """

    def __init__(
        self, classifiers: Classifiers, card: dict[str, Any], *, read_on: bool = True
    ) -> None:
        self.classifiers = classifiers
        self.card = card
        looks = (classifiers.first, *classifiers.again)
        self._reader = Reader(classifiers.space, classifiers.wording, looks, read_on=read_on)
        reviewers = classifiers.reviewers
        if reviewers is not None:
            top, run_on = (
                None if one is None else Trees(one) for one in (reviewers.top, reviewers.run_on)
            )
            reviewers = Reviewers(Trees(reviewers.page), Trees(reviewers.cut), top, run_on)
        self._reviewers = reviewers

    @property
    def version(self) -> str:
        return str(self.card["version"])

    @property
    def threshold(self) -> float:
        """Least probability that a page holds a second story, or it stays whole."""
        return float(self.card["threshold"])

    @property
    def further(self) -> float:
        """Least probability of each seam of a page that is cut."""
        return float(self.card.get("further", self.threshold))

    @classmethod
    def load(cls, path: str | Path | None = None) -> Segmenter:
        """Load a model version, by default the one that ships.

        Raises
        ------
        ArtifactError
            If the version is missing, altered, or made by other library versions.
        """
        directory = DEFAULT if path is None else Path(path)
        payload, card = artifact.load(directory, expected_feature_table=table_hash())
        if not isinstance(payload, Classifiers):
            raise ArtifactError(directory, "it does not hold a Storyseam model")
        return cls(payload, card)

    def save(self, directory: Path, card: dict[str, Any] | None = None) -> None:
        """Write the model to a new folder, whole or not at all."""
        artifact.save(self.classifiers, directory, self.card if card is None else card)

    def segment(
        self,
        page: str | Page,
        *,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> Segmentation:
        """Stories of one page. See :meth:`segment_many`."""
        return self.segment_many(
            [page], threshold=threshold, explain=explain, blocks=blocks, granularity=granularity
        )[0]

    @stage("spans")
    def segment_many(
        self,
        pages: Sequence[str | Page],
        *,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> list[Segmentation]:
        """Stories of many pages, in order.

        Parameters
        ----------
        pages : sequence of str or Page
            Text as it is, or pages made by :func:`model.html.page_from_html`.
        threshold : float, optional
            Least probability of every seam, 0 to 1. Without it the model's own two bars hold:
            ``threshold`` for whether a page is cut, and ``further`` for each of its seams.
        explain : bool
            Name the groups of features that carried each seam.
        blocks : bool
            Give every block with the probabilities of its labels.
        granularity : {"story", "entry"}
            What a live blog is: one story, or one for every entry. See :mod:`model.liveblog`.

        Raises
        ------
        ValueError
            If the threshold is not within 0 and 1, or the granularity is neither.
        """
        (answers,) = self.segment_at(
            pages, (threshold,), explain=explain, blocks=blocks, granularity=granularity
        )
        return answers

    def segment_at(
        self,
        pages: Sequence[str | Page],
        thresholds: Sequence[float | None],
        *,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> list[list[Segmentation]]:
        """What :meth:`segment_many` says by each of several thresholds; pages are read once."""
        if granularity not in GRANULARITIES:
            raise ValueError(f"granularity is one of {GRANULARITIES}, not {granularity!r}")
        for threshold in thresholds:
            if threshold is not None and not 0.0 <= threshold <= 1.0:
                raise ValueError(f"threshold must lie within 0 and 1, not {threshold}")
        out: list[list[Segmentation]] = [[] for _ in thresholds]
        for batch in self._reader.batches(pages):
            look, proba = self._reader.look(batch)
            for answers, threshold in zip(out, thresholds, strict=True):
                found, doubts = self._decide(look, proba, threshold)
                answers += self._told(look, proba, found, doubts, explain, blocks, granularity)
        return out

    def _told(
        self,
        look: Look,
        proba: Floats,
        found: list[list[Span]],
        doubts: Floats,
        explain: bool,
        blocks: bool,
        granularity: Granularity,
    ) -> Iterator[Segmentation]:
        """The pages of a batch, in order, with these stories."""
        batch = look.batch
        vectors = look.cohesion.meaning
        bounds = list(pairwise(batch.offsets.tolist()))
        likeliest, found = found, self._place(look, proba, found)
        # What the looks found may stand below the story's first line, as a headline that says it
        # all stands below its section's name.
        pairs = zip(batch.offsets.tolist(), found, likeliest, strict=False)
        asked = {
            low + span.first: low + by.first
            for low, spans, others in pairs
            for span, by in zip(spans, others, strict=True)
        }
        if granularity == "story":
            joined = zip(batch.pages, found, bounds, strict=True)
            found = [join_entries(page, s, vectors[a:b]) for page, s, (a, b) in joined]
        reasons = self._reasons(look, proba, found, asked) if explain else {}
        run_ons = self._run_ons(look, found)
        for i, (page, spans, (low, high)) in enumerate(
            zip(batch.pages, found, bounds, strict=True)
        ):
            evidence = [reasons.get(low + span.first, ()) for span in spans]
            said, meant, layout = proba[low:high], vectors[low:high], look.layout
            if i in run_ons:
                page, said, spans = part(page, said, spans, run_ons[i])
                again, low = Batch.read([page], self.classifiers.space.table), 0
                meant, layout = self.classifiers.space.block_vectors(again), read_layout(again)
            told = tell(
                page,
                spans,
                evidence,
                meant,
                layout.columns,
                low,
                relatedness=self.classifiers.relatedness,
                model=self.version,
            )
            shown = label_blocks(page, said) if blocks else None
            yield replace(told, blocks=shown, doubt=round(float(doubts[i]), 4))

    def _decide(
        self, look: Look, proba: Floats, threshold: float | None
    ) -> tuple[list[list[Span]], Floats]:
        """The stories of each page of a batch, and how unsure its least clear cut is."""
        found = list_stories(look, proba, LOW)
        cuts = list_cuts(look, proba, found)
        chances, several = self.judge(cuts)
        doubts = doubts_of(cuts, chances, several, len(found))
        if threshold is None:
            kept = chances >= self.further
            kept &= np.repeat(several >= self.threshold, np.diff(cuts.offsets))
        else:
            if threshold < LOW:
                found, cuts, chances = self._cut_further(look, proba, found, cuts, chances)
            kept = chances >= threshold
        bounds = look.batch.offsets
        for page, (a, b) in zip(cuts.pages.tolist(), pairwise(cuts.offsets.tolist()), strict=True):
            own = slice(bounds[page], bounds[page + 1])
            found[page] = recut(found[page], kept[a:b], chances[a:b], proba[own], look.tokens[own])
        return found, doubts

    def _cut_further(
        self, look: Look, proba: Floats, found: list[list[Span]], cuts: Cuts, chances: Floats
    ) -> tuple[list[list[Span]], Cuts, Floats]:
        """Stories, cuts and their chances with those that are less likely than ``LOW`` as well."""
        known = dict(zip(_blocks_of(look, found, cuts), chances.tolist(), strict=True))
        found = cut_further(look, proba, found)
        cuts = list_cuts(look, proba, found)
        # Reviewers have not seen so many cuts of a page that are none: both must say so.
        further = np.minimum(np.minimum(self.judge(cuts)[0], cuts.chances), np.float32(UNLIKELY))
        blocks = _blocks_of(look, found, cuts)
        said = [known.get(at, new) for at, new in zip(blocks, further.tolist(), strict=True)]
        return found, cuts, np.asarray(said, np.float32)

    def _place(self, look: Look, proba: Floats, found: list[list[Span]]) -> list[list[Span]]:
        """The same stories, each from its likeliest first block on."""
        if self._reviewers is None or self._reviewers.top is None:
            return found
        tops = list_tops(look, proba, found)
        if len(tops.story) == 0:
            return found
        chances = self._reviewers.top.predict_proba(tops.rows)[:, 1]
        return begin_at(tops, chances, found, proba, look.batch.offsets)

    def _run_ons(self, look: Look, found: Sequence[Sequence[Span]]) -> dict[int, dict[int, int]]:
        """Page of a batch -> the first blocks of stories that begin further on in their sentence,
        and the characters before; see :mod:`model.run_ons`."""
        if self._reviewers is None or self._reviewers.run_on is None:
            return {}
        lows = look.batch.offsets.tolist()
        firsts = [low + s.first for low, spans in zip(lows, found, strict=False) for s in spans[1:]]
        parts = self.classifiers
        words = list_run_ons(look, firsts, parts.space, parts.wording)
        out: dict[int, dict[int, int]] = {}
        if len(words.block):
            chances = self._reviewers.run_on.predict_proba(words.rows)[:, 1]
            for block, characters in parted_at(words, chances).items():
                page = int(look.batch.page_of[block])
                out.setdefault(page, {})[block - lows[page]] = characters
        return out

    def drafts(self, pages: Sequence[str | Page]) -> Iterator[tuple[Cuts, Tops, list[list[Span]]]]:
        """What is decided on, batch by batch: the cuts by a low bar, the tops of the stories
        between them, and these stories.

        For whoever fits reviewers, or chooses their bars.
        """
        for batch in self._reader.batches(pages):
            look, proba = self._reader.look(batch)
            found = list_stories(look, proba, LOW)
            yield list_cuts(look, proba, found), list_tops(look, proba, found), found

    def judge(self, cuts: Cuts) -> tuple[Floats, Floats]:
        """How likely each cut is true, and how likely each of their pages holds a second story.

        Shapes (n_cuts,) and (n_pages,). Of feeds, and without reviewers, it is what the last look
        said, taking the cuts of a page for independent.
        """
        chances, several = cuts.chances, cuts.any_chance
        if self._reviewers is None or len(cuts.pages) == 0:
            return chances, several
        feeds, likeliest = cuts.feeds, cuts.rows[cuts.likeliest()]
        several = np.where(feeds, several, self._reviewers.page.predict_proba(likeliest)[:, 1])
        of_feeds = np.repeat(feeds, np.diff(cuts.offsets))
        true = self._reviewers.cut.predict_proba(cuts.rows)[:, 1]
        return np.where(of_feeds, chances, true), several

    def _reasons(
        self,
        look: Look,
        proba: Floats,
        found: Sequence[Sequence[Span]],
        likeliest: Mapping[int, int],
    ) -> dict[int, tuple[str, ...]]:
        """Evidence of every seam of a batch, by the block that it stands before."""
        firsts = zip(look.batch.offsets.tolist(), found, strict=False)
        seams = [low + span.first for low, spans in firsts for span in spans[1:]]
        if not seams:
            return {}
        named = explain_seams(
            self._reader.trees,
            look.as_read(),
            proba,
            [likeliest[seam] for seam in seams],
            self.classifiers.typical,
        )
        return dict(zip(seams, named, strict=True))

    def label_proba(self, pages: Sequence[str | Page]) -> list[Floats]:
        """Probability of outside, inside and start for every block of each page."""
        out: list[Floats] = []
        for batch in self._reader.batches(pages):
            _, proba = self._reader.look(batch)
            out += [proba[a:b] for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]
        return out


def _blocks_of(look: Look, found: Sequence[Sequence[Span]], cuts: Cuts) -> list[int]:
    """The block of each cut, within the batch."""
    lows = look.batch.offsets
    return [int(lows[page]) + s.first for page in cuts.pages.tolist() for s in found[page][1:]]
