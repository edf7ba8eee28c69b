"""Cross-entropy of one true column in rows of scores: the heart of contrastive losses.

The surprise is log(1 + Σ_{j≠own} e^(s_j − s_own)): the sum leaves the own column out, so a pair
that leads all others by far keeps its digits.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array

# Scores up to which e^s is taken as it is: quotients of sums stay far from overflow.
UNSHIFTED = {np.dtype(np.float32): 30.0, np.dtype(np.float64): 300.0}


class ShiftedSoftmax(NamedTuple):
    """Exponentials of a block of scores, in place of them, with the own column set to 0.

    `mine` and `others` are e^(s_own − t) and Σ_{j≠own} e^(s_j − t), `lag` is t − s_own; t is 0 for
    scores that need no shift (`lag` is then None), else the largest score of the row.
    """

    powers: Array
    mine: Array
    others: Array
    lag: Array | None


def shifted_softmax(
    scores: Array, own: Array, *, bound: float, skip: Array | None = None
) -> ShiftedSoftmax:
    """Take the exponentials of scores (r, m), which are overwritten.

    Parameters
    ----------
    own
        The true column of each row.
    bound
        Largest size any score can have; inf when nobody knows.
    skip
        A column of each row that does not take part.
    """
    rows = np.arange(len(scores))
    if skip is not None:
        scores[rows, skip] = -np.inf
    lag = None
    if bound > UNSHIFTED[scores.dtype]:
        top = scores.max(axis=1)
        lag = top - scores[rows, own]
        scores -= top[:, None]
    powers = np.exp(scores, out=scores)
    mine = powers[rows, own]
    powers[rows, own] = 0.0
    return ShiftedSoftmax(powers, mine, powers.sum(axis=1), lag)


def softmax_nll(of: ShiftedSoftmax) -> Array:
    """Return −log softmax(s)_own of every row."""
    if of.lag is None:
        return np.log1p(of.others / of.mine)
    behind = of.lag + np.log(of.mine + of.others)  # the sum holds the leader's 1
    return np.where(of.lag > 0.0, behind, np.log1p(of.others))


def softmax_nll_slopes(of: ShiftedSoftmax, own: Array, item_slopes: Array) -> Array:
    """Return gains·(softmax(s) − 1[own]) (r, m), in the memory of the exponentials."""
    share = item_slopes / (of.mine + of.others)
    changes = of.powers
    changes *= share[:, None]
    changes[np.arange(len(own)), own] = -(share * of.others)
    return changes


def slope_per_item(slope: float | Array, count: int, like: Array) -> Array:
    """Return the slope of every item's loss, (n,), in the type of the inputs."""
    return np.broadcast_to(np.asarray(slope, like.dtype), (count,))
