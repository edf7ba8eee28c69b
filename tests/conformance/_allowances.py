"""Where a loss may differ from its oracle by more than the law says, how far, and why."""

from collections.abc import Callable
from dataclasses import dataclass

from mpmath import mp, mpf, sqrt

from tests.conformance._ulps import ulps
from tests.conformance.cases import Case

LIMIT = 4.0


@dataclass(frozen=True)
class Allowance:
    """An exception to the law: in ulp, absolute, or in roots of the value (of what is squared)."""

    loss: str
    why: str
    ulps: float = LIMIT
    absolute: float = 0.0
    root: float = 0.0
    applies: Callable[[Case], bool] = lambda _: True


def squares_soft_logits(case: Case) -> bool:
    """Whether squares of p − t are taken of logits against soft targets."""
    chosen = bool(case.params.get("squared")) and case.form.kind == "logits"
    return chosen and case.encoding == "soft"


ALLOWANCES = (
    Allowance("focal", "(1 − p)^γ multiplies the rounding of 1 − p by γ, here up to 3.4", ulps=5),
    Allowance("dice", "quotients of subnormal masses", absolute=1e-300),
    Allowance("tversky", "quotients of subnormal masses", absolute=1e-300),
    Allowance(
        "dice", "p of a logit is rounded before p − t cancels: (2⁻⁵³)²",
        absolute=1e-31, root=2.0**-51, applies=squares_soft_logits,
    ),
)  # fmt: skip


def distance(case: Case, found: float, exact: mpf) -> float:
    """Return how far a value is off in ulp, 0 where an allowance covers it."""
    mine = [entry for entry in ALLOWANCES if entry.loss == case.loss.id and entry.applies(case)]
    slack = max((entry.absolute + entry.root * sqrt(exact) for entry in mine), default=0.0)
    if mp.isfinite(exact) and abs(mpf(float(found)) - exact) <= slack:
        return 0.0
    if "smooth" in case.params and reads_faint_as_empty(case, found, exact):
        return 0.0
    off = ulps(found, exact)
    return 0.0 if off <= max((entry.ulps for entry in mine), default=LIMIT) else off


def reads_faint_as_empty(case: Case, found: float, exact: mpf) -> bool:
    """Whether masks so faint that their masses underflow were read as empty, for a loss of 0."""
    return case.params["smooth"] == 0.0 and exact == 1 and found == 0.0
