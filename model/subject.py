"""One subject or two? How likely the words of a run of blocks are if they are all about one thing.

A cosine is the same whether it was measured on a dozen words or on a thousand; what it says is not.
Here the vectors of a run scatter around a direction of its own, which is not known but normally
distributed, and the likelihood is that of the run with the direction integrated out: the longer the
sum of its vectors, the likelier, and a run pays for its direction once (the Gaussian case of
Bayesian segmentation, Eisenstein and Barzilay 2008). So one rule weighs short runs and long ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["one_subject"]

Doubles = NDArray[np.float64]
Pairs = NDArray[np.complex128]


@dataclass(frozen=True)
class _Scatter:
    """How vectors of one kind scatter around the direction of their subject.

    Attributes
    ----------
    gain, price : float
        Were words drawn independently, half the inverse of their variance and half the dimensions;
        the words of a block are not, and the fit tempers both.
    prior : float
        Mass at which a run's own direction is known as well as what it was drawn from.
    """

    gain: float
    price: float
    prior: float

    def likelihood(self, square: Doubles, mass: Doubles) -> Doubles:
        likely = self.gain * square / (mass + self.prior) - self.price * np.log1p(mass / self.prior)
        return np.asarray(likely)


# By maximum likelihood of the true stories on 222 pages of eight kinds that have little but their
# words to be told by, of articles that the trees are trained on and from the generator of the
# evaluation pages.
_MEANING = _Scatter(gain=0.321, price=2.37, prior=23.4)
_RECURRENCE = _Scatter(gain=0.773, price=51.8, prior=1017.0)


def one_subject(square: Pairs, mass: Pairs) -> Doubles:
    """Log likelihood that a run is about one subject of its own, beside being about none.

    Parameters
    ----------
    square : complex128 array
        Square of the length of the sum of the run's vectors: of meaning as real part, of what comes
        back as imaginary part, as in :mod:`model.runs`.
    mass : complex128 array
        Sum of the lengths of its blocks' vectors; no part below 0.
    """
    likely = _MEANING.likelihood(square.real, mass.real)
    return np.asarray(likely + _RECURRENCE.likelihood(square.imag, mass.imag))
