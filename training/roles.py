"""Learning what blocks of each role read like: headlines, leads, bodies, closings, furniture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import vstack
from sklearn.linear_model import SGDClassifier

from model.batch import Batch
from model.decoder import OUTSIDE, START
from model.page import Page
from model.word_space import WordSpace
from model.wording import ROLES, Wording, word_counts
from training.corpus import Article
from training.examples import batches, block_labels
from training.plan import Progress
from training.sentences import split_sentences
from training.synthesis import Composer

__all__ = ["fit_wording"]

Ints = NDArray[np.int64]


def fit_wording(
    articles: Sequence[Article],
    composer: Composer,
    space: WordSpace,
    pages: int,
    seed: int,
    tell: Progress,
) -> Wording:
    """Fit what blocks of each role read like.

    Leads, closings and headlines come from the articles themselves, one of each; furniture comes
    from composed pages.
    """
    rng = np.random.default_rng(seed)
    counts, roles = [], []
    texts: list[str] = []
    names: list[int] = []
    for article in articles:
        for role, text in _pieces(article, rng):
            texts.append(text)
            names.append(ROLES.index(role))
    for at in range(0, len(texts), 20_000):
        # Each piece is a page of one block: whatever its length, it is not cut.
        some = texts[at : at + 20_000]
        alone = [Page(t, *_one_block(t)) for t in some]
        counts.append(word_counts(Batch.read(alone, space.table), len(space.table)))
        roles.append(np.asarray(names[at : at + 20_000]))
        tell("wording: articles", at + len(some), len(texts))
    done = 0
    drafts = ((Page.from_text(t.text), t) for t in composer.pages(pages))
    for group in batches(drafts):
        batch = Batch.read([page for page, _ in group], space.table)
        labels = np.concatenate([block_labels(page, truth) for page, truth in group])
        known = _roles(labels, batch)
        keep = (known == ROLES.index("outside")) & (rng.random(len(known)) < 0.5)
        keep |= (known == ROLES.index("body")) & (rng.random(len(known)) < 0.1)
        counts.append(word_counts(batch, len(space.table))[keep])
        roles.append(known[keep])
        done += len(group)
        tell("wording: pages", done, pages)
    model = SGDClassifier(
        loss="log_loss", alpha=1e-6, max_iter=8, tol=None, random_state=seed, average=True
    )
    tell("wording: fitting", 0, 1)
    model.fit(vstack(counts, format="csr"), np.concatenate(roles))
    weights = np.zeros((3 * len(space.table), len(ROLES)), np.float16)
    bias = np.zeros(len(ROLES), np.float32)
    for i, role_index in enumerate(model.classes_):
        weights[:, role_index] = np.clip(model.coef_[i], -60, 60)
        bias[role_index] = model.intercept_[i]
    return Wording(weights, bias)


def _pieces(article: Article, rng: np.random.Generator) -> list[tuple[str, str]]:
    """A headline, a lead, a closing and two pieces of the body of one article."""
    paragraphs = [p for p in article.paragraphs if p.strip()]
    if len(article.text) > 900 * max(1, len(paragraphs)):
        sentences = split_sentences(article.text)
        step = int(rng.integers(1, 4))
        paragraphs = [" ".join(sentences[i : i + step]) for i in range(0, len(sentences), step)]
    if len(paragraphs) < 4:
        return []
    # A first paragraph of a few words is a line that cleaning left: the lead comes after it.
    lead = next((i for i, p in enumerate(paragraphs[:3]) if len(p) > 70), 0)
    pieces = [("lead", paragraphs[lead]), ("closing", paragraphs[-1])]
    if len(paragraphs) > lead + 2:
        middle = rng.integers(lead + 1, len(paragraphs) - 1, 2)
        pieces += [("body", paragraphs[int(i)]) for i in middle]
    if article.title:
        pieces.append(("start", article.title))
    return pieces


def _one_block(text: str) -> tuple[Ints, Ints, Ints]:
    return np.zeros(1, np.int64), np.full(1, len(text)), np.ones(1, np.int64)


def _roles(labels: Ints, batch: Batch) -> Ints:
    """Role of each block from its label and place: lead after start, closing before the end."""
    role = np.where(labels == OUTSIDE, ROLES.index("outside"), ROLES.index("body"))
    role[labels == START] = ROLES.index("start")
    story = np.flatnonzero(labels != OUTSIDE)
    starts = labels[story] == START
    last = np.append(starts[1:], True) | np.append(np.diff(batch.page_of[story]) > 0, True)
    role[story[last & ~starts]] = ROLES.index("closing")
    tokens = np.bincount(batch.words.blocks, minlength=len(batch))
    role[(labels == START) & (tokens >= 15)] = ROLES.index("lead")
    lead = np.zeros(len(story), bool)
    # The lead is the first block after the start with a sentence's worth of words.
    waiting = False
    for i, (start, block) in enumerate(zip(starts.tolist(), story.tolist(), strict=True)):
        if start:
            waiting = tokens[block] < 15
        elif waiting and tokens[block] >= 15:
            lead[i], waiting = True, False
    role[story[lead]] = ROLES.index("lead")
    return role
