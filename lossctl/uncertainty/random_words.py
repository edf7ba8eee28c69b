"""Random numbers that belong to a row and a replicate, however the rows are cut.

Philox (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011) turns a key and a
counter into 256 random bits. The key is the seed with the number of a group of replicates, the
counter the number of the row: threads, chunks and shards draw the same numbers for the same row.
"""

from collections.abc import Iterator

import numpy as np

from lossctl.core.loss import Array

PIECE = 2048  # rows drawn at a time: what is made of them stays in the caches


def group_words(
    key: tuple[int, int], rows: tuple[int, int], counters: int
) -> Iterator[tuple[int, int, Array]]:
    """Yield the random words of rows in pieces: (start, stop, (stop − start, 4·counters) uint64).

    Parameters
    ----------
    key
        The seed, and the number of the group of replicates and of what is drawn: below 2⁶⁴ each.
    rows
        (first, end) numbers of the rows in all of the data; start and stop count from the first.
    counters
        How many counters, of 256 bits each, a row has.
    """
    first, end = rows
    generator = np.random.Philox(key=np.array(key, np.uint64), counter=first * counters)
    for start in range(0, end - first, PIECE):
        stop = min(start + PIECE, end - first)
        words = generator.random_raw((stop - start) * counters * 4)
        # Little-endian, so that what is cut from words is the same on every machine.
        yield start, stop, words.astype("<u8", copy=False).reshape(stop - start, -1)
