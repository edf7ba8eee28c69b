"""The hash of numbers in their places: its definition, its parts, and what it tells apart."""

import itertools
import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from lossctl.engine.digests import CHUNK, Digested, digest, mixed, partial_hash
from lossctl.engine.sources import ArraySource

WORD = 2**64
RANDOM = np.random.default_rng(3)
TYPES = ("bool", "int8", "uint8", "int16", ">i4", "uint32", "int64", "uint64", "float16", "float32")


def of(values: Any) -> str:
    """Return the digest of a whole array."""
    flat = np.asarray(values).reshape(-1)
    return digest(partial_hash(flat, 0), flat.size)


def splitmix(seed: int) -> int:
    """Return the first output of SplitMix64, as Steele, Lea and Flood (2014) write it."""
    z = (seed + 0x9E3779B97F4A7C15) % WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
    return z ^ (z >> 31)


def defined(values: Sequence[float], start: int) -> int:
    """Return the hash one number at a time, in whole numbers of any length."""
    total = 0
    for place, value in enumerate(values, start):
        (bits,) = struct.unpack("<Q", struct.pack("<d", value + 0.0))
        factor = (splitmix(WORD - 1 - place % 32_768) | 1) * (splitmix(place // 32_768) | 1)
        total += factor * (bits ^ (bits >> 32))
    return total % WORD


def test_the_mixer_is_splitmix() -> None:
    """Its first outputs for seed 1234567, as published with the generator, and for seed 0."""
    seeds = [(1234567 + step * 0x9E3779B97F4A7C15) % WORD for step in range(5)]
    published = [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431,
        16408922859458223821,
    ]  # fmt: skip
    assert [mixed(seed) for seed in seeds] == published
    assert mixed(0) == 0xE220A8397B1DCDAF
    assert mixed(np.array(seeds, np.uint64)).tolist() == published


@pytest.mark.parametrize("start", [0, 5, CHUNK - 3, CHUNK, 7 * CHUNK + 11])
def test_its_definition(start: int) -> None:
    values = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, 5e-324, 1.7e308, *RANDOM.normal(size=40)]
    assert partial_hash(np.array(values), start) == defined(values, start)


def test_parts_add_up_to_the_whole() -> None:
    values = RANDOM.normal(size=3 * CHUNK + 1_234)
    whole = partial_hash(values, 0)
    for pieces in (2, 7, 300):
        cuts = np.sort(RANDOM.integers(0, len(values), size=pieces - 1)).tolist()
        ranges = list(itertools.pairwise([0, *cuts, len(values)]))
        RANDOM.shuffle(ranges)
        assert sum(partial_hash(values[a:b], a) for a, b in ranges) % WORD == whole
    strided = np.repeat(values, 2)[::2]
    assert partial_hash(strided, 0) == whole


@pytest.mark.parametrize("dtype", TYPES)
def test_equal_numbers_have_one_digest(dtype: str) -> None:
    values = RANDOM.integers(0, 2 if dtype == "bool" else 100, size=777).astype(dtype)
    assert of(values) == of(values.astype(np.float64)) == of(values.tolist())


def test_floats_that_are_equal_have_one_digest() -> None:
    narrow = RANDOM.normal(size=500).astype(np.float32)
    assert of(narrow) == of(narrow.astype(np.float64)) == of(narrow.astype(">f4"))
    assert of([0.0, -0.0]) == of([-0.0, 0.0]) == of([0, 0])
    other_nan = np.array([0xFFF0DEADBEEF0001, 0x7FF8000000000000], np.uint64).view(np.float64)
    assert of(other_nan) == of([np.nan, -np.nan])
    assert of([np.nan]) != of([np.inf])


def test_wide_integers_are_told_apart() -> None:
    """Also those that float64 rounds to the same number."""
    for middle in (2**53, 2**60, 2**63 - 1_100):
        around = np.arange(middle - 1_000, middle + 1_000, dtype=np.int64)
        assert len({of([one]) for one in around}) == len(around)
        assert len({of(-around[i : i + 1]) for i in range(len(around))}) == len(around)
    top = np.array([2**64 - 1 - step for step in range(3_000)], np.uint64)
    assert len({of(top[i : i + 1]) for i in range(len(top))}) == len(top)
    assert of(np.array([2**60, 2**62])) == of([2.0**60, 2.0**62])
    assert of(np.array([2**63], np.uint64)) == of([2.0**63])


def test_every_change_of_one_value_is_seen() -> None:
    values = RANDOM.normal(size=CHUNK + 500)
    known = {of(values)}
    for place in [*range(64), *RANDOM.integers(0, len(values), size=300).tolist(), -1]:
        for changed in (np.nextafter(values[place], 9.0), -values[place], 0.0, np.nan):
            other = values.copy()
            other[place] = changed
            known.add(of(other))
    assert len(known) >= 1 + 4 * 350


def test_the_order_is_seen() -> None:
    values = np.arange(2.0 * CHUNK)
    swapped = {of(values), of(values[::-1]), of(np.roll(values, 1)), of(np.roll(values, CHUNK))}
    for distance in (1, 2, 3, 64, 1_024, CHUNK // 2, CHUNK - 1, CHUNK):
        for first in (0, 1, 777):
            other = values.copy()
            other[[first, first + distance]] = values[[first + distance, first]]
            swapped.add(of(other))
    assert len(swapped) == 4 + 8 * 3
    orders = {of(order) for order in itertools.permutations(range(7))}
    assert len(orders) == math.factorial(7)


def test_the_length_is_seen() -> None:
    assert len({of(np.zeros(n)) for n in range(1, 100)}) == 99
    assert len({of([1.0, *np.zeros(n)]) for n in range(100)}) == 100


@pytest.mark.parametrize("labels", [(0, 1), (0, 2), (-1, 1), (0, 255), (0.5, 1.0)])
def test_labels_are_told_apart(labels: tuple[float, float]) -> None:
    """Every array of 12 labels: few bits of a float64 differ between two small whole numbers."""
    every = {of(row) for row in itertools.product(labels, repeat=12)}
    assert len(every) == 2**12


def test_patterns_that_repeat_at_powers_of_two() -> None:
    """Those that blind a polynomial modulo 2^64: Thue and Morse, checkerboards, stripes."""
    count = np.array([bin(n).count("1") for n in range(2**16)])
    rows, columns = np.indices((256, 256))
    patterns: list[Any] = [count % 2, (rows + columns) % 2]
    patterns += [(columns >> k) % 2 for k in range(8)] + [(rows >> k) % 2 for k in range(8)]
    found = {of(one) for pattern in patterns for one in (pattern, 1 - pattern)}
    assert len(found) == 2 * len(patterns)


def test_digests_of_labels_use_all_their_bits() -> None:
    """Over 4,000 arrays every bit is set about as often as not: six standard errors."""
    labels = RANDOM.integers(0, 2, size=(4_000, 50))
    numbers = np.array([int(of(row), 16) for row in labels], np.uint64)
    shares = [float(((numbers >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(64)]
    assert max(abs(share - 0.5) for share in shares) < 6 * 0.5 / math.sqrt(4_000)
    raw = np.array([partial_hash(row, 0) for row in labels], np.uint64)
    assert len(np.unique(raw)) == len(np.unique(labels, axis=0))


def test_a_source_has_the_digest_of_its_numbers() -> None:
    """However it is read, the sum of its definition and its length are mixed once more."""
    values = RANDOM.normal(size=(20, 7))
    wanted = splitmix((defined(values.ravel().tolist(), 0) + 140 * 0x9E3779B97F4A7C15) % WORD)
    for reads in ([], [(0, 140)], [(30, 50), (0, 35), (100, 140)]):
        source = Digested(ArraySource(values, "x"))
        for start, stop in reads:
            np.testing.assert_array_equal(source.read(start, stop), values.ravel()[start:stop])
        assert source.digest() == f"{wanted:016x}"
        assert (source.shape, source.label) == ((20, 7), "x")
