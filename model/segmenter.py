"""The one class that most callers need: pages in, stories out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import artifact
from model.batch import Batch
from model.cohesion import WordSpace
from model.decoder import Span, decode
from model.errors import ArtifactError
from model.evidence import explain_seams
from model.features import FIRST_LOOK, SECOND_LOOK, feature_matrix, table_hash
from model.feed import FURTHER_ROUNDS, is_feed, likely_feeds, still_likely
from model.granularity import GRANULARITIES, Granularity
from model.liveblog import join_entries
from model.look import Look, left_open
from model.page import Page
from model.stages import stage
from model.stories import Relatedness, Segmentation, label_blocks, tell
from model.trees import Trees
from model.wording import Wording

__all__ = ["Classifiers", "Segmenter"]

Floats = NDArray[np.float32]

DEFAULT = Path(__file__).parent / "default"

# Blocks that are looked at together: enough to make NumPy's overhead small, few enough for the
# arrays (about 2 kB a block) to stay in tens of megabytes.
BATCH_BLOCKS = 8192


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
    typical : float32 array, shape (n_features,)
        Feature values of a block in mid-story; evidence asks what a seam owes to not having them.
    relatedness
        Cosine of two stories -> how related they are.
    """

    space: WordSpace
    wording: Wording
    first: Any
    again: tuple[Any, ...]
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
        self._read_on = read_on
        self._first = Trees(classifiers.first)
        self._again = [Trees(classifier) for classifier in classifiers.again]

    @property
    def version(self) -> str:
        return str(self.card["version"])

    @property
    def threshold(self) -> float:
        """Least probability that one seam of a page is true, or the page stays whole."""
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
        if granularity not in GRANULARITIES:
            raise ValueError(f"granularity is one of {GRANULARITIES}, not {granularity!r}")
        bar = self.threshold if threshold is None else threshold
        if not 0.0 <= bar <= 1.0:
            raise ValueError(f"threshold must lie within 0 and 1, not {bar}")
        further = self.further if threshold is None else bar
        out: list[Segmentation] = []
        for batch in self._batches(pages):
            look, proba = self._look(batch)
            vectors = look.cohesion.vectors
            bounds = list(pairwise(batch.offsets.tolist()))
            lines = look.headlines
            found = [
                decode(proba[a:b], look.tokens[a:b], bar, further, lines[a:b]) for a, b in bounds
            ]
            if granularity == "story":
                joined = zip(batch.pages, found, bounds, strict=True)
                found = [join_entries(page, s, vectors[a:b]) for page, s, (a, b) in joined]
            reasons = self._reasons(look, found) if explain else {}
            for page, spans, (low, high) in zip(batch.pages, found, bounds, strict=True):
                evidence = [reasons.get(low + span.first, ()) for span in spans]
                told = tell(
                    page,
                    spans,
                    evidence,
                    vectors[low:high],
                    look.layout.columns,
                    low,
                    relatedness=self.classifiers.relatedness,
                    model=self.version,
                )
                if blocks:
                    told = replace(told, blocks=label_blocks(page, proba[low:high]))
                out.append(told)
        return out

    def _reasons(self, look: Look, found: Sequence[Sequence[Span]]) -> dict[int, tuple[str, ...]]:
        """Evidence of every seam of a batch, by the block that it stands before."""
        firsts = zip(look.batch.offsets.tolist(), found, strict=False)
        seams = [low + span.first for low, spans in firsts for span in spans[1:]]
        if not seams:
            return {}
        parts = self.classifiers
        named = explain_seams(self._again[-1], SECOND_LOOK, look, seams, parts.typical)
        return dict(zip(seams, named, strict=True))

    def label_proba(self, pages: Sequence[str | Page]) -> list[Floats]:
        """Probability of outside, inside and start for every block of each page."""
        out: list[Floats] = []
        for batch in self._batches(pages):
            _, proba = self._look(batch)
            out += [proba[a:b] for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]
        return out

    def _batches(self, pages: Sequence[str | Page]) -> Iterator[Batch]:
        """Pages in batches of about ``BATCH_BLOCKS`` blocks."""
        table = self.classifiers.space.table
        ready: list[Page] = []
        blocks = 0
        for page in pages:
            page = page if isinstance(page, Page) else Page.from_text(page)
            ready.append(page)
            blocks += len(page)
            if blocks >= BATCH_BLOCKS:
                yield Batch.read(ready, table)
                ready, blocks = [], 0
        if ready:
            yield Batch.read(ready, table)

    @stage("features")
    def _look(self, batch: Batch) -> tuple[Look, Floats]:
        """Look again and again; label probabilities of all blocks of a batch, and the last look."""
        parts = self.classifiers
        look = Look.first(batch, parts.space, parts.wording)
        if len(batch) == 0:
            return look, np.zeros((0, 3), np.float32)
        proba = self._first.predict_proba(feature_matrix(FIRST_LOOK, look))
        look, proba = self._look_again(look, proba)
        likely = likely_feeds(proba, batch.offsets) if self._read_on else []
        if not likely:
            return look, proba
        return self._look_further(look, proba, likely)

    def _look_again(self, look: Look, proba: Floats) -> tuple[Look, Floats]:
        """Take all later looks."""
        for trees in self._again:
            unsure = left_open(proba)
            look = look.again(proba)
            if unsure.any():
                rows = feature_matrix(SECOND_LOOK, look, unsure)
                proba = proba.copy()
                proba[unsure] = trees.predict_proba(rows)
        return look, proba

    def _look_further(
        self, look: Look, proba: Floats, likely: Sequence[int]
    ) -> tuple[Look, Floats]:
        """Read on those pages of a batch that turn out to be feeds; see `model.feed`."""
        parts, batch = self.classifiers, look.batch
        bounds = list(pairwise(batch.offsets.tolist()))
        some = Batch.read([batch.pages[page] for page in likely], parts.space.table)
        rows = np.concatenate([np.arange(*bounds[page]) for page in likely])
        last, found = Look.first(some, parts.space, parts.wording), proba[rows]
        open_ = np.ones(len(likely), bool)
        for _ in range(FURTHER_ROUNDS):
            last, found = self._look_again(last, found)
            open_ &= still_likely(found, some.offsets)
            if not open_.any():
                return look, proba
        assert look.proba is not None
        assert last.proba is not None
        before, after = look.proba.copy(), proba.copy()
        lines = last.headlines
        feeds = 0
        own_bounds = pairwise(some.offsets.tolist())
        for page, (a, b), may in zip(likely, own_bounds, open_.tolist(), strict=True):
            if may and is_feed(found[a:b], last.tokens[a:b], lines[a:b]):
                own = slice(*bounds[page])
                before[own], after[own] = last.proba[a:b], found[a:b]
                feeds += 1
        # The look that goes with the probabilities, for whoever asks what they came from.
        return (look.again(before) if feeds else look), after
