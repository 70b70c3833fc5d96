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
from model.decoder import OUTSIDE, Span
from model.doubtful import read_again
from model.errors import ArtifactError
from model.evidence import explain_seams
from model.features import table_hash
from model.granularity import GRANULARITIES, Granularity
from model.judges import Judges
from model.layout import read_layout
from model.liveblog import join_entries
from model.look import Look
from model.page import Page
from model.reader import Reader
from model.review import Cuts, Reviewers, list_cuts
from model.run_ons import part
from model.spacing import read_evenly
from model.stages import stage
from model.stories import Relatedness, Segmentation, label_blocks, tell
from model.tails import begin_below_tails
from model.tops import Tops, list_tops
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
        self._judges = Judges(classifiers.reviewers)

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
        own = self.threshold, self.further
        out: list[list[Segmentation]] = [[] for _ in thresholds]
        for batch in self._reader.batches(pages):
            draft = self._judges.draft(*self._reader.look(batch))
            draft = read_again(self._reader, self._judges, draft, own)
            draft, at_most = read_evenly(self._reader, self._judges, draft)
            for answers, threshold in zip(out, thresholds, strict=True):
                found, doubts = self._judges.decide(draft, threshold, own, at_most)
                answers += self._told(
                    draft.look, draft.proba, found, doubts, explain, blocks, granularity
                )
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
        likeliest, found = found, self._judges.place(look, proba, found)
        found = begin_below_tails(look, proba, found)
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
        parts = self.classifiers
        run_ons = self._judges.run_ons(look, found, parts.space, parts.wording)
        for i, (page, spans, (low, high)) in enumerate(
            zip(batch.pages, found, bounds, strict=True)
        ):
            evidence = [reasons.get(low + span.first, ()) for span in spans]
            said, meant, layout = proba[low:high], vectors[low:high], look.layout
            if i in run_ons:
                page, said, spans = part(page, said, spans, run_ons[i])
                again, low = Batch.read([page], parts.space.table), 0
                meant, layout = parts.space.block_vectors(again), read_layout(again)
            told = tell(
                page,
                spans,
                evidence,
                meant,
                layout.columns,
                low,
                said[:, OUTSIDE],
                relatedness=parts.relatedness,
                model=self.version,
            )
            shown = label_blocks(page, said) if blocks else None
            yield replace(told, blocks=shown, doubt=round(float(doubts[i]), 4))

    def drafts(self, pages: Sequence[str | Page]) -> Iterator[tuple[Cuts, Tops, list[list[Span]]]]:
        """What is decided on, batch by batch: the cuts by a low bar, the tops of the stories
        between them, and these stories.

        For whoever fits reviewers, or chooses their bars.
        """
        for batch in self._reader.batches(pages):
            look, proba = self._reader.look(batch)
            found = self._judges.draw_up(look, proba)
            yield list_cuts(look, proba, found), list_tops(look, proba, found), found

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

    def judge(self, cuts: Cuts) -> tuple[Floats, Floats]:
        """See :meth:`model.judges.Judges.judge`."""
        return self._judges.judge(cuts)

    def label_proba(self, pages: Sequence[str | Page]) -> list[Floats]:
        """Probability of outside, inside and start for every block of each page."""
        out: list[Floats] = []
        for batch in self._reader.batches(pages):
            _, proba = self._reader.look(batch)
            out += [proba[a:b] for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]
        return out
