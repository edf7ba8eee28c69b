"""Rows that occur more than once: an epoch evaluated twice, a last batch that was padded.

Predictions with few distinct values repeat by themselves. Copies show by their pattern: many at
one distance from their originals, all rows in twos and none in threes, or a run at the end.
"""

import math

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.distinct import distinct_counts

LEAST_COPIES = 4
MOST_OF_A_VALUE = 4  # rows whose copies are looked for one by one
NEAR = 4  # rows that are sorted, or grouped, repeat at shorter distances by themselves
RARE = 1e-9  # chance of a pattern by itself
FEW_TRIPLES = 0.1  # of those that chance would make of as many pairs
LEAST_VALUES, NEARLY_ALL = 20, 0.9  # distinct rows that occur equally often, and their share


@record(frozen=True)
class Copies:
    """Rows that occur more than once.

    Attributes
    ----------
    count
        How many rows are copies of an earlier one.
    distance
        Rows from the originals to their copies, where most have one; else None.
    rows
        The first copies.
    """

    count: int
    distance: int | None
    rows: tuple[int, ...]


def find_copies(hashes: Array, rows: Array, total: int) -> Copies | None:
    """Return the copies among rows, None where there are none or chance may have made them.

    Parameters
    ----------
    hashes, rows
        Of each row (m,) that was kept a hash of its prediction and target, and its number. All
        rows of a hash are kept, or none.
    total
        How many rows there are.
    """
    if len(hashes) < 2:
        return None
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order]
    if not (hashes[1:] == hashes[:-1]).any():
        return None
    distance, copies = _at_one_distance(hashes, rows, total)
    if not copies.size and _equally_often(hashes):
        copies = np.sort(rows[1:][hashes[1:] == hashes[:-1]])
        gaps = distinct_counts((rows[1:] - rows[:-1])[hashes[1:] == hashes[:-1]])[0]
        distance = int(gaps[0]) if gaps.size == 1 else None
    elif not copies.size and _in_twos(hashes):
        copies = np.sort(rows[1:][hashes[1:] == hashes[:-1]])
    if not copies.size:
        return None
    return Copies(copies.size, distance, tuple(int(row) for row in copies[:5]))


def find_run_at_end(hashes: Array, start: int) -> Copies | None:
    """Return the rows at the end that repeat the row before them, where others hardly do so.

    Parameters
    ----------
    hashes, start
        Of the last rows, all, and the number of the first of them.
    """
    repeats = hashes[1:] == hashes[:-1]
    others = np.flatnonzero(~repeats)
    run = len(repeats) - 1 - int(others[-1]) if others.size else 0
    if run < LEAST_COPIES - 1:
        return None
    rest = len(repeats) - run
    chance = (int(np.count_nonzero(repeats[:rest])) + 1) / rest
    if chance**run > RARE:
        return None
    end = start + len(hashes)
    return Copies(run, 1, tuple(range(end - run, end))[:5])


def _at_one_distance(hashes: Array, rows: Array, total: int) -> tuple[int | None, Array]:
    """Return the distance at which far more rows repeat than by chance, and those rows.

    Rows are sorted by hash. Values that occur often, as those of saturated predictions do, lie
    near each other by themselves and are left out.
    """
    counts = distinct_counts(hashes)[1]
    few = np.repeat(counts, counts) <= MOST_OF_A_VALUE
    pairs = (hashes[1:] == hashes[:-1]) & few[1:]
    distances, later = (rows[1:] - rows[:-1])[pairs], rows[1:][pairs]
    later, distances = later[distances >= NEAR], distances[distances >= NEAR]
    values, found = distinct_counts(distances)
    if not found.size or found.max() < LEAST_COPIES:
        return None, rows[:0]
    count, expected = int(found.max()), 2.0 * distances.size / total
    unlikeliness = count * math.log(max(count / expected, 1.0)) - count + expected
    if unlikeliness < math.log(total) - math.log(RARE):
        return None, rows[:0]
    distance = int(values[np.argmax(found)])
    return distance, np.sort(later[distances == distance])


def _equally_often(hashes: Array) -> bool:
    """Whether nearly all rows occur equally often, and more than once: chance varies that."""
    often, values = distinct_counts(distinct_counts(hashes)[1])
    commonest = int(np.argmax(often * values))
    held = int(often[commonest] * values[commonest])
    return bool(often[commonest] > 1 and values[commonest] >= LEAST_VALUES) and (
        held >= NEARLY_ALL * len(hashes)
    )


def _in_twos(hashes: Array) -> bool:
    """Whether rows occur twice far more often than three times, as chance would not have it.

    Of n rows with m equal pairs among equally likely values, chance makes 2m²/3n triples, and of
    unequally likely values more.
    """
    counts = distinct_counts(hashes)[1]
    pairs, triples = int(np.count_nonzero(counts == 2)), int(np.count_nonzero(counts > 2))
    expected = 2.0 * pairs**2 / (3.0 * len(hashes))
    return expected >= 10.0 and triples <= FEW_TRIPLES * expected
