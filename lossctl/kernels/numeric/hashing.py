"""A 64-bit hash of numbers in their places, which the parts of an array add up to.

The hash of elements x_i is Σ c_i·m(x_i) mod 2^64: multilinear hashing (Lemire and Kaser 2014,
arXiv:1202.4961), where m maps numbers to 64 bits one to one and the c_i are odd and pseudo-random.
Being a sum it does not depend on the order of the work, and as every c_i is odd no change of a
single element goes unseen. Powers of one number for c_i would need no table, but modulo 2^64 they
cancel in patterns that repeat themselves at powers of two, as masks and checkerboards do.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 32_768  # elements that share a table of factors: as long as caches hold it and two operands
MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio
UPPER_HALF = np.uint64(32)
EXACT_INTEGERS = 2**53  # beyond, float64 skips integers


def partial_hash(values: NDArray[Any], start: int) -> int:
    """Return what elements from place `start` on, (n,), add to the hash of their array.

    Numbers that are equal count alike in any dtype; so do 0 and −0, and all NaN.
    """
    total, room = 0, np.empty(min(len(values), CHUNK))
    at = 0
    while at < len(values):
        number, first = divmod(start + at, CHUNK)
        part = values[at : at + CHUNK - first]
        bits = _bits(part, room[: len(part)])
        factors = _factors()[first : first + len(part)]
        total += int(np.einsum("i,i->", bits, factors)) * (mixed(number) | 1)
        at += len(part)
    return total & MASK


def digest(total: int, count: int) -> str:
    """Return the hash of an array of `count` elements as 16 hexadecimal digits."""
    return f"{mixed(total + GOLDEN * count):016x}"


def mixed(number: Any) -> Any:
    """Return 64 bits in which every bit of an integer counts, one to one (SplitMix64).

    Takes a Python integer or an array of uint64.
    """
    number = (number + GOLDEN) & MASK
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & MASK
    return number ^ number >> 31


@cache
def _factors() -> NDArray[np.uint64]:
    return mixed(MASK - np.arange(CHUNK, dtype=np.uint64)) | 1


def _bits(values: NDArray[Any], room: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Map numbers to 64 bits; `room` is overwritten."""
    with np.errstate(invalid="ignore"):  # of signalling NaN
        np.add(values, 0.0, out=room)  # −0 becomes 0
    if values.dtype.kind == "f":
        nan_mask = np.isnan(room)
        if nan_mask.any():
            room[nan_mask] = np.nan
    bits = room.view(np.uint64)
    # The low half of small integers is all zeros, and what is a multiple of 2^k mod 2^64 stays one:
    # without this step labels 0 and 1 would leave twelve bits of the hash.
    bits ^= bits >> UPPER_HALF
    if values.dtype.kind in "iu" and values.dtype.itemsize == 8:
        _add_lost_digits(values, bits)
    return bits


def _add_lost_digits(values: NDArray[Any], bits: NDArray[np.uint64]) -> None:
    """Add what distinguishes integers that float64 rounds to the same number."""
    if int(values.min()) >= -EXACT_INTEGERS and int(values.max()) <= EXACT_INTEGERS:
        return
    top = np.nextafter(2.0 ** (63 if values.dtype.kind == "i" else 64), 0.0)
    rounded = np.minimum(values.astype(np.float64), top).astype(values.dtype)
    bits += (values - rounded).view(np.uint64) * np.uint64(GOLDEN)
