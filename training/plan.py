"""How much of everything a fit takes, and what its parts hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.page import Page
from training.labelled import LabelledPage
from training.vectors import STEPS

__all__ = ["Labelled", "Plan", "Progress"]

#: Called with a stage's name, steps done and steps in all.
Progress = Callable[[str, int, int], None]
#: A page as the model sees it, with what is true of it.
Labelled = tuple[Page, LabelledPage]


@dataclass(frozen=True)
class Plan:
    """How much of everything. With the corpora of the model that ships, and two cores of a slow
    machine, all from reading to the bars took 51 minutes, words 14 more and measuring 3.

    Attributes
    ----------
    pages : int
        Composed pages that the classifiers see, at most: few articles make fewer.
    wording_pages : int
    vector_steps : int
    spliced : int
        Real pages with stories set into them, where there are real pages.
    set_in : int
        Real pages with stories put into their HTML, or what looks like some.
    further : float
        Composed pages that the reviewers alone see, beside each of the others. There is one row a
        page to learn from, or a handful, and with .7 of them the reviewers found 1 % more seams of
        held-out pages at .4 % of false splits.
    foreign : float
        Share of the pages that are read again in a language that nobody speaks.
    saved, saved_real : float
        Share of the composed pages, and of real ones, that are read again in a form that other
        programs save.
    rounds, first_rounds : int
        Boosting rounds of each later look and of the first.
    leaves, second_leaves : int
        Leaves of a tree of the first look and of the later ones.
    real_weight : float
        What a block of a real page counts beside one of a composed page.
    tuning_pages : int
        Composed pages that the threshold is chosen on.
    jobs : int
        Processes that fit side by side.
    curve : tuple of float
        Shares of the pages that the second look is fitted on as well, for the card's learning
        curve; an eighth, a quarter and a half together cost nine tenths of the whole again.
    """

    pages: int = 12_000
    further: float = 0.8
    foreign: float = 0.2
    saved: float = 0.08
    saved_real: float = 0.25
    wording_pages: int = 1_500
    vector_steps: int = STEPS
    rounds: int = 160
    first_rounds: int = 60
    spliced: int = 4_000
    set_in: int = 2_000
    leaves: int = 31
    second_leaves: int = 63
    real_weight: float = 2.0
    tuning_pages: int = 5_000
    jobs: int = 2
    curve: tuple[float, ...] = ()
