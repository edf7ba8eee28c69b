"""The Lovász extension of the Jaccard loss, from the set function itself."""

from collections.abc import Sequence

from mpmath import mpf


def jaccard_of_mistakes(wrong: set[int], inside: set[int]) -> mpf:
    """The Jaccard loss of a mask wrong exactly in the items `wrong`: |M| / |Y u M|."""
    return mpf(len(wrong)) / len(inside | wrong) if wrong else mpf(0)


def extension(errors: Sequence[mpf], inside: set[int]) -> mpf:
    """Sum m_i (J(pi_1..i) - J(pi_1..i-1)) with the errors m sorted downwards (equation 5)."""
    order = sorted(range(len(errors)), key=lambda item: -errors[item])
    total, before, wrong = mpf(0), mpf(0), set[int]()
    for item in order:
        wrong = wrong | {item}
        now = jaccard_of_mistakes(wrong, inside)
        total += errors[item] * (now - before)
        before = now
    return total
