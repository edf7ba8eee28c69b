"""Permutation test of paired models: under no difference each item may swap its two models.

For a mean it is Fisher's sign-flip test of the differences; for a function of sums, the paired
approximate randomization of Noreen (1989), which sacreBLEU calls AR. Up to 20 items all swaps are
tried; beyond, random ones, with p = (c + 1)/(B + 1) (Phipson and Smyth, Stat. Appl. Genet. Mol.
Biol. 2010, 9, 39), c the swaps whose difference is as large as the one seen.

What is summed for each swap is T, the differences of the items that swap. The baseline's sums are
then S_a + T, and the differences' S_d − 2T.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.intervals import Limits
from lossctl.uncertainty.paired import Contrast, Difference
from lossctl.uncertainty.random_words import PIECE, group_words

MOST_EXACT = 20  # items of which all swaps are tried
REPLICATES = 10_000
GROUP = 256  # replicates that share a key: one counter of bits
SIGNS = 1 << 32  # beside the groups of the bootstrap, so that its draws are others
TIE = 1e-12  # differences so near, relative to the largest, are the same but for rounding


@dataclass(frozen=True, eq=False)
class Swaps:
    """Sums of the items that swap.

    Attributes
    ----------
    sums
        (B, c) of the difference columns, and last of the weight of each item.
    exact
        Whether these are all 2ⁿ swaps.
    """

    sums: Array
    exact: bool = False


def block_swaps(
    columns: Sequence[Array], first_row: int, *, seed: int = 0, replicates: int = REPLICATES
) -> Swaps:
    """Return random swaps of one block; blocks of a fixed grid give the same bits.

    Parameters
    ----------
    columns
        The difference columns (m,) each, and last the weight of each item, 1 without weights; 0
        where a row has no item.
    first_row
        The number of the block's first row among all of the data.
    seed
        Below 2⁶⁴.
    replicates
        B.
    """
    values = [np.asarray(column, dtype=np.float64) for column in columns]
    m = len(values[0])
    totals = np.zeros((-(-replicates // GROUP), len(values), GROUP))
    swapped = np.empty((min(PIECE, m), GROUP))
    for group, total in enumerate(totals):
        for start, stop, words in group_words((seed, SIGNS + group), (first_row, first_row + m), 1):
            part = swapped[: stop - start]
            bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
            np.copyto(part, bits)
            for at, column in enumerate(values):
                total[at] += np.einsum("rb,r->b", part, column[start:stop])
    return Swaps(totals.transpose(0, 2, 1).reshape(-1, len(values))[:replicates])


def merge_swaps(blocks: Iterable[Swaps]) -> Swaps:
    """Add the swaps of blocks in grid order, which decides the last bits."""
    sums: Array | float = 0.0
    for block in blocks:
        sums = sums + block.sums
    return Swaps(np.asarray(sums))


def every_swap(columns: Sequence[Array]) -> Swaps:
    """Return all 2ⁿ swaps of n ≤ 20 items, columns as in ``block_swaps``."""
    sums = np.zeros((1, len(columns)))
    for item in np.array([np.asarray(column, dtype=np.float64) for column in columns]).T:
        sums = np.concatenate([sums, sums + item])
    return Swaps(sums, exact=True)


def permutation_difference(
    paired: Difference, contrast: Contrast, sums: Array, swaps: Swaps
) -> Difference:
    """Compare by the permutation test.

    The interval of a mean holds the differences that the test does not reject. That of another
    function of sums stays the one of the delta method.

    Parameters
    ----------
    paired
        The same comparison by t or the delta method.
    contrast
        At `sums`.
    sums
        Of the paired columns over the data.
    swaps
        Of the difference columns and the weight.
    """
    if paired.identical or not math.isfinite(contrast.difference):
        return replace(paired, method="permutation")
    values = np.abs(contrast.of_sums(_swapped(sums, swaps, contrast.differences)))
    tie = TIE * float(np.fmax.reduce(values, initial=abs(contrast.difference)))
    # What has no value, such as a ratio of sums that are 0, counts as extreme.
    beyond = int(np.count_nonzero(~(values < abs(contrast.difference) - tie)))
    extra = 0 if swaps.exact else 1
    p_value = (beyond + extra) / (len(values) + extra)
    answer = replace(paired, p_value=p_value, method="permutation")
    if contrast.weight is None:
        return answer
    low, high = _roots(swaps, float(sums[contrast.differences][0]), contrast.weight)

    def limits(confidence: float) -> Limits:
        allowed = math.floor((1.0 - confidence) * (len(low) + extra) + 1e-9) - extra
        if allowed < 0:
            return -math.inf, math.inf
        return float(low[allowed]), float(high[-1 - allowed])

    return replace(answer, limits=limits)


def _swapped(sums: Array, swaps: Swaps, differences: slice) -> Array:
    """Return (B, columns) the sums of the paired columns after each swap."""
    swapped = np.repeat(sums[None, :], len(swaps.sums), axis=0)
    moved = swaps.sums[:, :-1]
    swapped[:, : moved.shape[1]] += moved  # the baseline's columns of these differences come first
    swapped[:, differences] -= 2.0 * moved
    return swapped


def _roots(swaps: Swaps, total: float, weight: float) -> tuple[Array, Array]:
    """Return the shifts between which each swap is as extreme as the data, sorted each.

    Shifted by θ the data's sum is D − θW and a swap's R − θE, with signs ±1 in place of 1. The
    swap is as extreme where |R − θE| ≥ |D − θW|: between the two roots, around the mean D/W.
    """
    difference = total - 2.0 * swaps.sums[:, 0]
    balance = weight - 2.0 * swaps.sums[:, 1]
    whole = np.abs(balance) > weight * (1.0 - TIE)  # all items swapped, or none
    balance[whole] = 0.0
    first = (total - difference) / (weight - balance)
    second = (total + difference) / (weight + balance)
    low = np.where(whole, -math.inf, np.minimum(first, second))
    high = np.where(whole, math.inf, np.maximum(first, second))
    return np.sort(low), np.sort(high)
