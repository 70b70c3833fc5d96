"""How fast a model reads pages on one core, beside what it costs to count their words at all.

Pages of about 8 kB are composed of articles, or taken from a file of labelled pages. Time is the
processor's, so that other jobs on the machine do not count, and everything is timed in turn in one
run: of two machines, or of one that is busy, compare the ratios.

    python -m training.speed --articles ../shared/data/articles/en_fnc1.jsonl.xz
    python -m training.speed --labelled held_out.jsonl
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from sklearn.feature_extraction.text import CountVectorizer
from threadpoolctl import threadpool_limits

from model.errors import StoryseamError
from model.segmenter import Segmenter
from training.corpus import read_articles
from training.labelled import read_pages
from training.material import own_material
from training.synthesis import Composer

__all__ = ["Speed", "compose", "draw", "measure_speed", "share_of_parts"]

# Pages of 8 kB, as the goal has them, give or take a quarter.
_SIZES = (6_000, 10_000)
# The parts of one answer: what people call it, and the function that does it.
_PARTS = {
    "cutting into blocks": ("page.py", "from_text"),
    "characters": ("characters.py", "read"),
    "words": ("words.py", "read_words"),
    "layout": ("layout.py", "read_layout"),
    "wording": ("wording.py", "scores"),
    "vectors and links": ("cohesion.py", "read"),
    "windows and chains": ("cohesion.py", "measure_cohesion"),
    "segments": ("segments.py", "compare_segments"),
    "partings": ("partings.py", "measure_partings"),
    "rows of features": ("feature.py", "feature_matrix"),
    "trees": ("trees.py", "predict_proba"),
    "decision": ("decoder.py", "decode"),
    "telling stories": ("stories.py", "tell"),
}


@dataclass(frozen=True)
class Speed:
    """Seconds of processor time, one value a round.

    Attributes
    ----------
    pages : int
    size : int
        Bytes of all pages together, as UTF-8.
    batch : tuple of float
        For all pages in one call.
    alone : tuple of float
        Median for one page by itself.
    counting : tuple of float
        scikit-learn's ``CountVectorizer.transform`` over the same pages.
    """

    pages: int
    size: int
    batch: tuple[float, ...]
    alone: tuple[float, ...]
    counting: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times the counting of its words a page costs; median of the rounds."""
        return median(a / b for a, b in zip(self.batch, self.counting, strict=True))

    def __str__(self) -> str:
        ratios = [a / b for a, b in zip(self.batch, self.counting, strict=True)]
        seconds = median(self.batch)
        return "\n".join(
            [
                f"pages                {self.pages} of {self.size / self.pages / 1000:.1f} kB",
                f"in a batch           {self.pages / seconds:.0f} pages/s, "
                f"{self.size / seconds / 1e6:.2f} MB/s",
                f"one page by itself   {1000 * median(self.alone):.2f} ms",
                f"CountVectorizer      {self.pages / median(self.counting):.0f} pages/s",
                f"batch / counting     {self.ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f} "
                f"in {len(ratios)} rounds)",
            ]
        )


def compose(files: Sequence[Path], count: int, seed: int) -> list[str]:
    """Texts of composed pages of about 8 kB.

    Raises
    ------
    ValueError
        If the articles are too few or too short for that.
    """
    composer = Composer(list(read_articles(files)), own_material(), seed)
    pages = list(islice(_of_size(draft.text for draft in composer.pages(20 * count)), count))
    if len(pages) < count:
        raise ValueError(f"these articles give {len(pages)} pages of 8 kB, not {count}; give more")
    return pages


def draw(file: Path, count: int, seed: int) -> list[str]:
    """Texts of so many labelled pages of about 8 kB, as they are mixed in the file.

    Raises
    ------
    ValueError
        If it holds fewer.
    BadLabelledPage
    """
    pages = list(_of_size(page.text for page in read_pages(file) if page.html is None))
    if len(pages) < count:
        raise ValueError(f"{file} has {len(pages)} pages of text of 8 kB, not {count}; use --pages")
    return random.Random(seed).sample(pages, count)


def _of_size(texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if _SIZES[0] <= len(text) <= _SIZES[1])


def measure_speed(segmenter: Segmenter, pages: Sequence[str], rounds: int = 5) -> Speed:
    """Time a segmenter and scikit-learn's word counter in turn, on one thread."""
    words = CountVectorizer(vocabulary=segmenter.classifiers.space.table.vocabulary)
    single = pages[: max(1, len(pages) // 8)]
    batch: list[float] = []
    alone: list[float] = []
    counting: list[float] = []
    with threadpool_limits(1):
        # Tables that are made at first use are not a page's cost.
        segmenter.segment_many(single)
        words.transform(single)
        for _ in range(rounds):
            batch.append(_seconds(lambda: segmenter.segment_many(pages)))
            counting.append(_seconds(lambda: words.transform(pages)))
            alone.append(
                median(_seconds(lambda page=page: segmenter.segment(page)) for page in single)  # type: ignore[misc]
            )
    size = sum(len(page.encode("utf-8", "surrogatepass")) for page in pages)
    return Speed(len(pages), size, tuple(batch), tuple(alone), tuple(counting))


def share_of_parts(segmenter: Segmenter, pages: Sequence[str]) -> dict[str, float]:
    """What share of a batch's time each part takes, 0 to 1, under Python's profiler."""
    profile = cProfile.Profile()
    with threadpool_limits(1):
        segmenter.segment_many(pages[:20])
        profile.enable()
        segmenter.segment_many(pages)
        profile.disable()
    took = {
        (Path(file).name, name): values[3]
        for (file, _, name), values in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
        if Path(file).parent.name == "model"
    }
    total = took["segmenter.py", "segment_many"]
    parts = {part: took.get(where, 0.0) / total for part, where in _PARTS.items()}
    return parts | {"the rest": 1.0 - sum(parts.values())}


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    """Print pages and megabytes a second, one page's time, and the ratio to counting words."""
    parser = argparse.ArgumentParser(
        prog="python -m training.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--articles", type=Path, nargs="+", help="compose pages of these")
    source.add_argument("--labelled", type=Path, metavar="PAGES", help="take some of these pages")
    parser.add_argument(
        "--model", type=Path, help="directory of a version; the shipped one without"
    )
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", action="store_true", help="show where the time goes, too")
    asked = parser.parse_args()
    segmenter = Segmenter.load(asked.model)
    try:
        if asked.labelled:
            pages = draw(asked.labelled, asked.pages, asked.seed)
        else:
            pages = compose(asked.articles, asked.pages, asked.seed)
    except (StoryseamError, ValueError) as error:
        sys.exit(str(error))
    print(measure_speed(segmenter, pages, asked.rounds))
    if asked.parts:
        for part, share in share_of_parts(segmenter, pages).items():
            print(f"{part:<20} {share:.0%}")


if __name__ == "__main__":
    main()
