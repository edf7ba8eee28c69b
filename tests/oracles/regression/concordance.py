"""One minus the concordance correlation coefficient (Lin 1989)."""

from collections.abc import Sequence

from mpmath import fsum, mp, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Number | Sequence[Number],
    targets: Number | Sequence[Number],
    *,
    kind: str = "values",
) -> mpf:
    """1 - 2 s_pt / (s_p**2 + s_t**2 + (m_p - m_t)**2); 0 of the same constant."""
    with working_digits(predictions, targets), mp.extradps(60):
        p, t = listed(predictions), listed(targets)
        mean_p, mean_t = fsum(p) / len(p), fsum(t) / len(t)
        both = fsum((a - mean_p) * (b - mean_t) for a, b in zip(p, t, strict=True)) / len(p)
        spread = sum(fsum((a - m) ** 2 for a in x) / len(x) for x, m in ((p, mean_p), (t, mean_t)))
        below = spread + (mean_p - mean_t) ** 2
        return 1 - 2 * both / below if below else mpf(0)
